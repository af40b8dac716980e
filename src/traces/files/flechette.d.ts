/** Flechette's parts by themselves, which have no types beside them. */
declare module "@uwdata/flechette/src/index.js" {
  export * from "@uwdata/flechette";
}
declare module "@uwdata/flechette/src/decode/decode-ipc.js" {
  import type { ArrowData } from "@uwdata/flechette";
  export function decodeIPC(bytes: Uint8Array): ArrowData;
}
declare module "@uwdata/flechette/src/decode/table-from-ipc.js" {
  import type { ArrowData, ExtractionOptions, Table } from "@uwdata/flechette";
  export function createTable(data: ArrowData, options: ExtractionOptions): Table;
}
declare module "lz4js" {
  export function decompress(bytes: Uint8Array, most: number): Uint8Array;
}
