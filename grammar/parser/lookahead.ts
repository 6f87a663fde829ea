/**
 * One token of lookahead, which is all that this grammar needs. Chevrotain's own strategy enumerates paths and takes
 * most of a parser's construction; first sets, found once for each rule and only when a choice is first met, take next
 * to nothing. The grammar's own tests construct the parser with Chevrotain's strategy, which checks for ambiguity.
 */
import type { ILookaheadStrategy, IOrAlt, IProduction, IToken, Rule, TokenType } from "chevrotain";
import * as gast from "../chevrotain.ts";

type AlternationOptions = Parameters<ILookaheadStrategy["buildLookaheadForAlternation"]>[0];
type OptionalOptions = Parameters<ILookaheadStrategy["buildLookaheadForOptional"]>[0];

interface LookingAhead {
  LA(ahead: number): IToken;
}

/** Indices of the token types that can begin a production, categories with all their members. */
interface First {
  readonly types: ReadonlySet<number>;
  readonly nullable: boolean;
}

export class OneTokenLookahead implements ILookaheadStrategy {
  readonly #rules = new Map<Rule, First>();

  validate(): [] {
    return [];
  }

  buildLookaheadForAlternation(options: AlternationOptions): (alternatives?: IOrAlt<unknown>[]) => number | undefined {
    const { rule, prodOccurrence } = options;
    let firsts: First[] | null = null;
    const find = (): First[] =>
      definitionOf(findProduction(rule.definition, "Alternation", prodOccurrence)).map((part) => this.#first(part));
    return function choose(this: LookingAhead, alternatives?: IOrAlt<unknown>[]) {
      firsts ??= find();
      const next = this.LA(1).tokenTypeIdx;
      for (let i = 0; i < firsts.length; i++) {
        const gate = alternatives?.[i]?.GATE;
        if (firsts[i]?.types.has(next) && (gate === undefined || gate.call(this))) return i;
      }
      return undefined;
    };
  }

  buildLookaheadForOptional(options: OptionalOptions): () => boolean {
    const { rule, prodOccurrence, prodType } = options;
    let first: First | null = null;
    const find = (): First => this.#sequence(definitionOf(findProduction(rule.definition, prodType, prodOccurrence)));
    return function enter(this: LookingAhead) {
      first ??= find();
      return first.types.has(this.LA(1).tokenTypeIdx);
    };
  }

  #first(production: IProduction): First {
    if (production instanceof gast.Terminal) return { types: membersOf(production.terminalType), nullable: false };
    if (production instanceof gast.NonTerminal) return this.#ruleFirst(production.referencedRule);
    if (production instanceof gast.Alternation) {
      const parts = production.definition.map((part) => this.#first(part));
      return { types: union(parts), nullable: parts.some((part) => part.nullable) };
    }
    const first = this.#sequence(definitionOf(production));
    const optional =
      production instanceof gast.Option ||
      production instanceof gast.Repetition ||
      production instanceof gast.RepetitionWithSeparator;
    return optional ? { ...first, nullable: true } : first;
  }

  #ruleFirst(rule: Rule): First {
    const known = this.#rules.get(rule);
    if (known) return known;
    const first = this.#sequence(rule.definition);
    this.#rules.set(rule, first);
    return first;
  }

  #sequence(parts: readonly IProduction[]): First {
    const firsts: First[] = [];
    for (const part of parts) {
      const first = this.#first(part);
      firsts.push(first);
      if (!first.nullable) return { types: union(firsts), nullable: false };
    }
    return { types: union(firsts), nullable: true };
  }
}

function union(firsts: readonly First[]): ReadonlySet<number> {
  const [only] = firsts;
  if (firsts.length === 1 && only) return only.types;
  return new Set(firsts.flatMap((first) => [...first.types]));
}

function membersOf(type: TokenType): ReadonlySet<number> {
  return new Set([type.tokenTypeIdx ?? -1, ...(type.categoryMatches ?? [])]);
}

/** What a production holds; empty for those that hold nothing. */
function definitionOf(production: IProduction): readonly IProduction[] {
  return "definition" in production && Array.isArray(production.definition) ? production.definition : [];
}

const KINDS = {
  Alternation: gast.Alternation,
  Option: gast.Option,
  Repetition: gast.Repetition,
  RepetitionMandatory: gast.RepetitionMandatory,
  RepetitionMandatoryWithSeparator: gast.RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator: gast.RepetitionWithSeparator,
} as const;

/** The occurrence number `index` of a kind of production in a rule. Occurrences of one kind have different numbers. */
function findProduction(within: readonly IProduction[], kind: keyof typeof KINDS, index: number): IProduction {
  const search = (parts: readonly IProduction[]): IProduction | undefined => {
    for (const part of parts) {
      if (part instanceof KINDS[kind] && part.idx === index) return part;
      const inside = part instanceof gast.NonTerminal ? undefined : search(definitionOf(part));
      if (inside) return inside;
    }
    return undefined;
  };
  const found = search(within);
  if (!found) throw new Error(`no ${kind} number ${index} in the rule`);
  return found;
}
