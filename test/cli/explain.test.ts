import { describe, expect, it } from "vitest";
import { droc, folderWith, GOOD, UNKNOWN_NAME } from "./support.ts";

describe("droc explain", () => {
  it("prints problem, form, guarantees, and marks what droc chose", async () => {
    const { exit, stdout } = await droc(["explain", "m.dro"], { cwd: folderWith({ "m.dro": GOOD }) });
    expect(exit).toBe(0);
    expect(stdout).toContain("model Small");
    expect(stdout).toMatch(/decide +z: real\[3\] in simplex \{ cap: 0\.6 \}/);
    expect(stdout).toMatch(/minimise +mean\(L\) \+ gamma \* cvar/);
    // d + t, one shortfall a scenario; the simplex's equality and one row a scenario.
    expect(stdout).toContain("QP over 32 scenarios: 36 variables, 33 rows");
    expect(stdout).toContain("strongly convex");
    expect(stdout).toMatch(/^ {2}• flow_matching\.solver +midpoint$/m);
    expect(stdout).toMatch(/^ {4}flow_matching\.scenarios +32$/m);
  });

  it("says so where a guarantee is lost", async () => {
    const spec = GOOD.replace(" + eta * sum_squares(z)", "").replace(
      "z: real[3] in simplex { cap: 0.6 }",
      "z: real[3] >= 0",
    );
    const { stdout } = await droc(["explain", "m.dro", "--json"], { cwd: folderWith({ "m.dro": spec }) });
    expect(JSON.parse(stdout)).toMatchObject({
      result: {
        models: [
          {
            canonical: { name: "LP" },
            guarantees: expect.arrayContaining([
              expect.objectContaining({ name: "unique-decision", holds: false, stronger: expect.any(String) }),
              expect.objectContaining({ name: "bounded", holds: "unknown", stronger: expect.any(String) }),
            ]),
          },
        ],
      },
    });
  });

  it("prints what is proved of the loss, the risk beside it and each constraint", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    const { stdout } = await droc(["explain", "m.dro"], { cwd });
    const facts = stdout.slice(stdout.indexOf("what is proved of the expressions"), stdout.indexOf("what holds"));
    expect(facts).toMatch(/loss, in the decision\n {4}affine/);
    expect(facts).toMatch(/loss, in the outcome\n {4}affine\n {4}falls with s\n {4}Lipschitz with constant 0\.\d+/);
    expect(facts).toMatch(
      /risk beside the loss\n {4}convex, quadratic with a positive semidefinite matrix \(eigenvalues/,
    );
    expect(facts).toContain("strongly convex with modulus");
    expect(facts).toContain("constraint simplex: 0 <= z: affine");
    const json = await droc(["explain", "m.dro", "--json"], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({
      result: {
        models: [
          {
            facts: expect.arrayContaining([
              expect.objectContaining({ of: "loss", in: "outcome", curvature: "affine", pieces: 1 }),
              expect.objectContaining({
                of: "risk term",
                quadratic: expect.objectContaining({ definiteness: "positive-semidefinite" }),
              }),
            ]),
          },
        ],
      },
    });
  });

  it("has the same hash for the same meaning, another for another", async () => {
    const cwd = folderWith({ "a.dro": GOOD, "b.dro": `// hello\n${GOOD.replace("gamma = 2.0", "gamma   =  2")}` });
    const hash = async (...args: string[]): Promise<unknown> => {
      const { stdout } = await droc(["explain", "--json", ...args], { cwd });
      const answer: { readonly result: { readonly models: readonly { readonly hash: string }[] } } = JSON.parse(stdout);
      return answer.result.models[0]!.hash;
    };
    expect(await hash("a.dro")).toBe(await hash("b.dro"));
    expect(await hash("a.dro")).not.toBe(await hash("a.dro", "--set", "gamma=3"));
  });

  it("exits 1 on a wrong spec", async () => {
    const { exit, stderr } = await droc(["explain", "m.dro"], { cwd: folderWith({ "m.dro": UNKNOWN_NAME }) });
    expect(exit).toBe(1);
    expect(stderr).toContain("error[unknown-name]");
  });

  it("prints the problem that is solved as mathematics, and the same in its JSON", async () => {
    const cwd = folderWith({ "m.dro": GOOD });
    const { stdout } = await droc(["explain", "m.dro"], { cwd });
    const section = stdout.slice(stdout.indexOf("\nreformulation"), stdout.indexOf("what is proved"));
    expect(section).toMatch(/^ {2}QP: /m);
    expect(section).toMatch(/^ {2}min +2·t \+ η·‖z‖₂² \+ Σ_\{k=1…K\} p_k·\(20·v_k − s_kᵀz\) +over z, t, v_k$/m);
    expect(section).toMatch(/^ {2}s\.t\. +−s_kᵀz ≤ t \+ v_k +k = 1…K\n +1ᵀz = 1\n +0 ≤ z ≤ 0\.6\n +0 ≤ v_k/m);
    const json = await droc(["explain", "m.dro", "--json"], { cwd });
    const { reformulation } = JSON.parse(json.stdout).result.models[0];
    expect(reformulation).toMatchObject({ class: "QP", latex: expect.stringContaining("\\min") });
    for (const line of reformulation.text.trimEnd().split("\n")) expect(section).toContain(line);
  });
});

describe("droc doctor", () => {
  it("says what is installed, what is used, and what the licences are", async () => {
    const { exit, stdout } = await droc(["doctor"]);
    expect(exit).toBe(0);
    for (const name of ["onnx", "reference", "structured", "highs", "glpk.js", "duckdb", "tfjs-node-gpu"]) {
      expect(stdout).toContain(name);
    }
    expect(stdout).toMatch(/GPL-3/);
    const json = await droc(["doctor", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      command: "doctor",
      result: {
        machine: { node: process.version },
        parts: expect.arrayContaining([
          expect.objectContaining({ name: "onnx", state: "loads", used: true, version: expect.any(String) }),
        ]),
      },
    });
  });
});
