// What crate/testing exports, as wasm-bindgen's glue has it. By hand, so that the package compiles where that module was not built.
export class RawReply {
  free(): void;
  readonly status: number;
  readonly body: Uint8Array;
}
export class RawWorld {
  constructor(options: string);
  free(): void;
  connect(): string;
  disconnect(number: number): void;
  receive(number: number, frame: string, now: number): string;
  http(path: string, post?: string): RawReply;
  addDocument(folder: number, now: number): string;
  expireSessions(): void;
  holds(): string;
  expected(): string;
  struck(): Uint32Array;
}
export function replay(client: string, seed: number): string;
export function firstLoss(client: string, from: number, seeds: number): string | undefined;
export default function init(source: { module_or_path: unknown }): Promise<unknown>;
