import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Training and property tests share two cores with each other: generous, since no test asserts a time.
    testTimeout: 120_000,
    pool: "forks",
  },
});
