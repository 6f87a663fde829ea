import { fileURLToPath } from "node:url";
import { Project, ts } from "ts-morph";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Messages of strict type checking of emitted modules, whose `droc/runtime` is this package's source. */
export function typeCheck(texts: Readonly<Record<string, string>>): string[] {
  const project = new Project({
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      lib: ["lib.es2023.d.ts"],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      types: ["node"],
      typeRoots: [`${root}node_modules/@types`],
      strict: true,
      noImplicitReturns: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      noEmit: true,
      paths: { "droc/runtime": [`${root}runtime/index.ts`] },
    },
  });
  const files = Object.entries(texts).map(([name, text]) =>
    project.createSourceFile(`${root}test/emit/${name}.ts`, text),
  );
  return files.flatMap((file) =>
    file.getPreEmitDiagnostics().map((diagnostic) => {
      const message = ts.flattenDiagnosticMessageText(diagnostic.compilerObject.messageText, " ");
      return `${file.getBaseName()}:${diagnostic.getLineNumber() ?? 0}: ${message}`;
    }),
  );
}
