/** Declarations. */
import type {
  Constraint,
  DataDecl,
  Decl,
  DecisionGroup,
  EvaluateItem,
  Expr,
  FieldDecl,
  Ident,
  Parameter,
  Span,
  SplitDecl,
  StateDecl,
} from "../ast.ts";
import { operatorSpec } from "../operators.ts";
import { concat, group, indent, join, line } from "./doc.ts";
import type { Doc } from "./doc.ts";
import { ExpressionPrinter, identText, precedenceOf } from "./expressions.ts";
import { block, braces, commas, enclosed } from "./items.ts";
import type { Item } from "./items.ts";

/** The operands of a relation in a constraint or a bound bind tighter than relations. */
const SIDE = operatorSpec("==").precedence + 1;

export class DeclarationPrinter extends ExpressionPrinter {
  /** A declaration as an item of a block or a file. */
  declaration(decl: Decl): Item {
    const column = this.#column(decl);
    return { span: decl.span, doc: decl.doc, ...(column ? { column } : {}), print: (pad) => this.#print(decl, pad) };
  }

  /** Neighbouring dims, and neighbouring params of one style, line up. */
  #column(decl: Decl): Item["column"] {
    if (decl.kind === "dim") return { kind: "dim", width: decl.name.name.length };
    if (decl.kind === "param") return { kind: decl.type ? "typed-param" : "param", width: decl.name.name.length };
    return undefined;
  }

  #print(decl: Decl, pad: Doc): Doc {
    switch (decl.kind) {
      case "dim":
        return this.#defined(concat("dim ", identText(decl.name), pad), decl.value);
      case "unit":
        return decl.value ? this.#defined(`unit ${identText(decl.name)}`, decl.value) : `unit ${identText(decl.name)}`;
      case "param": {
        if (!decl.type) return this.#defined(concat("param ", identText(decl.name), pad), decl.value);
        return this.#defined(concat("param ", identText(decl.name), ":", pad, " ", this.type(decl.type)), decl.value);
      }
      case "seed":
        return concat("seed ", this.expression(decl.value));
      case "fn": {
        const start = decl.name.span.end;
        const parameters = this.#parameters(decl.parameters, start, decl.result?.span.start ?? decl.body.span.start);
        const result = decl.result ? concat(": ", this.type(decl.result)) : "";
        return this.#defined(concat("fn ", identText(decl.name), parameters, result), decl.body);
      }
      case "set": {
        const start = decl.name.span.end;
        const middle = decl.parameters.at(-1)?.span.end ?? start;
        const parameters = this.#parameters(decl.parameters, start, middle);
        return concat(
          "set ",
          identText(decl.name),
          parameters,
          " ",
          this.#constraints(decl.constraints, middle, decl.span.end),
        );
      }
      case "preset":
        return this.#defined(`preset ${identText(decl.name)}`, decl.value);
      case "task": {
        const start = decl.name.span.end;
        const middle = decl.parameters.at(-1)?.span.end ?? start;
        const parameters = this.#parameters(decl.parameters, start, middle);
        return concat(
          "task ",
          identText(decl.name),
          parameters,
          " ",
          this.#members(decl.fields, middle, decl.span.end),
        );
      }
      case "graph":
        return this.#defined(`graph ${identText(decl.name)}`, decl.value);
      case "data":
        return this.#data(decl);
      case "stages":
        return this.#defined(`stages ${identText(decl.name)}`, decl.value);
      case "state":
        return this.#state(decl);
      case "stage": {
        const observing = decl.observing.length > 0 ? concat(" observing ", names(decl.observing)) : "";
        const start = decl.observing.at(-1)?.span.end ?? decl.name.span.end;
        const items = decl.declarations.map((inner) => this.declaration(inner));
        const rows = this.gather(items, { start, end: decl.span.end });
        return concat("stage ", identText(decl.name), observing, " ", block(rows));
      }
      case "decision":
        return this.#list("decision ", decl.groups, (part) => this.#decisionGroup(part));
      case "subject-to":
        return concat("subject to ", this.#constraints(decl.constraints, decl.span.start, decl.span.end));
      case "next":
        return this.#defined(`next ${identText(decl.name)}`, decl.value);
      case "loss": {
        const data = decl.dataParameters.length > 0 ? concat("; ", join(", ", decl.dataParameters.map(identText))) : "";
        const empty = decl.parameters.length === 0 && decl.dataParameters.length === 0;
        const parameters = empty ? "" : concat("(", join(", ", decl.parameters.map(identText)), data, ")");
        return this.#defined(concat("loss", decl.name ? ` ${identText(decl.name)}` : "", parameters), decl.value);
      }
      case "risk":
        return concat("risk ", this.expression(decl.value));
      case "uncertainty":
        return concat("uncertainty ", names(decl.targets), given(decl.given), " ~ ", this.expression(decl.generator));
      case "ambiguity": {
        const each = decl.eachStage ? " each stage" : "";
        const via = decl.via ? concat(" via ", this.expression(decl.via)) : "";
        const lift = decl.lift ? concat(" lift ", this.expression(decl.lift)) : "";
        return concat("ambiguity ", this.expression(decl.value), each, via, lift);
      }
      case "observe":
        return this.#defined(`observe ${identText(decl.name)}`, decl.value);
      case "infer":
        return concat("infer ", identText(decl.target), given(decl.given), " by ", this.expression(decl.by));
      case "train":
        return concat("train ", this.expression(decl.value));
      case "solve":
        return concat("solve ", this.expression(decl.value));
      case "compare":
        return this.#list("compare ", decl.methods, (method) => this.expression(method));
      case "stress":
        return this.#list(`stress ${identText(decl.target)} with `, decl.corruptions, (part) => this.expression(part));
      case "evaluate": {
        const items = decl.items.map((item) => this.#evaluateItem(item));
        const start = decl.on?.span.end ?? decl.span.start;
        const rows = this.gather(items, { start, end: decl.span.end });
        return concat("evaluate ", decl.on ? `on ${identText(decl.on)} ` : "", braces(rows));
      }
      case "waive":
        return concat("waive ", identText(decl.assumption), " because ", this.expression(decl.because));
    }
  }

  #defined(head: Doc, value: Expr): Doc {
    return concat(head, " = ", this.expression(value));
  }

