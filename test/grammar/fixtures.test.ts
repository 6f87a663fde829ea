import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "../../grammar/index.ts";

const folder = new URL("./fixtures/", import.meta.url);

describe("the language by example", () => {
  for (const name of readdirSync(folder)) {
    it(`${name} parses without a problem`, () => {
      expect(parse(readFileSync(new URL(name, folder), "utf8")).problems).toEqual([]);
    });
  }
});
