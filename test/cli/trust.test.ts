import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUserRecords } from "../../src/platform/user-records.ts";
import { createFakeService, fakeComplete, fakeProject, fakeProjectId } from "../support/fake-service.ts";
import { type CliOptions, createCli } from "./harness.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "vidpipe-trust-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The folder that came from elsewhere, and the user's own. */
let folder = root;
let own = root;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(root, `${count}`, "checkout");
  own = join(root, `${count}`, "own");
  mkdirSync(folder, { recursive: true });
});

const put = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
const ID = fakeProjectId(1);
const main = join(import.meta.dir, "../../src/main.ts");
const token = "t0k3n-0123456789abcdef0123456789abcdef";

async function* typed(line: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(line);
}

/** A process in the folder. */
function cli(options: CliOptions = {}) {
  const service = createFakeService({ story: [fakeComplete()], projects: [fakeProject({ status: "held" })] });
  return createCli({ service, folder, records: createUserRecords(own), ...options });
}
/** The same on a terminal where somebody types an answer. */
const asked = (answer: string, options: CliOptions = {}) =>
  cli({ columns: 200, stdinIsTerminal: true, stdin: typed(answer), ...options });

const planted = "ffmpeg: {path: ./ffmpeg}\nserver: {allowed_origins: ['https://evil.example']}\n";
const REFUSAL =
  "error: this folder's config.yaml sets server.allowed_origins and ffmpeg.path, and its .env sets server.auth_token, and only you may say that they count: nothing was done; look at it, then run 'vidpipe trust', or name the file with --config\n";

function plant(): void {
  put("config.yaml", planted);
  put(".env", `VIDPIPE_SERVER__AUTH_TOKEN=${token}\n`);
}

describe("a folder that nobody trusts", () => {
  test.each(
    [
      ["generate", "A cat"],
      ["generate", "A cat", "--provider", "offline"],
      ["generate", "--batch", "films.csv"],
      ["resume", ID],
      ["retake", ID, "--scene", "1"],
      ["fork", ID],
      ["pick", ID, "--scene", "1", "--take", "1"],
      ["revert", ID, "0"],
      ["stitch", ID],
      ["storyboard", ID, "--edit"],
      ["still", ID, "--keyframe", "1", "--image", "a.png"],
      ["references", ID, "--clear"],
      ["serve"],
    ].map((words) => ({ words })),
  )("$words refuses before it opens anything, with one line", async ({ words }) => {
    plant();
    const process = cli();
    expect(await process.run(...words)).toMatchObject({ exitCode: 2, stdout: "", stderr: REFUSAL });
    expect(process.deeds).toEqual([]);
  });

  test.each(
    [["list"], ["status", ID], ["generate", "A cat", "--dry-run"], ["config"], ["stitch", ID, "--explain"]].map(
      (words) => ({ words }),
    ),
  )("$words goes on with safe values and one line", async ({ words }) => {
    plant();
    const { exitCode, stderr } = await cli().run(...words);
    expect([exitCode, stderr.split("\n").filter((line) => line.startsWith("warning:"))]).toEqual([
      0,
      [
        "warning: this folder's config.yaml sets server.allowed_origins and ffmpeg.path, and its .env sets server.auth_token, which do not count: look at it, then run 'vidpipe trust', or name the file with --config",
      ],
    ]);
  });

  test("that sets one value is told of one", async () => {
    put("config.yaml", "ffmpeg: {path: ./ffmpeg}\n");
    expect((await cli().run("list")).stderr).toContain("config.yaml sets ffmpeg.path, which does not count: ");
    expect((await cli().run("serve")).stderr).toContain(
      "config.yaml sets ffmpeg.path, and only you may say that it counts: ",
    );
  });

  test("has its values nowhere in force, and config says of each where it stands", async () => {
    plant();
    const { objects } = await cli().run("config", "--json");
    expect(objects.filter(({ untrusted }) => untrusted !== null)).toEqual([
      { key: "server.allowed_origins", value: [], origin: "default", trust: "default", untrusted: "config.yaml" },
      {
        key: "server.auth_token",
        value: null,
        origin: "default",
        trust: "default",
        untrusted: ".env VIDPIPE_SERVER__AUTH_TOKEN",
      },
      { key: "ffmpeg.path", value: null, origin: "default", trust: "default", untrusted: "config.yaml" },
    ]);
    const { stdout } = await cli().run("config");
    expect(stdout).toMatch(/^ffmpeg\.path +- +default +not trusted: config\.yaml$/m);
    expect(stdout).not.toContain("evil");
  });

  test("fails doctor, which names the command", async () => {
    plant();
    const { exitCode, objects } = await cli().run("doctor", "--json");
    expect(exitCode).toBe(1);
    expect(objects).toContainEqual({
      topic: "trust",
      level: "fail",
      message:
        "this folder's config.yaml sets server.allowed_origins and ffmpeg.path, and its .env sets server.auth_token, and only you may say that they count",
      fix: "look at it, then run 'vidpipe trust', or name the file with --config",
    });
  });

  test("works as it did when its file is named, or what it sets is said by the environment", async () => {
    plant();
    expect((await cli().run("generate", "A cat", "--config", join(folder, "config.yaml"))).exitCode).toBe(0);
    put("config.yaml", "server: {auth_token: planted-0123456789abcdef0123456789abcdef}");
    rmSync(join(folder, ".env"));
    expect((await cli({ env: { VIDPIPE_SERVER__AUTH_TOKEN: token } }).run("serve", "--json")).stderr).not.toContain(
      "only you may say",
    );
  });

  test("cannot talk into a terminal", async () => {
    put("config.yaml", 'ffmpeg: {path: "./\\u009b31mffmpeg"}');
    const { stdout, stderr } = await cli().run("trust");
    expect(stdout + stderr).toMatch(/^[^\p{Cc}]*(\n[^\p{Cc}]*)*$/u);
  });
});

