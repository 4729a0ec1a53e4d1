/** Every text that is stored, to every face: nothing that a terminal, a header, a table or a program obeys comes out. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApi } from "../../src/api/app.ts";
import { PROVIDERS, providerNotices } from "../../src/app/providers.ts";
import { commandGroups } from "../../src/cli/main.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { MEDIA_TYPES } from "../../src/domain/media.ts";
import { Storyboard } from "../../src/domain/storyboard.ts";
import { parseCsv } from "../../src/formats/csv.ts";
import { timelineOf } from "../../src/formats/interchange/timeline.ts";
import type { ProjectDatabase } from "../../src/ports/leases.ts";
import { createAssets } from "../../src/services/assets.ts";
import { createIntegrityService } from "../../src/services/integrity.ts";
import { createArtifactStore } from "../../src/storage/files/artifact-store.ts";
import { createOrphanTrash } from "../../src/storage/files/orphan-trash.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { openTestServer } from "../api/test-server.ts";
import { createCli, type Outcome } from "../cli/harness.ts";
import { silentLog } from "../storage/silent-log.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { never } from "../support/never.ts";
import { storyboardOf } from "../support/scripted-provider.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";
import { HOSTILE, type Leaf, MILD, nameOf, openPoison, textColumns } from "./poison.ts";

const tempFolder = tempFolders();

/** What no face lets out: control characters but line breaks and tabs, bidi controls, what has no width, lines of others. */
const RAW = /[^\P{Cc}\t\n\r]|\r(?!\n)|[\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;
/** The colours, weights and redrawing that this program uses itself; a stored text is told from them by what follows it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it reads what a terminal reads
const OWN_STYLE = /\u001b\[(?:(?:1|2|22|3[12369])m(?!PWN)|\d*[FKJ])/g;

/** JSON texts that the films of this test do not have by themselves. */
const SAMPLES: Readonly<Record<string, string>> = {
  "projects.hold": JSON.stringify({ reason: "budget", message: "the cap is reached" }),
  "steps.operation": JSON.stringify({ name: "operations/1", submittedAtMs: 1, polls: 1 }),
  "steps.failure": JSON.stringify({ code: "provider.refused", message: "refused" }),
};
/** Texts of columns that the films do not fill. */
const WORDS = ["projects.message", "projects.webhook_url", "submits.operation_name", "submits.reason"];
/** Columns of rows that no face shows: other parts of the program's own, and who drives what. */
const NOT_SHOWN = new Set([
  ...["owners.owner", "data_mark.mark", "projects.owner"],
  ...["request_keys.key", "request_keys.fingerprint", "request_keys.project_id", "request_keys.answer"],
  "request_keys.owner",
  ...["deliveries.project_id", "deliveries.url", "deliveries.state", "deliveries.last_error"],
  // Words of lists, which are null in these films.
  "steps.fit",
]);

let world: { testApp: TestApp; repository: ProjectDatabase; poison: ReturnType<typeof openPoison>; folder: string };
let ids: readonly ProjectId[];
/** Leaves that hold hostile text while the program still shows whole films, and those with which it does not. */
const open: Leaf[] = [];
const breaking: Leaf[] = [];

/** What people see of both films, in figures: a hostile text must not hide anything from the test. */
async function shown({ service, editing, repository, world: { artifacts } }: TestApp): Promise<unknown> {
  const films = await Promise.all(
    (await service.list({})).map(async ({ id }) => {
      const view = await service.get(id);
      const takes = await editing.takes(id);
      const { total, lines } = await service.receipt(id);
      const past = [await editing.history(id), await repository.events(id, 0, 1_000)].map(({ length }) => length);
      const facts = await repository.facts(id);
      const whole = await Promise.all(facts.artifacts.map((file) => artifacts.intact(file)));
      const assets = createAssets({ repository, artifacts });
      await assets.piece(id, { kind: "keyframe", position: 1 });
      await assets.piece(id, { kind: "clip", position: 0 });
      const files = [timelineOf(facts)?.clips.length, whole];
      return [...past, ...files, view.scenes.length, view.status, view.waits.length, takes.length, lines.length, total];
    }),
  );
  return films;
}

/** Writes a hostile text into a leaf to stay, if that leaves the films as they look. */
async function infect({ testApp, poison }: typeof world, leaf: Leaf, usual: unknown): Promise<boolean> {
  if (poison.isHostile(leaf)) return true;
  for (const text of [HOSTILE, MILD]) {
    const undo = poison.poison(leaf, text);
    const now = await shown(testApp).catch(() => null);
    if (Bun.deepEquals(now, usual)) return true;
    undo();
  }
  return false;
}

/** Writes hostile text into every leaf; one that changes how the films look is kept for later. */
async function spread(to: typeof world): Promise<void> {
  const usual = await shown(to.testApp);
  for (const leaf of to.poison.leaves()) {
    try {
      ((await infect(to, leaf, usual)) ? open : breaking).push(leaf);
    } catch {
      // The database itself refuses it.
    }
  }
}

const picture = (words: string) => ({
  bytes: Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from(words)]),
  from: words,
});

