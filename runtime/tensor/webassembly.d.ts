/** The part of the WebAssembly interface that runtime/tensor uses; Node's own types leave it out. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: "WebAssembly.Module";
  }
  const Module: new (bytes: Uint8Array) => Module;
  /** @typeParam Exports what the module's bytes are known to export */
  class Instance<Exports> {
    constructor(module: Module);
    readonly exports: Exports;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
}
