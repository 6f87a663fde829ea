import type { Catalogue } from "../../../runtime/errors/droc-error.ts";

/** Files, imports, and the limits of one compilation. */
export const fileMessages = {
  "file-missing": {
    severity: "error",
    message: "there is no file `{path}`",
    why: "what it declares is not known, so nothing that depends on it can be checked",
    help: "correct the path; it is relative to the folder of the file that names it",
  },
  "file-is-directory": {
    severity: "error",
    message: "`{path}` is a folder",
    why: "a spec or an import is one `.dro` file",
    help: "name a file in it, for instance `{path}/model.dro`",
  },
  "file-not-regular": {
    severity: "error",
    message: "`{path}` is not an ordinary file",
    why: "reading a device or a pipe could wait for ever",
    help: "name an ordinary `.dro` file",
  },
  "file-unreadable": {
    severity: "error",
    message: "cannot read `{path}`: {reason}",
    why: "what it declares is not known, so nothing that depends on it can be checked",
    help: "correct its name, or make it readable for you",
  },
  "file-too-large": {
    severity: "error",
    message: "`{path}` has {bytes} bytes; a spec may have {limit}",
    why: "specs are checked from strangers too, so the work that one may ask for is limited",
    help: "put numbers into a data file and declarations that belong together into modules",
  },
  "file-not-utf8": {
    severity: "error",
    message: "`{path}` is not UTF-8 text",
    why: "names and labels would be read wrongly",
    help: "save the file as UTF-8; if it is data, name it in a `data` declaration",
  },
  "path-not-valid": {
    severity: "error",
    message: "this is not a path: it is empty, too long, or has control characters",
    why: "no file can be found by it",
    help: 'write a relative path with `/`, for instance `"prices.csv"`',
  },
  "path-remote": {
    severity: "error",
    message: "`{path}` is not on this machine",
    why: "droc never opens the network for a spec, so that checking one is safe and repeatable",
    help: "download the file beside the spec and name it by its relative path",
  },
  "path-escapes": {
    severity: "error",
    message: "`{path}` lies outside the folder of the spec",
    why: "specs are checked from strangers too: one may open only files below its own folder",
    help: "move the file below the spec's folder, or allow its folder with `--allow PATH`",
  },
  "import-form": {
    severity: "error",
    message: "cannot import from `{path}`",
    why: 'an import names a module of the standard library (`"std/losses"`) or a file (`"./shared.dro"`)',
    help: 'write `"std/…"` or a path that begins with `./` or `../` and ends with `.dro`',
  },
  "import-unknown-module": {
    severity: "error",
    message: "the standard library has no module `{path}`",
    why: "nothing could be imported",
    help: "{suggestion}its modules are: {modules}",
  },
  "import-unknown-name": {
    severity: "error",
    message: "`{path}` declares no `{name}`",
    why: "the name would have no meaning here",
    help: "{suggestion}it declares: {names}",
  },
  "import-cycle": {
    severity: "error",
    message: "these files import each other: {cycle}",
    why: "none of them could be understood before the others",
    help: "move what they share into a file that imports neither",
  },
  "import-limit": {
    severity: "error",
    message: "imports go past the limit of {limit} {what}",
    why: "specs are checked from strangers too, so the work that one may ask for is limited",
    help: "import fewer modules, or put declarations that belong together into one file",
  },
  "empty-file": {
    severity: "error",
    message: "the file declares nothing",
    why: "there is no model to check or run",
    help: "begin with `model Name`; `droc init` writes an example",
  },
  "declaration-limit": {
    severity: "error",
    message: "there are more than {limit} declarations",
    why: "specs are checked from strangers too, so the work that one may ask for is limited",
    help: "split the file, or put numbers into a data file",
  },
  "not-yet-supported": {
    severity: "error",
    message: "{what} is part of the language, but droc cannot run it yet",
    why: "ignoring it would answer another question than the one you wrote",
    help: "remove it{instead}",
  },
  "not-yet-runnable": {
    severity: "error",
    message: "{what} is checked, but droc cannot run it yet",
    why: "leaving it out would answer another question than the one you wrote",
    help: "use `droc check` and `droc explain` for now{instead}",
  },
} as const satisfies Catalogue;
