import type { AnyModelIR } from "../../../runtime/ir/model.ts";
import type { NotRunnable } from "../../compile.ts";
import { showText } from "../../diagnostics/index.ts";
import { hashModel } from "../../ir/index.ts";
import { problemNames } from "../../registry/index.ts";
import { padEnd, paint, type Terminal } from "../terminal.ts";
import { settingsOf, type ExplainedSetting } from "./settings.ts";
import { typeText } from "./text-of.ts";

/** A model whose canonical form is not derived: what it states, and what keeps it from being run. */
export interface OutlinedModel {
  readonly name: string;
  readonly kind: NonNullable<AnyModelIR["kind"]>;
  readonly hash: string;
  readonly notRunnable: readonly string[];
  readonly settings: readonly ExplainedSetting[];
  readonly ir: AnyModelIR;
}

export function outlineModel(ir: AnyModelIR, notRunnable: readonly NotRunnable[]): OutlinedModel {
  return {
    name: ir.name,
    kind: ir.kind ?? "single_stage",
    hash: hashModel(ir),
    notRunnable: notRunnable.filter((one) => one.model === ir.name).map(({ diagnostic }) => diagnostic.message),
    settings: settingsOf(ir),
    ir,
  };
}

/** The text of `droc explain` for one of them. */
export function describeOutline({ ir, hash, kind, notRunnable, settings }: OutlinedModel, terminal: Terminal): string {
  const heading = (text: string): string => paint(terminal, text, "bold");
  const width = Math.max(0, ...settings.map((setting) => setting.name.length));
  const lines = [
    `${heading(`model ${ir.name}`)}  ${paint(terminal, `${ir.files[0] ?? ""} · ${hash.slice(0, 8)}`, "dim")}`,
    ...(ir.doc === undefined ? [] : ir.doc.split("\n").map((line) => `  ${line.trim()}`)),
    "",
    heading("problem"),
    `  ${problemNames[kind]}`,
    ...partLines(ir).map(showText),
    "",
    heading("data"),
    ...ir.data.fields.map((field) => `  ${padEnd(field.role, 10)} ${field.name}: ${showText(typeText(field))}`),
    "",
    ...(notRunnable.length === 0 ? [] : [heading("not run yet")]),
    ...[...new Set(notRunnable)].map((message) => `  ${paint(terminal, "–", "yellow")} ${showText(message)}`),
    ...(notRunnable.length === 0 ? [] : [""]),
    `${heading("settings")}  ${paint(terminal, "• chosen by droc: the spec does not say", "dim")}`,
    ...settings.map(({ name, value, origin }) => {
      const mark = origin === "implicit" ? paint(terminal, "•", "yellow") : " ";
      return `  ${mark} ${padEnd(name, width)}  ${showText(value)}`;
    }),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function partLines(ir: AnyModelIR): string[] {
  const { targets, given, generator } = ir.uncertainty;
  const law = `  under      ${targets.join(", ")}${given.length === 0 ? "" : ` | ${given.join(", ")}`} ~ ${generator.name}`;
  switch (ir.kind) {
    case "forecast": {
      const { name, from, to, network } = ir.predictor;
      return [
        `  predict    ${to} = ${name}(${from.join(", ")}) by ${network.name}`,
        `  minimise   ${ir.risk.text}`,
        law,
      ];
    }
    case "generation":
      return [law];
    case "posterior": {
      const { target, given: observed, by } = ir.inference;
      const { name, noise } = ir.observation;
      return [
        law,
        `  observe    ${name} with ${noise.law} noise of standard deviation ${noise.sd}`,
        `  infer      ${target} | ${observed.join(", ")} by ${by.name}`,
      ];
    }
    case "multi_stage": {
      const { name, from, to, states, observing, decision } = ir.stages;
      return [
        `  stages     ${name} = ${from}..${to}, each observing ${observing.length === 0 ? "nothing" : observing.join(", ")}`,
        ...states.map((state) => `  carry      ${state.name}: ${typeText(state)}`),
        ...decision.blocks.map((block) => `  decide     ${block.name}: ${typeText(block)}`),
        law,
        `  solved by  ${ir.solve.name}`,
      ];
    }
    default:
      return [
        ...ir.decision.blocks.map((block) => `  decide     ${block.name}: ${typeText(block)}`),
        ...(ir.decision.maps ?? []).map(
          (map) => `  where      ${map.block} is a function of ${map.parameters.map((one) => one.name).join(", ")}`,
        ),
        `  minimise   ${ir.risk.text}`,
        law,
      ];
  }
}
