import { register } from "node:module";

// Imported for its effect, once in each thread that imports an emitted pipeline: hooks do not pass from thread to thread.
register("./droc-resolver.js", { parentURL: import.meta.url, data: { parentURL: import.meta.url } });
