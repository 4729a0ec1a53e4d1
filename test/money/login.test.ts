/** A login that is refused while a server makes films: they wait for another one, which is noticed and taken up. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "../../src/ports/runtime.ts";
import { freshPath, removeFiles } from "../providers/google/harness.ts";
import { FAKE_API_KEY } from "../support/google-fake/routing.ts";
import { never } from "../support/never.ts";
import { apiOf, billOf, createGround, type Ground, generate, plan, request, start, stopFakes } from "./harness.ts";

afterEach(stopFakes);
afterAll(removeFiles);

const SECOND_MS = 1_000;
const WHOLE = { text: 1, image: 2, clip: 1 };
const OLD_KEY = "an-old-key-that-was-revoked";

/** A server on this ground with its log, and a film that was ordered there. */
async function serving(ground: Ground) {
  const logged: string[] = [];
  const note = (level: string) => (message: string, fields?: object) => {
    if (level !== "debug" && message !== "request") logged.push(`${level}: ${message} ${JSON.stringify(fields ?? {})}`);
  };
  const log: Log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
  const app = start(ground, { log });
  const { clock } = ground;
  await clock.run(app.service.recover(never));
  const order = async () => (await clock.run(app.service.create(request(ground), {}, never))).id;
  const id = await order();
  const wait = (ms: number) => clock.run(clock.sleep(ms, never));
  const api = apiOf(app);
  const ready = async () => {
    const { status, body } = await clock.run(api.get("/api/ready"));
    const checks: { topic: string; level: string; message: string }[] = Array.isArray(body.checks) ? body.checks : [];
    return { status, login: checks.find(({ topic }) => topic === "login") };
  };
  return { app, id, order, logged, wait, ready, view: () => clock.run(app.service.get(id)) };
}

/** A credential file that Google does not accept, at a place where a good one may follow. */
function refusedCredential() {
  const path = join(freshPath("renewed"), "credential.json");
  const ground = createGround("veo", { config: { credentialsFile: path } });
  mkdirSync(dirname(path), { recursive: true });
  const subject = join(dirname(path), "old-subject.txt");
  writeFileSync(subject, "old");
  const login = {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/fake/providers/fake",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${ground.fake.url}/refuses-every-login`,
    credential_source: { file: subject },
  };
  writeFileSync(path, JSON.stringify(login));
  return { ground, path, renew: () => ground.fake.writeCredential(dirname(path)) };
}

describe("a login that is refused under a server", () => {
  test("is renewed in its file: the film goes on at once, and both are said once", async () => {
    const { ground, renew } = refusedCredential();
    const { app, id, logged, wait, ready, view } = await serving(ground);
    await wait(600 * SECOND_MS);
    const waiting = await view();
    expect([waiting.status, waiting.waiting?.code, waiting.waiting?.untilMs]).toEqual([
      "pending",
      "provider.bad_key",
      null,
    ]);
    expect(waiting.message).toStartWith("waits for a login: Google did not accept the login for the storyboard");
    expect(await ready()).toMatchObject({ status: 503, login: { level: "fail" } });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toStartWith("warn: a login is refused: films wait for another one");

    renew();
    // Its next try of its own would come minutes later.
    await wait(10 * SECOND_MS);
    expect(billOf(ground).text).toBe(1);
    expect([(await app.settle(id)).status, billOf(ground)]).toEqual(["complete", WHOLE]);
    expect(await ready()).toMatchObject({ status: 200, login: { level: "ok" } });
    expect(logged.slice(1)).toEqual(['info: the login works again: films go on {"provider":"google"}']);
  });

  test("goes missing and comes back", async () => {
    const { ground, path, renew } = refusedCredential();
    rmSync(path);
    const { app, id, wait, view } = await serving(ground);
    await wait(60 * SECOND_MS);
    expect((await view()).waiting?.code).toBe("provider.not_configured");
    renew();
    expect([(await app.settle(id)).status, billOf(ground)]).toEqual(["complete", WHOLE]);
  });

  test("is an API key: the settings are read again, for every film, and no key is ever printed", async () => {
    let key = OLD_KEY;
    const reread = () => ({ apiKey: key, credentialsFile: null, credentialsAreFound: false });
    const ground = createGround("omni", { config: { apiKey: OLD_KEY }, reread });
    const { app, id, order, logged, wait, view } = await serving(ground);
    await wait(300 * SECOND_MS);
    const other = await order();
    await wait(300 * SECOND_MS);
    expect((await view()).waiting?.code).toBe("provider.bad_key");
    // It was never tried itself: the lane was closed.
    expect((await ground.clock.run(app.service.get(other))).waiting?.code).toBe("provider.bad_key");
    key = FAKE_API_KEY;
    await wait(10 * SECOND_MS);
    expect([(await app.settle(id)).status, (await app.settle(other)).status]).toEqual(["complete", "complete"]);
    expect(logged.map((line) => line.split(":")[0])).toEqual(["warn", "info"]);
    const told = JSON.stringify([logged, ground.google.logged, await view()]);
    expect([told.includes(OLD_KEY), told.includes(FAKE_API_KEY)]).toEqual([false, false]);
  });

  test("in the middle of a film is read again with each try, and what was bought is kept", async () => {
    const ground = createGround();
    plan(ground, "image", "unauthenticated", 2, 1);
    plan(ground, "poll", "unauthenticated", 3);
    const { app, id, logged } = await serving(ground);
    expect([(await app.settle(id)).status, billOf(ground)]).toEqual(["complete", WHOLE]);
    expect(logged.map((line) => line.split(":")[0])).toEqual(["warn", "info", "warn", "info"]);
    // One for the text model, one after each refusal; each place has its own.
    expect(ground.fake.requests.filter(({ route }) => route === "token").length).toBeGreaterThan(5);
  });
});

test("a command ends where its login is refused, and the next one takes the new login", async () => {
  const { ground, renew } = refusedCredential();
  const { id, exitCode, status } = await generate(ground);
  expect([exitCode, status]).toEqual([1, "failed"]);
  renew();
  const app = start(ground);
  await ground.clock.run(app.service.resume(id, {}, never));
  expect([(await app.settle(id)).status, billOf(ground)]).toEqual(["complete", WHOLE]);
});
