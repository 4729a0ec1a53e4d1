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
    ...source.matchAll(/\b(?:import|require)\(\s*"([^"]+)"\s*\)/g),
  ].map((match) => match[1] ?? "");
  const inside = names.filter((name) => name.startsWith("."));
  return {
    from: inside.map((name) => normalize(join(dirname(file), name))).filter((path) => !path.startsWith("..")),
    packages: names.filter((name) => !name.startsWith(".")),
  };
}

/** What a file imports for its types only: nothing of it is there at run time. */
const typesOnly = (file: string, target: string): boolean =>
  importsOf(file).from.includes(target) &&
  [...(sourceOf.get(file) ?? "").matchAll(/^(?:import|export)( type)? [^;]*?from "(\.[^"]+)"/gm)]
    .filter((match) => normalize(join(dirname(file), match[2] ?? "")) === target)
    .every((match) => match[1] !== undefined);

/** Room of a file: its folder below src, `providers/google` for one provider, or the file's own name at the top. */
function roomOf(file: string): string {
  const [top = "", second = "", ...rest] = file.split("/");
  if (second === "") return top.replace(/\.tsx?$/, "");
  return top === "providers" && rest.length > 0 ? `${top}/${second}` : top;
}

/** Decisions: functions of what they are given. They reach neither the machine nor a room that does. */
const PURE = ["domain", "planning", "editing", "formats"] as const;

/**
 * Who may import whom, from the inside out. A provider's folder is a room of its own and needs no entry: it may import
 * what `adapter` may, and what all providers share.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | "everything">> = {
  domain: [],
  ports: ["domain"],
  planning: ["domain", "ports"],
  editing: ["domain", "ports", "planning"],
  formats: ["domain", "planning"],
  engine: ["domain", "ports", "planning"],
  services: ["domain", "ports", "planning", "editing", "formats", "engine"],
  // Adapters: behind the ports, none beside another.
  media: ["domain", "ports"],
  storage: ["domain", "ports"],
  webhooks: ["domain", "ports"],
  platform: ["domain", "ports"],
  "providers/catalog": ["domain"],
  provider: ["domain", "ports", "providers/catalog"],
  config: ["domain", "ports", "formats"],
  // Faces.
  api: ["domain", "ports", "planning", "editing", "services"],
  cli: ["domain", "ports", "planning", "editing", "services", "formats", "config"],
  web: [],
  app: "everything",
  main: ["app", "cli", "config", "platform"],
};

/** Files of other rooms that a room may take types from, and nothing else: the page is another program. */
const TYPES_OF: Readonly<Record<string, readonly string[]>> = { web: ["api/client.ts"] };

const rulesOf = (room: string): readonly string[] | "everything" | undefined =>
  MAY_IMPORT[room] ?? (room.startsWith("providers/") ? MAY_IMPORT.provider : undefined);

const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  "drizzle-orm": ["storage"],
  "bun:sqlite": ["storage"],
  "@google/genai": ["providers/google"],
  "@resvg/resvg-wasm": ["providers/offline"],
  "ffmpeg-static": ["media"],
  hono: ["api", "web"],
  "hono-openapi": ["api"],
  yaml: ["formats"],
  citty: ["cli", "main"],
  consola: ["cli", "platform", "main"],
};

/** Text of a file without comments: rules are about code. */
const codeOf = (file: string): string =>
  (sourceOf.get(file) ?? "").replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");

const CALL_HOMES: readonly { readonly call: RegExp; readonly homes: readonly string[] }[] = [
  // ffmpeg, and the user's own editor.
  { call: /\bBun\.spawn(Sync)?\b|node:child_process/, homes: ["media", "platform"] },
  { call: /\bprocess\.env\b/, homes: ["config"] },
  { call: /\bDate\.now\(|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\brandomUUID/, homes: ["platform", "web"] },
];

describe("rooms", () => {
  test("every file is in a room of the plan", () => {
    expect(files.filter((file) => rulesOf(roomOf(file)) === undefined)).toEqual([]);
  });

  test("of providers are all in the one list", () => {
    const folders = new Set(files.map(roomOf).filter((room) => /^providers\/(?!catalog$)/.test(room)));
    const listed = importsOf("app/providers.ts").from.filter((path) => path.endsWith("/description.ts"));
    expect(listed.map(roomOf)).toEqual([...folders]);
  });

  test("import only the rooms they may", () => {
    const strangers = files.flatMap((file) => {
      const room = roomOf(file);
      const allowed = rulesOf(room);
      if (allowed === "everything" || allowed === undefined) return [];
      return importsOf(file)
        .from.filter((target) => roomOf(target) !== room && !allowed.includes(roomOf(target)))
        .filter((target) => !(TYPES_OF[room]?.includes(target) && typesOnly(file, target)))
        .map((target) => `${file} -> ${target}`);
    });
    expect(strangers).toEqual([]);
  });

  test("are at most 18, and only main.ts stands beside them", () => {
    expect(new Set(files.filter((file) => file.includes("/")).map((file) => file.split("/")[0])).size).toBeLessThan(19);
    expect(files.filter((file) => !file.includes("/"))).toEqual(["main.ts"]);
  });

  test("that decide reach nothing but what they are given", () => {
    const reach =
      /\bawait\b|\basync\b|\bBun\.(file|write|spawn|sleep|serve|stdin)\b|\bprocess\.|\bfetch\(|\bperformance\.|\bnew Date\(\)/;
    const builtins = (file: string) => importsOf(file).packages.filter((name) => /^(node|bun):/.test(name));
    const effectful = PURE.flatMap((room) => files.filter((file) => roomOf(file) === room)).filter(
      (file) => reach.test(codeOf(file)) || builtins(file).some((name) => name !== "node:path"),
    );
    expect(effectful).toEqual([]);
    for (const room of PURE)
      expect(["everything", ...PURE, "ports"]).toEqual(expect.arrayContaining([...(rulesOf(room) ?? [])]));
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

  test("keep the page to what a browser has", () => {
    const studio = files.filter((file) => file.startsWith("web/studio/"));
    expect(studio.length).toBeGreaterThan(30);
    expect(studio.filter((file) => /\bBun\b|\bprocess\.|\bBuffer\b|"(node|bun):/.test(codeOf(file)))).toEqual([]);
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
  test("stay under 300 lines, or 500 with the reason in the first line", () => {
    const tooLong = files.filter((file) => {
      const lines = (sourceOf.get(file) ?? "").split("\n");
      return lines.length > (/^\/\*\* .*\b(because|since)\b/.test(lines[0] ?? "") ? 500 : 300);
    });
    expect(tooLong).toEqual([]);
  });

  test("are never drawers or barrels", () => {
    const drawer = /(^|\/)(index|utils?|helpers?|misc|common|manager)\.tsx?$/;
    expect(files.filter((file) => drawer.test(file))).toEqual([]);
  });

  test("export by name", () => {
    expect(files.filter((file) => /^export default/m.test(sourceOf.get(file) ?? ""))).toEqual([]);
  });
});
