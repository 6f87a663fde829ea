/** Node's arguments that say how modules are found and loaded; others, such as limits of memory, belong to a process. */
const MODULE_ARGUMENTS = ["--import", "--require", "-r", "--loader", "--experimental-loader", "--conditions", "-C"];

/** Those of a process's arguments that a worker which loads the same modules needs. */
export function inheritedArguments(execArgv: readonly string[]): string[] {
  const taken: string[] = [];
  for (let k = 0; k < execArgv.length; k++) {
    const argument = execArgv[k]!;
    if (MODULE_ARGUMENTS.some((name) => argument.startsWith(`${name}=`))) taken.push(argument);
    else if (MODULE_ARGUMENTS.includes(argument) && k + 1 < execArgv.length) taken.push(argument, execArgv[++k]!);
  }
  return taken;
}