/** A storyboard whose every text is hostile, as far as its field lets it. */
const hostileStoryboard = (scenes: number): Storyboard => {
  const { title, styleGuide, scenes: usual } = storyboardOf({ prompt: "A cat." }, scenes);
  const character = { name: `Mika ${MILD}`, physicalDescription: HOSTILE, clothingDescription: HOSTILE };
  const hostile = <Fields extends object>(fields: Fields): Fields => ({
    ...fields,
    ...Object.fromEntries(
      Object.entries(fields).flatMap(([key, text]) => (typeof text === "string" ? [[key, HOSTILE + text]] : [])),
    ),
  });
  return Storyboard.parse({
    title: `${MILD}${title}`,
    styleGuide: hostile(styleGuide),
    characters: [character],
    scenes: usual.map((scene) => ({ ...hostile(scene), transitionNotes: HOSTILE, characters: [character.name] })),
  });
};

/** A film with references, takes, picks and an edited storyboard, and one whose last scene was refused. */
async function makeFilms({ clock, service, editing, settle }: TestApp): Promise<readonly ProjectId[]> {
  const references = [
    { ...picture("mika"), name: `Mika ${MILD}` },
    { name: `Otto ${MILD}`, kind: "character" as const, description: HOSTILE, bytes: null, from: "Otto" },
  ];
  const stills = [{ still: 0, picture: picture("opening") }];
  const request = { prompt: `A cat. ${MILD}`, style: `ink ${MILD}` };
  const made = await clock.run(service.create({ ...request, sceneCount: 2 }, { references, stills }, never));
  await settle(made.id);
  await clock.run(editing.retake(made.id, { kind: "clip", position: 1, takes: 1 }));
  await settle(made.id);
  await clock.run(editing.pick(made.id, { kind: "clip", position: 1, take: 2 }));
  await settle(made.id);
  const { scenes, ...rest } = hostileStoryboard(2);
  const edited = { ...rest, scenes: scenes.map((scene) => ({ ...scene, transitionNotes: `soft ${HOSTILE}` })) };
  await editing.editStoryboard(made.id, { storyboard: edited, patch: false }, never);
  expect((await settle(made.id)).status).toBe("complete");
  const stopped = await clock.run(service.create({ ...request, sceneCount: 3 }, {}, never));
  await settle(stopped.id);
  return [made.id, stopped.id];
}

beforeAll(async () => {
  // Of all tests: those of `tempFolder` go with each.
  const folder = mkdtempSync(join(tmpdir(), "vidpipe-hostile-"));
  const before = createTestStores({
    references: 3,
    storyboard: ({ sceneCount }) => hostileStoryboard(sceneCount ?? 1),
    verdict: (scene) => (scene === 2 ? { kind: "refused", reason: HOSTILE, charged: true } : undefined),
  });
  const owner = { self: "store", isLive: () => true };
  const path = join(folder, "vidpipe.db");
  const repository = await createSqliteRepository({ path }, { clock: before.clock, log: silentLog });
  const artifacts = createArtifactStore({ root: join(folder, "films") }, { owner, clock: before.clock });
  const testApp = createTestApp({ ...before, repository, artifacts });
  ids = await makeFilms(testApp);
  world = { testApp, repository, poison: openPoison(path), folder };
  for (const name of [...Object.keys(SAMPLES), ...WORDS]) {
    const [table = "", column = ""] = name.split(".");
    world.poison.fill({ table, column }, SAMPLES[name] ?? "words");
  }
  await spread(world);
}, 60_000);
afterAll(() => {
  world.poison.close();
  world.repository.close();
  rmSync(world.folder, { recursive: true });
});

const cli = (columns?: number) => {
  const { testApp, folder } = world;
  const orphanTrash = createOrphanTrash({ root: join(folder, "films") }, testApp.world);
  return createCli({
    ground: testApp,
    env: { VIDPIPE_STORAGE__DATABASE_URL: `sqlite:///${join(folder, "vidpipe.db")}` },
    transfer: testApp.transfer,
    integrity: createIntegrityService({ world: testApp.world, orphanTrash, trashMs: 1 }),
    ...(columns !== undefined && { columns, isColored: true }),
  });
};

