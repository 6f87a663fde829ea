import { showText } from "../../diagnostics/show-text.ts";
import { availableParallelism, totalmem } from "node:os";
import { inspectExecutors } from "../doctor-executors.ts";
import { EXIT } from "../exit-codes.ts";
import { inspectPackage, type InstalledPackage } from "../installed-packages.ts";
import { drocVersion } from "../package-info.ts";
import type { Outcome, Session } from "../session.ts";
import { padEnd, paint, wrap, type Style } from "../terminal.ts";

/** One thing that a run may use. */
export interface Part {
  readonly area: "training and sampling" | "decisions" | "data" | "emission";
  readonly name: string;
  readonly version: string | null;
  readonly state: InstalledPackage["state"] | "built in";
  /** True where a run on this machine would use it without being told to. */
  readonly used: boolean;
  readonly note: string;
}

/** Lists executors, what each device leads to, solvers and the rest, loading what a run would load. Exit 1 where something needed does not load. */
export async function doctorCommand(session: Session): Promise<Outcome> {
  const executors = await inspectExecutors();
  const parts = [...executors.parts, ...(await inspectParts())];
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
  };
  const broken = parts.filter((part) => part.used && (part.state === "absent" || part.state === "broken"));
  const lines = [
    `droc ${drocVersion()} · node ${machine.node} · ${machine.platform} · ${machine.cores} cores · ${machine.memoryGiB} GiB`,
  ];
  let area = "";
  for (const part of parts) {
    if (part.area !== area) lines.push("", paint(session.out, part.area, "bold"));
    area = part.area;
    const colour: Style =
      part.state === "broken" || (part.used && part.state === "absent") ? "red" : part.used ? "green" : "dim";
    const title = part.version === null ? part.name : `${part.name} ${part.version}`;
    lines.push(`  ${padEnd(title, 24)} ${paint(session.out, part.state, colour)}${part.used ? ", used" : ""}`);
    lines.push(...indented(session, part.note));
  }
  lines.push("", paint(session.out, "what --device leads to", "bold"));
  for (const { device, executor, why, instead } of executors.devices) {
    lines.push(`  ${padEnd(device, 24)} ${executor}: ${why}`);
    if (instead !== undefined) lines.push(...indented(session, `no GPU is used: ${instead}; ${GET_GPU}`));
  }
  const verdict =
    broken.length === 0
      ? paint(session.out, "All that a run needs is here.", "green")
      : paint(
          session.out,
          `A run would fail: ${broken.map((p) => p.name).join(", ")}. Reinstall droc with \`npm ci\`.`,
          "red",
        );
  return {
    exit: broken.length === 0 ? EXIT.done : EXIT.wrong,
    text: `${lines.join("\n")}\n\n${verdict}\n`,
    result: { machine, parts, devices: executors.devices },
  };
}

const GET_GPU = "docs/executors.md says how to get one used";

function indented(session: Session, text: string): readonly string[] {
  return wrap(showText(text), Math.min(session.out.columns, 100) - 6).map((line) => `      ${line}`);
}

async function inspectParts(): Promise<readonly Part[]> {
  const [highs, glpk, duckdb, morph, prettier] = await Promise.all([
    inspectPackage("highs", () => import("highs")),
    inspectPackage("glpk.js"),
    inspectPackage("@duckdb/node-api", () => import("@duckdb/node-api")),
    inspectPackage("ts-morph", () => import("ts-morph")),
    inspectPackage("prettier", () => import("prettier")),
  ]);
  return [
    builtIn(
      "decisions",
      "structured",
      true,
      "mean-CVaR and quadratic problems over scenarios: used for these, warm-started",
    ),
    part(
      "decisions",
      "highs",
      highs,
      true,
      "LP, QP and MIP, MIT licence: used where a component is integer, and by `solver: highs`",
    ),
    part("decisions", "glpk.js", glpk, false, "LP and MIP, GPL-3 licence: loaded only when asked for by name"),
    part("data", "duckdb", duckdb, true, "reads CSV, Parquet and JSON, confined to the declared files"),
    part("emission", "ts-morph", morph, true, "writes pipeline.ts"),
    part("emission", "prettier", prettier, true, "formats it"),
  ];
}

function part(area: Part["area"], name: string, found: InstalledPackage, used: boolean, note: string): Part {
  const { version, state } = found;
  return { area, name, version, state, used, note: found.reason === undefined ? note : `${found.reason} (${note})` };
}

function builtIn(area: Part["area"], name: string, used: boolean, note: string): Part {
  return { area, name, version: null, state: "built in", used, note };
}
