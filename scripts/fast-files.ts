import { dirname, join, normalize } from "node:path";

/** Packages that start a program: a browser, or anything. */
const STARTERS = new Set(["playwright-core", "node:child_process"]);
/** Builds the whole program with the real ffmpeg. */
const WHOLE_PROGRAM = /src\/app\/create-app\.ts$/;
/** The simulator starts nothing and takes minutes. */
const SLOW_FOLDER = "test/sim/";

/** What a file needs besides this process, or null. Product code may hold the means: a fast test does not use them. */
function needs(path: string, source: string, imports: readonly string[]): string | null {
  if (path.startsWith(SLOW_FOLDER)) return SLOW_FOLDER;
  if (path.startsWith("src/")) return null;
  const starter = imports.find((name) => STARTERS.has(name) || WHOLE_PROGRAM.test(name));
  return starter ?? (/\bBun\.(?:spawn(?:Sync)?\(|\$`)/.test(source) ? "Bun.spawn" : null);
}

/**
 * Why tests are not fast, by file; null: nothing they import in tests, themselves included, starts a program or belongs
 * to the simulator. `read` gives a file's text; paths are from the project's root, with forward slashes.
 */
export async function slowness(
  tests: readonly string[],
  read: (path: string) => Promise<string>,
): Promise<ReadonlyMap<string, string | null>> {
  const known = new Map<string, { readonly need: string | null; readonly imports: readonly string[] }>();
  const learn = async (path: string) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const source = await read(path);
    const names = new Bun.Transpiler({ loader: path.endsWith("x") ? "tsx" : "ts" })
      .scanImports(source)
      .map((found) => found.path);
    const own = names.filter((name) => /^\..*\.tsx?$/.test(name)).map((name) => normalize(join(dirname(path), name)));
    const learnt = { need: needs(path, source, names), imports: own };
    known.set(path, learnt);
    return learnt;
  };
  const reasonOf = async (test: string): Promise<string | null> => {
    const seen = new Set([test]);
    for (const path of seen) {
      const { need, imports } = await learn(path);
      if (need !== null) return `${path}: ${need}`;
      for (const next of imports) seen.add(next);
    }
    return null;
  };
  const reasons = new Map<string, string | null>();
  for (const test of tests) reasons.set(test, await reasonOf(test));
  return reasons;
}
