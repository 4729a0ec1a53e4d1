import { expect, test } from "bun:test";
import packageJson from "../../package.json";
import { startServer } from "../../src/api/server.ts";
import { PROVIDERS } from "../../src/app/providers.ts";
import { loadConfig } from "../../src/config/load.ts";
import { createHeldClock, createRecordingLog, startTestServer } from "../api/harness.ts";

const dockerfile = await Bun.file(new URL("../../Dockerfile", import.meta.url)).text();
const healthcheck: string[] = JSON.parse(/HEALTHCHECK[^[]*CMD (\[.*\])/.exec(dockerfile)?.[1] ?? "[]");

/** Runs the image's health check against another port. */
async function check(port: number): Promise<number> {
  const command = healthcheck.map((word) => word.replaceAll("8000", String(port)));
  return Bun.spawn(command, { stdout: "ignore", stderr: "ignore" }).exited;
}

test("the image is built with the Bun that the types are for", () => {
  expect(dockerfile).toContain(`FROM oven/bun:${packageJson.devDependencies["bun-types"]}-debian`);
});

test("data that are mounted into the image are its user's own", () => {
  const [, folder = ""] = /^ENV VIDPIPE_CONFIG_DIR=(.*)$/m.exec(dockerfile) ?? [];
  expect(dockerfile).toContain(`VOLUME ${folder}\n`);
  const env = { VIDPIPE_CONFIG_DIR: folder };
  expect(loadConfig({ flags: {}, env, cwd: folder, providers: PROVIDERS }).storage.isFound).toBe(false);
});

test("the health check asks the port that the image serves", () => {
  expect(dockerfile).toContain('"--port", "8000"');
  expect(healthcheck.join(" ")).toContain("/dev/tcp/127.0.0.1/8000");
});

test("the health check passes against a running server", async () => {
  const up = startTestServer({ host: "0.0.0.0" });
  expect(await check(up.server.port)).toBe(0);
  await up.server.stop();
});

test("the health check fails when nothing listens", async () => {
  const up = startTestServer();
  await up.server.stop();
  expect(await check(up.server.port)).not.toBe(0);
});

test("the health check fails when the server does not say ok", async () => {
  const sick = { fetch: () => Response.json({ detail: "internal error" }, { status: 500 }) };
  const deps = { clock: createHeldClock(), log: createRecordingLog() };
  const server = startServer(sick, { host: "127.0.0.1", port: 0 }, deps);
  expect(await check(server.port)).not.toBe(0);
  await server.stop();
});
