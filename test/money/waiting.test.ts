/** What a film waits for while nothing is charged: minutes and hours of 429, a day's quota, a network that is away. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { ProjectId } from "../../src/domain/ids.ts";
import { createCli } from "../cli/harness.ts";
import { removeFiles } from "../providers/google/harness.ts";
import type { FaultName, Route } from "../support/google-fake/faults.ts";
import { createHeaderMedia } from "../support/header-media.ts";
import { never } from "../support/never.ts";
import {
  apiOf,
  billOf,
  createGround,
  film,
  type Ground,
  generate,
  ledgerOf,
  plan,
  request,
  start,
  stopFakes,
} from "./harness.ts";

afterEach(stopFakes);
afterAll(removeFiles);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WHOLE = { text: 1, image: 2, clip: 1 };

/** When requests of a route came, ms since the first. */
const timesOf = (ground: Ground, route: Route, times: readonly number[]): number[] => {
  const first = times[0] ?? 0;
  return times.slice(0, ground.fake.requests.filter((seen) => seen.route === route).length).map((at) => at - first);
};

/** Notes the virtual time of each request of a route. */
function watched(ground: Ground, route: Route): number[] {
  const times: number[] = [];
  const note = async () => {
    for (let count = 1; ; count += 1) {
      await ground.fake.arrived(route, count);
      times.push(ground.clock.now());
    }
  };
  void note();
  return times;
}

describe("a service that takes nothing for now", () => {
  test.each([
    ["text", "quota_bare", 10],
    ["image", "overloaded", 10],
    ["submit", "quota_bare", 12],
  ] as const satisfies readonly (readonly [Route, FaultName, number])[])(
    "%s is %s %p times: the film waits in growing pauses, and is bought once",
    async (route, fault, times) => {
      const ground = createGround();
      plan(ground, route, fault, times);
      const seen = watched(ground, route);
      const view = await film(start(ground), ground);
      expect([view.status, billOf(ground)]).toEqual(["complete", WHOLE]);
      const at = timesOf(ground, route, seen);
      const waits = at.slice(1, times + 1).map((ms, place) => ms - (at[place] ?? 0));
      expect(waits.slice(0, 3)).toEqual([1_500, 3_000, 6_000]);
      // It never asks more seldom than every five minutes, so an outage of hours is over soon after its end.
      expect(Math.max(...waits)).toBeLessThanOrEqual(5 * MINUTE_MS);
      expect(at[times]).toBeGreaterThan((times - 6) * 2 * MINUTE_MS);
      expect((await ledgerOf(ground, view.id)).filter((entry) => entry.includes("unknown"))).toEqual([]);
    },
  );

  test("ends the film where the user has set how often a step is tried", async () => {
    const ground = createGround();
    plan(ground, "text", "quota_bare", 99);
    const view = await film(start(ground, { policy: { waitMaxAttempts: 3 } }), ground);
    const asked = ground.fake.requests.filter(({ route }) => route === "text").length;
    expect([view.status, asked]).toEqual(["failed", 3]);
    expect(view.message).toContain("rate limit");
  });

  test("a quota of nothing at all ends it at once, since none comes back", async () => {
    const ground = createGround();
    plan(ground, "image", "quota_zero", 99);
    const view = await film(start(ground), ground);
    expect([view.status, ground.fake.requests.filter(({ route }) => route === "image").length]).toEqual(["failed", 1]);
    expect(view.message).toContain("no quota at all");
  });
});

