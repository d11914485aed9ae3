/** The style sheets of the inspector in one text: pkg-scripts/build.mjs makes it of those in www/demo. */
export const css: string;
