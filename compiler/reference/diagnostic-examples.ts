/** A wrong line and the line to write instead, by code. Every one is compiled by test/reference. */
export const diagnosticExamples: Readonly<Record<string, { readonly wrong: string; readonly right: string }>> = {};