describe("what a film says while it waits", () => {
  /** Films under a server, at a time when nothing moves in any. */
  async function waiting(route: Route, fault: FaultName, films = 2) {
    const ground = createGround();
    plan(ground, route, fault, 999);
    const app = start(ground);
    const ids: ProjectId[] = [];
    await ground.clock.run(app.service.recover(never));
    for (let n = 0; n < films; n++) {
      ids.push((await ground.clock.run(app.service.create(request(ground), {}, never))).id);
      await ground.clock.run(ground.clock.sleep(12 * MINUTE_MS, never));
    }
    const api = apiOf(app);
    const looks = await Promise.all(ids.map((id) => ground.clock.run(api.get(`/api/projects/${id}`))));
    return { ground, app, api, ids, looks: looks.map(({ body }) => body) };
  }

  test("is what and until when, in every film that waits, also where another one was told", async () => {
    const { ground, api, looks } = await waiting("text", "overloaded");
    const now = ground.clock.now();
    for (const look of looks) {
      expect([look.status, look.waiting_for, look.waits]).toEqual(["pending", "provider.overloaded", []]);
      const until = Date.parse(String(look.waits_until));
      expect(until).toBeGreaterThan(now);
      expect(until).toBeLessThanOrEqual(now + 5 * MINUTE_MS);
      expect(look.error_message).toMatch(/is overloaded .*; next try at 2026-11-22 00:\d\d UTC$/);
    }
    const ready = await api.get("/api/ready");
    expect([ready.status, ready.body.status]).toEqual([200, "ready"]);
    expect(JSON.stringify(ready.body.checks)).toMatch(
      /films wait for: google\/[\w.-]+\/storyboard \(provider\.overloaded, tried again at 2026-11-22 00:\d\d UTC\)/,
    );
  });

  test("is the day's quota and its midnight; the lane sleeps until then, and films go on by themselves", async () => {
    const { ground, app, ids, looks } = await waiting("image", "quota_per_day");
    for (const look of looks) {
      expect([look.status, look.waiting_for, look.waits_until]).toEqual([
        "keyframing",
        "provider.quota_day",
        "2026-11-22T08:00:01.000Z",
      ]);
      expect(look.error_message).toContain("midnight Pacific time (2026-11-22 08:00 UTC)");
    }
    const images = () => ground.fake.requests.filter(({ route }) => route === "image").length;
    expect(images()).toBe(1);
    await ground.clock.run(ground.clock.sleep(6 * HOUR_MS, never));
    expect(images()).toBe(1);
    await ground.clock.run(ground.clock.sleep(2 * HOUR_MS, never));
    // Midnight has passed: one call probes, and the other film is told without asking.
    expect(images()).toBe(2);
    for (const id of ids) expect((await ground.clock.run(app.service.cancel(id))).status).toBe("cancelled");
  });

  test("a host that is not there is waited for, and says so", async () => {
    const ground = createGround("veo", { config: { vertexBaseUrl: "http://127.0.0.1:1" } });
    const app = start(ground);
    await ground.clock.run(app.service.recover(never));
    const { id } = await ground.clock.run(app.service.create(request(ground), {}, never));
    await ground.clock.run(ground.clock.sleep(20 * MINUTE_MS, never));
    const view = await ground.clock.run(app.service.get(id));
    expect([view.status, view.waiting?.code]).toEqual(["pending", "provider.unreachable"]);
    expect(view.message).toContain("check the network, and the address if one is configured");
    await ground.clock.run(app.service.cancel(id));
    expect((await ground.clock.run(app.service.get(id))).status).toBe("cancelled");
  });
});

describe("a command at a terminal", () => {
  test("sits out minutes", async () => {
    const ground = createGround();
    plan(ground, "submit", "overloaded", 9);
    const { exitCode, words, status } = await generate(ground);
    expect([exitCode, status, billOf(ground)]).toEqual([0, "complete", WHOLE]);
    expect(words).toMatch(/is overloaded .*; next try at 2026-11-22 00:\d\d UTC\n/);
  });

  test("leaves a film that waits for the next day, says when, and resume goes on with nothing lost", async () => {
    const ground = createGround();
    plan(ground, "submit", "quota_per_day", 1);
    const { id, exitCode, words, status, api } = await generate(ground);
    expect([exitCode, status, api.body.waiting_for]).toEqual([3, "video_gen", "provider.quota_day"]);
    expect(words).toContain("starts again at midnight Pacific time (2026-11-22 08:00 UTC)");
    expect(words).toContain(`vidpipe resume ${id}`);
    const cli = createCli({ ground, changes: { media: createHeaderMedia() } });
    const resumed = await cli.run("resume", id, "--yes");
    expect([resumed.exitCode, billOf(ground)]).toEqual([0, WHOLE]);
    expect(ground.clock.now()).toBeLessThan(Date.UTC(2026, 10, 22, 8));
  });

  test("--json says it too", async () => {
    const ground = createGround();
    plan(ground, "text", "quota_per_day", 99);
    const cli = createCli({ ground, changes: { media: createHeaderMedia() } });
    const { exitCode, stdout } = await cli.run(
      "generate",
      "A cat",
      "--scenes",
      "1",
      "--clip-duration",
      "4",
      "--yes",
      "--json",
    );
    const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
    expect([exitCode, result]).toMatchObject([
      3,
      { type: "result", exit_code: 3, waiting_for: "provider.quota_day", waits_until: "2026-11-22T08:00:01.000Z" },
    ]);
  });
});