describe("on a terminal", () => {
  const question = "this folder's config.yaml sets server.allowed_origins and ffmpeg.path: trust it? [y/N] ";

  test("it is asked once: a yes is remembered", async () => {
    put("config.yaml", planted);
    const first = asked("y\n");
    const { exitCode, stderr } = await first.run("generate", "A cat");
    expect([exitCode, stderr.startsWith(question)]).toEqual([0, true]);
    expect(first.service.callsTo("create")).toHaveLength(1);
    expect((await cli().run("generate", "A cat")).exitCode).toBe(0);
    const { objects } = await cli().run("config", "--json");
    expect(objects.filter(({ trust }) => trust === "trusted").map(({ key }) => key)).toEqual([
      "server.allowed_origins",
      "ffmpeg.path",
    ]);
  });

  test.each(["n\n", "\n", "yes please\n", ""])("anything else (%p) refuses, and it is asked again", async (answer) => {
    put("config.yaml", planted);
    for (const process of [asked(answer), asked(answer)]) {
      const { exitCode, stderr } = await process.run("serve");
      expect([exitCode, stderr.startsWith(question), process.deeds]).toEqual([2, true, []]);
    }
    expect(existsSync(own)).toBeFalse();
  });

  test("another value of such a key is asked about again; what shapes films may change", async () => {
    put("config.yaml", planted);
    await asked("y\n").run("generate", "A cat");
    put("config.yaml", `${planted}pipeline: {default_style: noir, max_scenes: 3}\n`);
    expect((await cli().run("generate", "A cat")).exitCode).toBe(0);
    put("config.yaml", planted.replace("./ffmpeg", "./other"));
    expect((await cli().run("generate", "A cat")).exitCode).toBe(2);
  });

  test("a yes that cannot be kept counts now, with one line that names the variable", async () => {
    put("config.yaml", planted);
    for (const records of [createUserRecords(null), createUserRecords("/proc/nobody/vidpipe")]) {
      const { exitCode, stderr } = await asked("y\n", { records }).run("generate", "A cat");
      expect(exitCode).toBe(0);
      expect(stderr.match(/^.*nothing was remembered; set (?:XDG_CONFIG_HOME|HOME|APPDATA) to .*$/gm)).toHaveLength(1);
    }
  });

  test("a folder that needs no word is not asked about", async () => {
    put("config.yaml", "pipeline: {max_scenes: 4, max_cost_usd: 5}\ngoogle_cloud: {project_id: films}\n");
    const { exitCode, stderr } = await asked("").run("generate", "A cat");
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining("trust")]);
  });
});