/** Every command line that shows something stored, by command: a new command must say which it has. */
const LINES: Readonly<Record<string, (id: string, out: string) => readonly (readonly string[])[]>> = {
  list: () => [["list"]],
  status: (id) => [["status", id]],
  cost: (id) => [["cost", id]],
  plan: (id) => [["plan", id]],
  storyboard: (id) => [["storyboard", id]],
  references: (id) => [["references", id]],
  takes: (id) => [["takes", id]],
  history: (id) => [["history", id]],
  export: (id, out) => [
    ["export", id, join(out, "all"), "--otio", "--edl", "--fcpxml", "--sidecars", join(out, "sidecars")],
    ["export", id, "--bundle", join(out, "film.vidpipe")],
  ],
  import: (_, out) => [["import", join(out, "film.vidpipe")]],
  verify: () => [["verify"], ["verify", "--quick"]],
  stitch: (id) => [["stitch", id, "--explain"]],
  retake: (id) => [["retake", id, "2"]],
  pick: (id) => [["pick", id, "2", "9"]],
  revert: (id) => [["revert", id, "9"]],
  still: (id) => [["still", id, "1", "/nonexistent.png"]],
  clip: (id) => [["clip", id, "--scene", "1", "--file", "/nonexistent.mp4"]],
  cancel: () => [],
  adopt: () => [["adopt"]],
  // What it shows before it works is what status shows.
  resume: () => [],
  fork: (id) => [["fork", id, "--style", "ink"]],
  // It shows names of files, which may hold anything.
  join: (_, out) => [
    ["join", join(out, "\u001b[2J\r\nSPOOF.mp4")],
    ["join", join(out, "\nSPOOF*")],
  ],
  // They show nothing that is stored with films.
  generate: () => [],
  library: () => [],
  backup: () => [],
  serve: () => [],
  token: () => [],
  doctor: () => [],
  config: () => [],
  trust: () => [],
  untrust: () => [],
};

function expectClean({ stdout, stderr }: Outcome, line: string): void {
  for (const text of [stdout, stderr]) {
    const seen = text.replace(OWN_STYLE, "");
    expect([line, RAW.exec(seen)?.[0], seen]).toEqual([line, undefined, seen]);
    // A line of its own would pass for one of the program's.
    expect(seen).not.toMatch(/^SPOOF/m);
  }
}

