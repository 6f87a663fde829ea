import { register } from "node:module";

// Imported for its effect, once in each process that imports an emitted pipeline: hooks do not pass from process to process.
register("./droc-resolver.js", { parentURL: import.meta.url, data: { parentURL: import.meta.url } });