describe("trust and untrust", () => {
  test("trust shows what it is about, and the folder counts; untrust takes it back", async () => {
    plant();
    const { exitCode, stdout, stderr } = await cli().run("trust", folder);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: `${folder} is trusted: server.allowed_origins, server.auth_token and ffmpeg.path\n`,
      stderr: `server.allowed_origins is ["https://evil.example"] (config.yaml)\nserver.auth_token is ******** (.env VIDPIPE_SERVER__AUTH_TOKEN)\nffmpeg.path is ${folder}/ffmpeg (config.yaml)\n`,
    });
    expect((await cli().run("generate", "A cat")).exitCode).toBe(0);
    expect((await cli().run("trust", folder)).stdout).toBe(
      `${folder} is trusted already: server.allowed_origins, server.auth_token and ffmpeg.path\n`,
    );
    expect((await cli().run("untrust", folder)).stdout).toBe(`${folder} is not trusted any more\n`);
    expect((await cli().run("untrust", folder)).stdout).toBe(`${folder} was not trusted\n`);
    expect((await cli().run("generate", "A cat")).exitCode).toBe(2);
  });

  test("neither keeps a secret, and one folder's word is no other's", async () => {
    plant();
    await cli().run("trust", folder);
    expect(readFileSync(join(own, "trusted-folders.json"), "utf8")).not.toContain(token);
    const other = join(root, `${count}`, "other");
    mkdirSync(other);
    writeFileSync(join(other, "config.yaml"), readFileSync(join(folder, "config.yaml")));
    writeFileSync(join(other, ".env"), readFileSync(join(folder, ".env")));
    expect((await cli({ folder: other }).run("generate", "A cat")).exitCode).toBe(2);
  });

  test("a folder that is gone can be forgotten; one without such keys is not recorded", async () => {
    plant();
    await cli().run("trust", folder);
    rmSync(folder, { recursive: true });
    expect((await cli().run("untrust", folder, "--json")).objects).toEqual([
      { type: "untrusted", folder, was_trusted: true },
    ]);
    mkdirSync(folder);
    expect((await cli().run("trust", folder, "--json")).objects).toEqual([{ type: "trusted", folder, keys: [] }]);
    expect((await cli().run("trust", folder)).stdout).toStartWith(`nothing in ${folder} needs your word`);
  });

  test("trust where nothing can be kept is exit code 2 and one line", async () => {
    plant();
    const { exitCode, stderr } = await cli({ records: createUserRecords(null) }).run("trust", folder);
    expect(exitCode).toBe(2);
    expect(stderr.match(/^error: .*set (?:XDG_CONFIG_HOME|HOME|APPDATA) to .*$/gm)).toHaveLength(1);
  });

  test("trust of a folder that is not there is refused", async () => {
    expect(await cli().run("trust", join(folder, "none"))).toMatchObject({
      exitCode: 2,
      stderr: `error: there is no folder ${folder}/none\n`,
    });
  });
});

