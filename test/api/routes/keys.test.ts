import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { AcceptedAnswer } from "../../../src/api/schemas/responses.ts";
import { VidpipeError } from "../../../src/domain/errors.ts";
import type { ProjectId } from "../../../src/domain/ids.ts";
import { createSystemClock } from "../../../src/platform/clock.ts";
import type { ProjectDatabase } from "../../../src/ports/leases.ts";
import type { HeldKey } from "../../../src/ports/server.ts";
import { createMemoryArtifacts } from "../../support/memory-artifacts.ts";
import { createMemoryRepository } from "../../support/memory-repository.ts";
import { never } from "../../support/never.ts";
import type { Script } from "../../support/scripted-provider.ts";
import { makeFilm, openTestServer, type RunningTestServer, serveTestServer } from "../test-server.ts";

const key = { "Idempotency-Key": "one" };
const busy = (): Promise<never> => Promise.reject(new VidpipeError("storage.busy", "another program writes"));
const full = (): Promise<never> => Promise.reject(new VidpipeError("storage.full", "the disk is full"));

/** One database and any number of servers over it. */
function shared(script: Script = {}) {
  const real = createMemoryRepository({ clock: createSystemClock() });
  const live = new Set<string>();
  const artifacts = createMemoryArtifacts();
  const serve = (repository: ProjectDatabase = real) =>
    serveTestServer(openTestServer({ repository, live, artifacts, script }));
  /** A server's view of it: `before` and `after` run around every transaction under a key. */
  const around = ({ before, after }: { before?: () => Promise<void>; after?: () => Promise<void> }) => {
    async function carry<T>(key: HeldKey | undefined, transaction: () => Promise<T>): Promise<T> {
      if (key !== undefined) await before?.();
      const done = await transaction();
      if (key !== undefined) await after?.();
      return done;
    }
    return {
      ...real,
      create: (...asked) => carry(asked[5], () => real.create(...asked)),
      change: (...asked) => carry(asked[3], () => real.change(...asked)),
    } satisfies ProjectDatabase;
  };
  /** Everything that was ordered: films, and per kind the steps and the paid calls that left. */
  async function ordered(kind: "clip" | "stitch") {
    const films = await real.list({});
    const facts = await Promise.all(films.map(({ id }) => real.facts(id)));
    const steps = facts.flatMap((film) => film.steps).filter((step) => step.kind === kind);
    const ids = new Set(steps.map(({ id }) => id));
    const submits = facts.flatMap((film) => film.submits).filter(({ stepId }) => ids.has(stepId));
    return { films: films.length, steps: steps.length, submits: submits.length };
  }
  return { real, live, serve, around, ordered };
}

const accepted = async (answer: Response) => {
  expect(answer.status).toBe(202);
  return AcceptedAnswer.parse(await answer.json());
};
const replayed = (answer: Response) => answer.headers.get("idempotency-replayed") === "true";

async function settle({ service }: RunningTestServer, id: ProjectId) {
  for await (const _ of service.watch(id, never));
}

const loseClips: Script = {
  after: ({ call }) => (call === "submit" ? new VidpipeError("provider.unclear", "the line broke") : undefined),
};

interface Route {
  readonly script?: Script;
  readonly path: (id: ProjectId) => string;
  readonly body: object;
  readonly kind: "clip" | "stitch";
  /** What is ordered in all, with the film that was there before. */
  readonly wanted: { readonly films: number; readonly steps: number; readonly submits: number };
}

const film = { prompt: "A cat.", scenes: 1 };
/** Every route that may cost money, asked beside or for a film of two scenes. */
const ROUTES: readonly (readonly [string, Route])[] = [
  ["generate", { path: () => "/api/generate", body: film, kind: "clip", wanted: { films: 2, steps: 3, submits: 3 } }],
  [
    "resume {retry_ambiguous}",
    {
      script: loseClips,
      path: (id) => `/api/projects/${id}/resume`,
      body: { retry_ambiguous: true },
      kind: "clip",
      wanted: { films: 1, steps: 2, submits: 4 },
    },
  ],
  [
    "retakes",
    {
      path: (id) => `/api/projects/${id}/retakes`,
      body: { scene: 0, piece: "clip", takes: 2 },
      kind: "clip",
      wanted: { films: 1, steps: 4, submits: 4 },
    },
  ],
  [
    "stitch",
    {
      path: (id) => `/api/projects/${id}/stitch`,
      body: { crossfade: 0.5 },
      kind: "stitch",
      wanted: { films: 1, steps: 2, submits: 0 },
    },
  ],
];

describe("a request whose server dies between the commit and the answer", () => {
  test.each(ROUTES)("is carried out once under its key, by whoever is asked next: %s", async (_, route) => {
    const { live, serve, around, ordered } = shared(route.script);
    const commit = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const after = () => {
      commit.resolve();
      return end.promise;
    };
    const first = serve(around({ after }));
    const { id } = await makeFilm(first, "A cat.", 2);
    const lost = first.post(route.path(id), route.body, key);
    await commit.promise;
    live.delete(first.world.owner.self);
    await first.service.stop();

    const heir = serve();
    const again = await heir.post(route.path(id), route.body, key);
    expect(replayed(again)).toBe(true);
    const answer = await accepted(again);
    const made = (await heir.service.list()).map((item) => item.id).find((one) => one === answer.project_id);
    await heir.service.recover(never);
    await settle(heir, made ?? id);
    expect(await ordered(route.kind)).toEqual(route.wanted);

    expect(await accepted(await heir.post(route.path(id), route.body, key))).toEqual(answer);
    await settle(heir, made ?? id);
    expect(await ordered(route.kind)).toEqual(route.wanted);
    end.reject(new Error("nobody reads this"));
    await lost;
    await Promise.all([first.stop(), heir.stop()]);
  });
});