describe("hostile text in every stored text", () => {
  test("reaches every text column of the schema, and most texts in JSON", () => {
    const tried = new Set([...open, ...breaking].map(({ table, column }) => `${table}.${column}`));
    const columns = textColumns.map(({ table, column }) => `${table}.${column}`);
    expect(columns.filter((name) => !tried.has(name) && !NOT_SHOWN.has(name) && !/\.(?:\w+_)?id$/.test(name))).toEqual(
      [],
    );
    const names = open.map(nameOf);
    for (const name of ["submits.model", "submits.unit", "submits.reason", "artifacts.media_type", "revisions.note"])
      expect(names).toContain(name);
    expect(names.length).toBeGreaterThan(60);
  });

  test("drives no terminal, whatever command shows it", async () => {
    const commands = commandGroups({ providers: providerNotices(PROVIDERS) }).flatMap((group) => group.commands);
    expect(new Set(commands.map(({ name }) => name))).toEqual(new Set(Object.keys(LINES)));
    const [whole = "", stopped = ""] = ids;
    const shows = [
      { id: whole, columns: 100 },
      { id: stopped, columns: undefined },
    ];
    for (const { id, columns } of shows) {
      const out = tempFolder();
      for (const line of Object.values(LINES).flatMap((lines) => lines(id, out)))
        expectClean(await cli(columns).run(...line), line.join(" "));
    }
  });

  test("is escaped in --json, and means the same", async () => {
    for (const id of ids)
      for (const line of [["list"], ["status", id], ["cost", id], ["takes", id], ["history", id], ["storyboard", id]]) {
        const outcome = await cli().run(...line, "--json");
        expectClean(outcome, line.join(" "));
        expect(outcome.objects.length).toBeGreaterThan(0);
        expect(JSON.stringify(outcome.objects)).toContain("<script>");
        expect(JSON.stringify(outcome.objects)).toContain("\u202e\u2066\u200b");
      }
  });

  test("is no formula of a table", async () => {
    const { stdout } = await cli().run("cost", ids[0] ?? "", "--csv");
    const [, ...records] = parseCsv(stdout, "cost.csv");
    expect(records.length).toBeGreaterThan(3);
    for (const { fields } of records) for (const field of fields) expect(field).not.toMatch(/^[=+\-@\t\r]/);
    expect(stdout).toContain("'=cmd");
  });

  test("shapes no header, no type and no event of the API", async () => {
    const server = openTestServer(world.testApp);
    const stopping = new AbortController();
    const deps = { ...server, clock: server.world.clock, random: server.world.random, stopping: stopping.signal };
    const api = createApi({ ...deps, version: "9.9.9", log: silentLog });
    const paths = new Set(api.routes.filter(({ method }) => method === "GET").map(({ path }) => path));
    const asked = [...paths].filter((path) => path.startsWith("/api/") && !/[*]|docs$/.test(path));
    expect(asked.length).toBeGreaterThan(15);
    const served = new Map<string, number>();
    for (const path of ids.flatMap((id) => asked.map((one) => one.replace(":id", id).replace(/:\w+/g, "0")))) {
      const answer = await api.request(path);
      served.set(path.replace(/.*\./, ""), answer.status);
      await expectPlainAnswer(path, answer);
    }
    expect([served.get("png"), served.get("mp4")]).toEqual([200, 200]);
    const { headers } = await api.request(`/api/projects/${ids[0]}/scenes/0/start.png`);
    // Its row says a type that is on no list.
    expect(headers.get("content-type")).toBe("application/octet-stream");
    expect(headers.get("content-disposition")).toStartWith("attachment;");
    stopping.abort();
  });

  const TYPES: readonly string[] = [...MEDIA_TYPES, "text/event-stream"];

  async function expectPlainAnswer(path: string, answer: Response): Promise<void> {
    const { headers } = answer;
    const type = headers.get("content-type")?.replace(/;.*/, "") ?? "none";
    expect([path, TYPES.includes(type), type]).toEqual([path, true, type]);
    const all = [...headers].flat();
    expect([path, all.find((word) => !/^[\x20-\x7e]*$/.test(word) || /[<>]|=cmd|SPOOF:/.test(word))]).toEqual([
      path,
      undefined,
    ]);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-disposition") ?? 'inline; filename="-"').toMatch(
      /^(?:inline|attachment); filename="[\w.-]+"$/,
    );
    if (type === "application/json") expect(await answer.json()).toBeDefined();
    else if (type === "text/event-stream") await expectEvents(answer);
    else await answer.body?.cancel();
  }

  /** The first events: each line is a field of the protocol, never one that a text began. */
  async function expectEvents(answer: Response): Promise<void> {
    const reader = answer.body?.getReader();
    const text = new TextDecoder().decode((await reader?.read())?.value);
    for (const line of text.split(/\r\n|\r|\n/)) expect(line).toMatch(/^(?:$|:|(?:data|event|id|retry): ?)/);
    await reader?.cancel();
  }

  test("names no file, and is no code of what editing programs read", async () => {
    const out = tempFolder();
    const [id = ""] = ids;
    const exported = await cli().run("export", id, join(out, "all"), "--otio", "--edl", "--fcpxml");
    expect(exported).toMatchObject({ exitCode: 0 });
    await cli().run("export", id, "--sidecars", join(out, "sidecars"));
    const names = readdirSync(out, { recursive: true }).map(String);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !/^[\w./-]+$/.test(name))).toEqual([]);
    const texts = names.filter((name) => /\.(?:otio|edl|fcpxml|json)$/.test(name));
    expect(texts.length).toBeGreaterThan(8);
    for (const name of texts) {
      const text = readFileSync(join(out, name), "utf8");
      expect([name, RAW.exec(text)?.[0], faultIn(name, text)]).toEqual([name, undefined, undefined]);
    }
  });

  /** What a program would misread in a file of this name; undefined: nothing. */
  function faultIn(name: string, text: string): string | undefined {
    if (/\.(?:otio|json)$/.test(name)) return JSON.parse(text) === null ? name : undefined;
    const lines = text.split("\r\n");
    if (!name.endsWith(".edl")) return /<script|<img|^\s*SPOOF/m.exec(text)?.[0];
    return lines.find((line) => !/^(?:$|TITLE: |FCM: |\d{3} {2}|\* (?:FROM|TO|EFFECT) )/.test(line));
  }

  test("with which a film cannot be shown is still refused in clean words", async () => {
    expect(breaking.length).toBeGreaterThan(5);
    for (const leaf of breaking) {
      const undo = world.poison.poison(leaf, HOSTILE);
      expectClean(await cli(100).run("status", ids[0] ?? ""), nameOf(leaf));
      undo();
    }
  });
});

test("the page writes texts as texts: it has no way to write markup, and no link that a stored text makes", async () => {
  const files = [...new Bun.Glob("src/web/**/*.{ts,tsx}").scanSync(".")];
  expect(files.length).toBeGreaterThan(40);
  for (const file of files) {
    const source = await Bun.file(file).text();
    expect([
      file,
      /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacent|document\.write|srcdoc|\beval\(/i.exec(source)?.[0],
    ]).toEqual([file, undefined]);
    for (const [, link = ""] of source.matchAll(/\bhref=\{(`[^`]*`|[^}]*)\}/g)) expect(LINKS).toContain(link);
  }
});
/** Where links of the page lead: its own paths, and files of the API by a project's id. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
const LINKS = ["`${location.pathname}#content`", "props.to", "mediaUrl.film(project_id)"];