describe("the files of the Python ancestor", () => {
  /** As they lie at a repository's root, with models of today. */
  function putAncestor(): void {
    const theirs = readFileSync(join(import.meta.dir, "../releases/2.0.0/v1-config.yaml"), "utf8");
    put("config.yaml", theirs.replaceAll("gemini-2.5-flash-image", "gemini-nano-banana-2.1"));
    const account = { type: "service_account", client_email: "a@b.iam.gserviceaccount.com", private_key: "-" };
    put("key.json", JSON.stringify({ ...account, token_uri: "https://oauth2.googleapis.com/token" }));
    put(
      ".env",
      "GOOGLE_APPLICATION_CREDENTIALS=key.json\nGOOGLE_CLOUD_PROJECT=films\nGOOGLE_API_KEY=AIza\nVIDPIPE_PIPELINE__MAX_SCENES=10\n",
    );
  }

  test("make films without a word about trust", async () => {
    putAncestor();
    const process = cli();
    const { exitCode, stderr } = await process.run("generate", "A cat");
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining("trust")]);
    expect(process.service.callsTo("create")).toHaveLength(1);
  });

  test("serve on this machine only, with one line; a flag listens elsewhere without it", async () => {
    putAncestor();
    const lines = (stderr: string) => stderr.split("\n").filter((line) => line.includes("server.host"));
    const here = cli();
    const serving = here.run("serve");
    while (!here.deeds.some((deed) => deed.startsWith("serve"))) await Promise.resolve();
    here.interrupt();
    const { exitCode, stderr } = await serving;
    expect([exitCode, here.deeds[1], lines(stderr)]).toEqual([
      0,
      "serve 127.0.0.1 8000",
      [
        "warning: server.host (config.yaml) is 0.0.0.0, which others could reach: it listens on this machine only; say --host, or 'vidpipe trust'",
      ],
    ]);
    const there = cli();
    const elsewhere = there.run("serve", "--host", "0.0.0.0");
    while (!there.deeds.some((deed) => deed.startsWith("serve"))) await Promise.resolve();
    there.interrupt();
    expect([lines((await elsewhere).stderr), there.deeds[1]]).toEqual([[], "serve 0.0.0.0 8000"]);
  });
});

test("a login that a found file names is not used: its file is not read and nothing is sent", async () => {
  const heard: string[] = [];
  const theirs = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      heard.push(await request.text());
      return Response.json({ error: "invalid_request" }, { status: 400 });
    },
  });
  put("mine.txt", "a-secret-of-mine");
  const login = {
    type: "external_account",
    audience: "x",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${theirs.url.origin}/token`,
    credential_source: { file: join(folder, "mine.txt") },
  };
  put("login.json", JSON.stringify(login));
  put("config.yaml", "google_cloud: {project_id: p, credentials_file: login.json}\npipeline: {retry_max_attempts: 1}");
  const generate = async (...words: string[]) => {
    const all = ["generate", "A cat", "--scenes", "1", "--provider", "google", "--yes", ...words];
    const env = { PATH: process.env.PATH ?? "", HOME: join(root, `${count}`) };
    return Bun.spawn([process.execPath, main, ...all], { cwd: folder, env, stdio: ["ignore", "ignore", "ignore"] })
      .exited;
  };
  expect([await generate(), heard]).toEqual([2, []]);
  await generate("--config", "config.yaml");
  expect(heard.join()).toContain("a-secret-of-mine");
  await theirs.stop(true);
});

test("a program that a found file names is never run", () => {
  for (const name of ["ffmpeg", "ffprobe"])
    writeFileSync(join(folder, name), `#!/bin/sh\necho > ${join(folder, "ran")}\n`, { mode: 0o700 });
  put("config.yaml", "ffmpeg: {path: ./ffmpeg}");
  const run = (...words: string[]) =>
    Bun.spawnSync([process.execPath, main, ...words], { cwd: folder, env: { PATH: root, HOME: root } });
  expect(run("doctor").stdout.toString()).toContain("sets ffmpeg.path");
  expect(existsSync(join(folder, "ran"))).toBeFalse();
  run("doctor", "--config", "config.yaml");
  expect(existsSync(join(folder, "ran"))).toBeTrue();
});