describe("a request whose answer cannot be recorded", () => {
  test.each(
    ROUTES.flatMap(([name, route]) => [[name, "busy", route, busy] as const, [name, "full", route, full] as const]),
  )("is answered, and carried out once under its key: %s, %s", async (_name, _why, route, recordAnswer) => {
    const { real, serve, ordered } = shared(route.script);
    const up = serve({ ...real, keys: { ...real.keys, recordAnswer } });
    const { id } = await makeFilm(up, "A cat.", 2);
    const ids: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const { project_id } = await accepted(await up.post(route.path(id), route.body, key));
      ids.push(project_id);
      for (const item of await up.service.list()) await settle(up, item.id);
    }
    expect(new Set(ids).size).toBe(1);
    expect(await ordered(route.kind)).toEqual(route.wanted);
    expect((await up.post("/api/generate", { ...film, prompt: "Another." }, key)).status).toBe(422);
    await up.stop();
  });
});

describe("a request that comes to two servers at once", () => {
  test.each(ROUTES)("is carried out by one, and the other waits for the answer: %s", async (_, route) => {
    const { real, serve, around, ordered } = shared(route.script);
    const asked = new Set<string>();
    const both = Promise.withResolvers<void>();
    const claim: ProjectDatabase["keys"]["claim"] = async (wanted, owner) => {
      const entry = await real.keys.claim(wanted, owner);
      if (asked.add(owner.self).size > 1) both.resolve();
      return entry;
    };
    // Nothing is made before both have seen the key.
    const repository = { ...around({ before: () => both.promise }), keys: { ...real.keys, claim } };
    const servers = [serve(repository), serve(repository)] as const;
    const { id } = await makeFilm(servers[0], "A cat.", 2);
    const answers = await Promise.all(servers.map((up) => up.post(route.path(id), route.body, key)));
    const [first, second] = await Promise.all(answers.map(accepted));
    // The other one may see the order before its answer is recorded: it then tells how things stand by now.
    expect(second?.project_id).toBe(first?.project_id ?? "none");
    expect(answers.map(replayed).toSorted()).toEqual([false, true]);
    for (const item of await servers[0].service.list()) await settle(servers[0], item.id);
    expect(await ordered(route.kind)).toEqual(route.wanted);
    await Promise.all(servers.map((up) => up.stop()));
  });
});

test("a request that another server carries out for too long is answered with 503 and Retry-After", async () => {
  const { real, ordered } = shared();
  const clock = createSystemClock();
  const claim: ProjectDatabase["keys"]["claim"] = async (asked, owner) => {
    await real.keys.claim(asked, { self: "another server", isLive: () => true });
    hurried = true;
    return real.keys.claim(asked, { ...owner, isLive: () => true });
  };
  let hurried = false;
  const monotonic = () => clock.monotonic() + (hurried ? 20_000 : 0);
  const repository = { ...real, keys: { ...real.keys, claim } };
  const up = serveTestServer(openTestServer({ repository, clock: { ...clock, monotonic } }));
  const answer = await up.post("/api/generate", film, key);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  expect((await ordered("clip")).films).toBe(0);
  await up.stop();
});

test("a retake that was ordered when the project could not be taken up is not ordered again under its key", async () => {
  const { real, serve, ordered } = shared();
  const fault: { acquire?: () => Promise<never> } = {};
  const up = serve({
    ...real,
    leasesOf(process) {
      const leases = real.leasesOf(process);
      return { ...leases, acquire: (id) => fault.acquire?.() ?? leases.acquire(id) };
    },
  });
  const { id } = await makeFilm(up, "A cat.", 2);
  const wanted = { scene: 0, piece: "clip", takes: 2 };
  fault.acquire = busy;
  expect((await up.post(`/api/projects/${id}/retakes`, wanted, key)).status).toBe(503);
  delete fault.acquire;
  expect(replayed(await up.post(`/api/projects/${id}/retakes`, wanted, key))).toBe(true);
  expect((await ordered("clip")).steps).toBe(4);
  expect((await up.post(`/api/projects/${id}/retakes`, { ...wanted, takes: 1 }, key)).status).toBe(422);
  await up.stop();
});

test("a request that was refused may be sent again with the same key and other words", async () => {
  const { serve } = shared();
  const up = serve();
  const { id } = await makeFilm(up, "A cat.", 2);
  const wanted = { scene: 0, piece: "clip", takes: 2 };
  expect((await up.post(`/api/projects/${id}/retakes`, { ...wanted, scene: 7 }, key)).status).toBe(422);
  await accepted(await up.post(`/api/projects/${id}/retakes`, wanted, key));
  await up.stop();
});

test("every route that may cost money says so of its key", async () => {
  const { serve } = shared();
  const up = serve();
  const operation = z.looseObject({ parameters: z.array(z.looseObject({ name: z.string() })).optional() });
  const { paths } = z
    .looseObject({ paths: z.record(z.string(), z.record(z.string(), operation)) })
    .parse(await (await up.get("/api/openapi.json")).json());
  const keyed = Object.entries(paths).filter(([, { post }]) =>
    post?.parameters?.some(({ name }) => name === "Idempotency-Key"),
  );
  expect(keyed.map(([path]) => path)).toEqual([
    "/api/generate",
    "/api/projects/{id}/resume",
    "/api/projects/{id}/stitch",
    "/api/projects/{id}/retakes",
  ]);
  await up.stop();
});
