export { compareDecisions, compareLocks, compareRunFiles, fact, type VerifiedFact } from "./compare.ts";
export {
  LOCK_VERSION,
  lockText,
  parseLock,
  sorted,
  type Lock,
  type LockedData,
  type LockedDecisions,
  type LockedModel,
  type LockedRun,
} from "./lock-file.ts";
