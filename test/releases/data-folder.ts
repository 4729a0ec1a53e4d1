import { Database } from "bun:sqlite";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createApp } from "../../src/app/create-app.ts";
import { PROVIDERS } from "../../src/app/providers.ts";
import type { OpenApp } from "../../src/cli/context.ts";
import { loadConfig } from "../../src/config/load.ts";
import { userFolderOf } from "../../src/config/user-folder.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { FRAME_SIZES } from "../../src/domain/media.ts";
import type { ProjectRecord } from "../../src/domain/project-record.ts";
import type { StepOrder } from "../../src/domain/step.ts";
import type { ProjectView } from "../../src/domain/view.ts";
import { MANIFEST_NAME, RECORD_NAME, readManifest, readRecord } from "../../src/formats/interchange/bundle.ts";
import { inputKeyOf } from "../../src/planning/step-orders.ts";
import { createUserRecords } from "../../src/platform/user-records.ts";
import { createArtifactStore } from "../../src/storage/files/artifact-store.ts";
import { openReal } from "../storage/fixtures/machine.ts";
import { fakeClipBytes } from "../support/fake-media.ts";
import { createTestApp, createTestStores, type TestApp } from "../support/test-app.ts";
import { fixturesOf, type Release } from "./readings.ts";

const databaseIn = (folder: string): string => join(folder, "vidpipe-data", "vidpipe.db");

/** The data folder that a release left, laid out in an empty folder as its program had it. */
export async function layOut(release: Release, folder: string): Promise<void> {
  const from = fixturesOf(release);
  const films = join(folder, "vidpipe-data", "films");
  cpSync(join(from, "films"), films, { recursive: true });
  cpSync(join(from, "vidpipe.db"), databaseIn(folder));
  const bundle = await new Bun.Archive(readFileSync(join(from, "film.vidpipe"))).files();
  const { project } = await bundledIn(release);
  mkdirSync(join(films, project.id));
  for (const [name, file] of bundle)
    if (name.startsWith("artifacts/")) await Bun.write(join(films, project.id, name.slice("artifacts/".length)), file);
}

/** What the bundle of a release says, in the present shape. */
export async function bundledIn(release: Release): Promise<ProjectRecord> {
  const files = await new Bun.Archive(readFileSync(join(fixturesOf(release), "film.vidpipe"))).files();
  const bytesOf = async (name: string) => (await files.get(name)?.bytes()) ?? new Uint8Array();
  return readRecord(await bytesOf(RECORD_NAME), readManifest(await bytesOf(MANIFEST_NAME)));
}

/** Says whose the data are. */
const namedIn = (folder: string) => ({ VIDPIPE_STORAGE__DATABASE_URL: `sqlite:///${databaseIn(folder)}` });

/** The whole program over a folder, with real files, the real database and ffmpeg, and nobody to buy from. */
export const openApp = (folder: string, env: Readonly<Record<string, string>> = namedIn(folder)): Promise<OpenApp> =>
  createApp(
    loadConfig({
      flags: { "log.level": { flag: "--log-level", value: "silent" } },
      env,
      records: createUserRecords(userFolderOf(env, process.platform)),
      cwd: folder,
      providers: PROVIDERS,
    }),
  );

/** Follows a project until it is settled. */
export async function settled(app: OpenApp, id: ProjectId): Promise<ProjectView> {
  let view = await app.service.get(id);
  for await (const { project } of app.service.watch(id, new AbortController().signal)) view = project;
  return view;
}

/** A process over a folder in virtual time, with fake media and a fake in place of the offline provider. */
export async function openTestAppOn(folder: string): Promise<TestApp> {
  const clip = fakeClipBytes({ durationSeconds: 2, size: FRAME_SIZES["1:1"] });
  const save = async (path: string) => void (await Bun.write(path, clip));
  const ground = createTestStores({ usd: null, verdict: () => ({ kind: "ready", save }) });
  const owner = { self: "this test", isLive: () => true };
  const artifacts = createArtifactStore(
    { root: join(folder, "vidpipe-data", "films") },
    { owner, clock: ground.clock },
  );
  const provider = { ...ground.provider, name: "animatic" };
  return createTestApp({ ...ground, provider, artifacts, repository: await openReal(databaseIn(folder)) });
}

/** The key of every order of a project, from its text as it is stored: that of today's code. */
export function storedOrders(folder: string, facts: ProjectFacts): { readonly id: string; readonly key: string }[] {
  const client = new Database(databaseIn(folder), { readonly: true });
  const rows = client
    .query<{ id: string; text: string }, [string]>('SELECT id, "order" AS text FROM steps WHERE project_id = ?')
    .all(facts.project.id);
  client.close(true);
  return rows.map(({ id, text }) => {
    const order: StepOrder = JSON.parse(text);
    return { id, key: inputKeyOf(order, facts) };
  });
}

/** What is recorded of projects, all or those named, in the order of their ids. */
export async function recordedIn(folder: string, only?: ProjectId): Promise<ProjectFacts[]> {
  const repository = await openReal(databaseIn(folder));
  try {
    const ids = (await repository.list({})).map(({ id }) => id).filter((id) => only === undefined || id === only);
    return await Promise.all(ids.toSorted().map((id) => repository.facts(id)));
  } finally {
    repository.close();
  }
}

/** How a project came to be what it is. */
export async function historyIn(folder: string, id: ProjectId): Promise<Pick<ProjectRecord, "revisions" | "events">> {
  const repository = await openReal(databaseIn(folder));
  try {
    return { revisions: await repository.revisions(id), events: await repository.events(id, 0, 10_000) };
  } finally {
    repository.close();
  }
}
