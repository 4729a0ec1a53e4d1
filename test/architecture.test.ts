import { describe, expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";

const root = join(import.meta.dir, "..", "src");
const files = [...new Bun.Glob("**/*.{ts,tsx}").scanSync(root)].toSorted((a, b) => a.localeCompare(b));
const sourceOf = new Map(await Promise.all(files.map(async (f) => [f, await Bun.file(join(root, f)).text()] as const)));

/** Every module a file names, types included: an import that vanishes at run time still ties two rooms together. */
function importsOf(file: string): { from: string[]; packages: string[] } {
  const source = sourceOf.get(file) ?? "";
  const names = [
    ...source.matchAll(/(?:from|import)\s+"([^"]+)"/g),
    ...source.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g),
  ].map((match) => match[1] ?? "");
  const inside = names.filter((name) => name.startsWith("."));
  return {
    from: inside.map((name) => normalize(join(dirname(file), name))).filter((path) => !path.startsWith("..")),
    packages: names.filter((name) => !name.startsWith(".")),
  };
}

/** Room of a file: its folder below src, `providers/google` for one provider, or the file's own name at the top. */
function roomOf(file: string): string {
  const [top = "", second = "", ...rest] = file.split("/");
  if (second === "") return top.replace(/\.tsx?$/, "");
  return top === "providers" && rest.length > 0 ? `${top}/${second}` : top;
}

const MAY_IMPORT: Readonly<Record<string, readonly string[] | "everything">> = {
  domain: [],
  "server-ports": ["domain"],
  "file-ports": ["domain", "server-ports"],
  "machine-ports": [],
  ports: ["domain", "server-ports", "file-ports", "machine-ports"],
  pipeline: ["domain", "ports"],
  orchestrator: ["domain", "ports", "server-ports", "pipeline"],
  driving: ["domain", "ports", "orchestrator"],
  service: ["domain", "ports", "server-ports", "orchestrator", "driving"],
  director: ["domain", "ports", "orchestrator", "driving"],
  // Timelines, sidecars and bundles as text: pure functions of what is recorded.
  export: ["domain", "orchestrator"],
  archivist: ["domain", "ports", "file-ports", "orchestrator", "driving", "export", "importing"],
  importing: ["domain", "ports", "file-ports", "orchestrator", "export"],
  keeper: ["domain", "ports", "server-ports", "orchestrator"],
  safekeeping: ["domain", "ports", "server-ports", "file-ports", "strays"],
  strays: ["domain", "ports", "file-ports"],
  // Characters, places and products for many films.
  library: ["domain", "ports", "file-ports", "documents", "orchestrator", "pipeline"],
  // The catalog and its models are shared by the providers.
  providers: ["domain", "ports"],
  "providers/google": ["domain", "ports", "providers"],
  "providers/animatic": ["domain", "ports"],
  media: ["domain", "ports"],
  storage: ["domain", "ports", "server-ports", "file-ports"],
  webhooks: ["domain", "ports", "server-ports"],
  system: ["ports"],
  documents: ["domain"],
  config: ["domain", "documents"],
  api: ["service", "director", "keeper", "domain", "ports", "server-ports"],
  cli: [
    "service",
    "director",
    "safekeeping",
    "archivist",
    "library",
    "domain",
    "ports",
    "server-ports",
    "config",
    "documents",
  ],
  web: [],
  app: "everything",
  serving: "everything",
  main: "everything",
};

const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  "drizzle-orm": ["storage"],
  "bun:sqlite": ["storage"],
  "@google/genai": ["providers/google"],
  "@resvg/resvg-wasm": ["providers/animatic"],
  "ffmpeg-static": ["media"],
  hono: ["api", "web"],
  citty: ["cli", "main"],
  consola: ["cli", "system", "main"],
};

/** Text of a file without comments: rules are about code. */
const codeOf = (file: string): string =>
  (sourceOf.get(file) ?? "").replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");

const CALL_HOMES: readonly { readonly call: RegExp; readonly homes: readonly string[] }[] = [
  // ffmpeg, and the user's own editor.
  { call: /\bBun\.spawn(Sync)?\b|node:child_process/, homes: ["media", "system"] },
  { call: /\bprocess\.env\b/, homes: ["config"] },
  { call: /\bDate\.now\(|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\brandomUUID/, homes: ["system", "web"] },
];

describe("rooms", () => {
  test("every file is in a room of the plan", () => {
    expect(files.filter((file) => !Object.hasOwn(MAY_IMPORT, roomOf(file)))).toEqual([]);
  });

  test("import only the rooms they may", () => {
    const strangers = files.flatMap((file) => {
      const room = roomOf(file);
      const allowed = MAY_IMPORT[room];
      if (allowed === "everything" || allowed === undefined) return [];
      return importsOf(file)
        .from.filter((target) => roomOf(target) !== room && !allowed.includes(roomOf(target)))
        .map((target) => `${file} -> ${target}`);
    });
    expect(strangers).toEqual([]);
  });

  test("keep packages where they belong", () => {
    const misplaced = files.flatMap((file) =>
      importsOf(file).packages.flatMap((name) => {
        const home = Object.entries(PACKAGE_HOMES).find(([pkg]) => name === pkg || name.startsWith(`${pkg}/`));
        return home === undefined || home[1].includes(roomOf(file)) ? [] : [`${file} -> ${name}`];
      }),
    );
    expect(misplaced).toEqual([]);
  });

  test("reach the machine only where the plan says", () => {
    const misplaced = files.flatMap((file) =>
      CALL_HOMES.filter(({ call, homes }) => call.test(codeOf(file)) && !homes.includes(roomOf(file))).map(
        ({ call }) => `${file}: ${call.source}`,
      ),
    );
    expect(misplaced).toEqual([]);
  });

  test("domain uses zod and nothing else", () => {
    const packages = files.filter((file) => roomOf(file) === "domain").flatMap((file) => importsOf(file).packages);
    expect([...new Set(packages)]).toEqual(["zod"]);
  });

  test("have no cycles", () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(" -> "));
      if (trail.includes(file) || done.has(file)) return;
      for (const target of importsOf(file).from) visit(target, [...trail, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });
});

describe("files", () => {
  test("stay under 300 lines", () => {
    expect(files.filter((file) => (sourceOf.get(file) ?? "").split("\n").length > 300)).toEqual([]);
  });

  test("are never drawers or barrels", () => {
    const drawer = /(^|\/)(index|utils?|helpers?|misc|common|manager)\.tsx?$/;
    expect(files.filter((file) => drawer.test(file))).toEqual([]);
  });

  test("export by name", () => {
    expect(files.filter((file) => /^export default/m.test(sourceOf.get(file) ?? ""))).toEqual([]);
  });
});
