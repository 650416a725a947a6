/**
 * Loads WebAssembly that chaincode/build-wasm.mjs embedded as base64. The programs import nothing: they compute and no more.
 *
 * `undefined` instead of an instance means that this machine cannot run it: callers then use BigInt.
 */

/** The part of the standard WebAssembly interface used here; the Node types do not declare it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** @returns what makes a new instance, with its own memory; compiled once, at the first */
export function embeddedWasm<Exports>(base64: string): () => Exports | undefined {
  let compiled: object | undefined;
  return () => {
    try {
      compiled ??= new WebAssembly.Module(Buffer.from(base64, 'base64'));
      return new WebAssembly.Instance(compiled).exports as Exports;
    } catch {
      return undefined;
    }
  };
}
