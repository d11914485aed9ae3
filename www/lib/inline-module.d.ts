/** The main module: base64 of its bytes in gzip. Written by pkg-scripts/build.mjs. */
export declare const compressed: string;
