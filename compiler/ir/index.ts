export { hashModel, meaningOf } from "./hash.ts";
export { modelSchema } from "./schema.ts";