  /** Items separated by commas, which may break after a comma; each on a line of its own where one has a comment. */
  #list<Part extends { readonly span: Span }>(head: string, parts: readonly Part[], print: (part: Part) => Doc): Doc {
    const items = parts.map((part): Item => ({ span: part.span, print: () => print(part) }));
    const range = { start: items[0]?.span.start ?? 0, end: items.at(-1)?.span.end ?? 0 };
    return concat(head, indent(commas(this.gather(items, range))));
  }

  #parameters(parameters: readonly Parameter[], start: number, end: number): Doc {
    const items = parameters.map((parameter): Item => ({
      span: parameter.span,
      print: () => this.#parameter(parameter),
    }));
    return enclosed("(", this.gather(items, { start, end }), ")");
  }

  #parameter(parameter: Parameter): Doc {
    const type = parameter.type ? concat(": ", this.type(parameter.type)) : "";
    const value = parameter.value ? concat(" = ", this.expression(parameter.value)) : "";
    return concat(identText(parameter.name), type, value);
  }

  #constraints(constraints: readonly Constraint[], start: number, end: number): Doc {
    const items = constraints.map((constraint): Item => ({
      span: constraint.span,
      print: () => this.#constraint(constraint),
    }));
    return block(this.gather(items, { start, end }));
  }

  #constraint({ label, first, relations }: Constraint): Doc {
    const head = label ? `${identText(label)}: ` : "";
    // Without relations of its own a constraint is one expression; a lone comparison keeps its parentheses.
    const alone = precedenceOf(first) < SIDE - 1 ? 0 : SIDE;
    const parts: Doc[] = [head, this.expression(first, relations.length > 0 ? SIDE : alone)];
    for (const { op, right } of relations) parts.push(` ${op}`, line, this.expression(right, SIDE));
    return group(indent(concat(...parts)));
  }

  #data(decl: DataDecl): Doc {
    const { source } = decl;
    const synthetic = source.synthetic ? "synthetic " : "";
    const head = concat("data ", identText(decl.name), " = ", synthetic, this.expression(source.value));
    const members = [...decl.fields, ...decl.splits].toSorted((a, b) => a.span.start - b.span.start);
    return members.length === 0 ? head : concat(head, " ", this.#members(members, source.span.end, decl.span.end));
  }

  #members(members: readonly (FieldDecl | SplitDecl)[], start: number, end: number): Doc {
    const items = members.map((member): Item => {
      const width = member.kind === "split" ? "split".length : member.role.name.length;
      const print = (pad: Doc): Doc => (member.kind === "split" ? this.#split(member, pad) : this.#field(member, pad));
      return { span: member.span, doc: member.doc, column: { kind: "member", width }, print };
    });
    return block(this.gather(items, { start, end }));
  }

  #field(field: FieldDecl, pad: Doc): Doc {
    const parts: Doc[] = [identText(field.role), pad, " ", identText(field.name), ": ", this.type(field.type)];
    if (field.horizon) parts.push(" -> ", identText(field.horizon.name), ": ", this.type(field.horizon.type));
    if (field.range) parts.push(" in ", this.expression(field.range));
    if (field.per) parts.push(" per ", identText(field.per));
    if (field.value) parts.push(" = ", this.expression(field.value));
    return concat(...parts);
  }

  #split(split: SplitDecl, pad: Doc): Doc {
    const column = split.column ? ` ${identText(split.column)}` : "";
    return concat("split", pad, ` ${identText(split.rule)}`, column, " ", this.options(split.parts));
  }

  #state(decl: StateDecl): Doc {
    const range = decl.range ? concat(" in ", this.expression(decl.range)) : "";
    const initially = decl.initially ? concat(", initially ", this.expression(decl.initially)) : "";
    return concat("state ", identText(decl.name), ": ", this.type(decl.type), range, initially);
  }

  #decisionGroup(part: DecisionGroup): Doc {
    const parts: Doc[] = [join(", ", part.names.map(identText))];
    if (part.type) parts.push(": ", this.type(part.type));
    if (part.domain) parts.push(" in ", this.expression(part.domain, SIDE));
    for (const bound of part.bounds) parts.push(` ${bound.op} `, this.expression(bound.value, SIDE));
    if (part.value) parts.push(" = ", this.expression(part.value));
    return concat(...parts);
  }

  #evaluateItem(item: EvaluateItem): Item {
    if (item.kind === "option") {
      return { span: item.span, print: () => concat(identText(item.key), ": ", this.expression(item.value)) };
    }
    const print = (): Doc => {
      const parts: Doc[] = [identText(item.name)];
      if (item.qualifier) parts.push(" ", identText(item.qualifier));
      if (item.value) parts.push(" ", this.expression(item.value));
      if (item.options) parts.push(" ", this.options(item.options));
      return concat(...parts);
    };
    return { span: item.span, print };
  }
}

function names(list: readonly Ident[]): Doc {
  const [only] = list;
  if (list.length === 1 && only) return identText(only);
  return concat("(", join(", ", list.map(identText)), ")");
}

function given(list: readonly Ident[]): Doc {
  return list.length === 0 ? "" : concat(" | ", names(list));
}
