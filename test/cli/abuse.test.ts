/**
 * The configuration and CLI abuse list, by its numbers. Elsewhere: 13.1 keys, types and precedence, 13.9 YAML and JSON
 * (config.test.ts), 13.4 planted files and 13.14 EPIPE, a gigabyte on stdin (binary.test.ts, main.test.ts), 13.12 files
 * that are no database, cut off, exchanged or beside another's journal (storage/sqlite/open.test.ts), 13.10 proxies
 * (providers/google/proxy.test.ts), 13.13 two data folders (strays.test.ts), 13.14 signals (film.test.ts, kill/signals.test.ts). 13.15 archives
 * (archive/bundle.test.ts, storage/outside.test.ts); there is no --project.
 */
import { afterAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireToken } from "../../src/api/middleware/host-check.ts";
import { PROVIDERS } from "../../src/app/providers.ts";
import { type ConfigSources, loadConfig } from "../../src/config/load.ts";
import { asVidpipeError } from "../../src/domain/errors.ts";
import { ProjectIdPrefix } from "../../src/domain/ids.ts";
import { createCli } from "./harness.ts";

const root = mkdtempSync(join(tmpdir(), "vidpipe-abuse-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
const emptyFolder = (name = "here"): string => {
  count += 1;
  const folder = join(root, String(count), name);
  mkdirSync(folder, { recursive: true });
  return folder;
};

const main = join(import.meta.dir, "../../src/main.ts");

/** Runs the real program in a folder; `before` is shell that comes first. */
function run(cwd: string, args: readonly string[], env: Record<string, string> = {}, before = ":") {
  const words = [process.execPath, main, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const child = Bun.spawnSync(["sh", "-c", `${before}; exec ${words}`], {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: root, ...env },
    stdin: "ignore",
  });
  return { exitCode: child.exitCode, stdout: child.stdout.toString(), stderr: child.stderr.toString() };
}

/** Expects one printable line and exit code 2. */
function refused({ exitCode, stdout, stderr }: ReturnType<typeof run>): string {
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toMatch(/^error: [^\p{Cc}]+\n$/u);
  return stderr;
}

const data = (path: string) => ({ VIDPIPE_STORAGE__DATABASE_URL: `sqlite:///${path}` });

describe("13.2 where the data lies", () => {
  test("a folder that is not there is made, as is a folder with spaces, umlauts and a line break", () => {
    const folder = emptyFolder("a b\nübung");
    expect(run(folder, ["list"], data("deep/er/v.db")).exitCode).toBe(0);
    expect(existsSync(join(folder, "deep/er/v.db"))).toBe(true);
  });

  test.each([
    ["the root of the disk", "/"],
    ["a folder", "/tmp"],
    ["a device", "/dev/null"],
    ["below a file", "/etc/passwd/v.db"],
    ["a place that is no disk", "/proc/self/v.db"],
  ])("%s is refused", (_what, path) => {
    const folder = emptyFolder();
    expect(refused(run(folder, ["list"], data(path)))).toContain("storage.database_url");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a link to a folder is followed and stays a link", () => {
    const [folder, elsewhere] = [emptyFolder(), emptyFolder()];
    symlinkSync(elsewhere, join(folder, "vidpipe-data"));
    expect(run(folder, ["list"]).exitCode).toBe(0);
    expect(lstatSync(join(folder, "vidpipe-data")).isSymbolicLink()).toBe(true);
    expect(readdirSync(elsewhere)).toContain("vidpipe.db");
  });

  test("a folder that anybody may write is a warning of doctor", () => {
    const folder = emptyFolder();
    const { stdout } = run(folder, ["doctor"], data("v.db"), "chmod 777 .");
    expect(stdout).toContain("any user of this machine may replace the database");
    expect(run(emptyFolder(), ["doctor"], data("v.db")).stdout).not.toContain("may replace");
  });
});

describe("13.5 a server that others could reach needs a token", () => {
  const outcome = (host: string, tokens: readonly object[]): string => {
    try {
      requireToken(host, tokens);
      return "listens";
    } catch (thrown) {
      return asVidpipeError(thrown).code;
    }
  };
  test.each([
    "0.0.0.0",
    "::",
    "192.168.1.4",
    "films.example.com",
    "::ffff:127.0.0.1",
    "localhost.example.com",
    "127.1",
  ])("on %s", (host) => expect([outcome(host, []), outcome(host, [{}])]).toEqual(["config.invalid", "listens"]));
  test.each(["127.0.0.1", "localhost", "::1", "127.9.9.9"])("not on %s", (host) => {
    expect(outcome(host, [])).toBe("listens");
  });
  test.each(["*", "a b", "http://0.0.0.0"])("%p is no host", (host) => {
    expect(refused(run(emptyFolder(), ["serve", "--host", host]))).toContain("--host");
  });
  test.each(["-1", "65536", "1.5", "0x50"])("%p is no port", (port) => {
    expect(refused(run(emptyFolder(), ["serve", "--port", port]))).toContain("--port");
  });
});

describe("13.6 where a key is sent", () => {
  const KEYS = { vertex_base_url: "GOOGLE_VERTEX_BASE_URL", gemini_base_url: "GOOGLE_GEMINI_BASE_URL" } as const;
  /** What becomes of an address in a config file: found in the folder, named, or in the environment. */
  function fates(address: string, key: keyof typeof KEYS = "gemini_base_url"): readonly string[] {
    const cwd = emptyFolder();
    const path = join(cwd, "config.yaml");
    writeFileSync(path, JSON.stringify({ google_cloud: { [key]: address } }), { mode: 0o600 });
    const fate = (sources: Omit<ConfigSources, "providers">): string => {
      try {
        const { providers, found } = loadConfig({ ...sources, providers: PROVIDERS });
        if (found?.untrusted.some((one) => one.key === `google_cloud.${key}`)) {
          expect(providers.google?.[key]).toBeNull();
          return "not found there";
        }
        const { gemini_base_url, vertex_base_url } = { ...providers.google };
        return String(gemini_base_url ?? vertex_base_url ?? "none");
      } catch (thrown) {
        const { code, message } = asVidpipeError(thrown);
        expect(message).toMatch(/^[^\p{Cc}]+$/u);
        return code;
      }
    };
    const named = fate({ flags: {}, env: {}, cwd, file: path });
    const found = fate({ flags: {}, env: {}, cwd });
    return [found, named, fate({ flags: {}, env: { [KEYS[key]]: address }, cwd: emptyFolder() })];
  }

  test.each(["https://generativelanguage.googleapis.com", "https://eu-aiplatform.googleapis.com"])(
    "%s is trusted wherever it stands",
    (address) => expect(fates(address)).toEqual([address, address, address]),
  );
  test.each([
    "https://evil.example",
    "https://googleapis.com.evil.example",
    "https://evilgoogleapis.com",
    "https://10.0.0.1",
    "https://169.254.169.254",
    // Another user of the machine may listen there.
    "http://127.0.0.1:9",
    "http://localhost:1",
    "http://[::1]:1",
  ])("%s must be named by the user: a file that lies in the folder is not enough", (address) => {
    expect(fates(address)).toEqual(["not found there", address, address]);
    expect(fates(address, "vertex_base_url")).toEqual(["not found there", address, address]);
  });
  test.each([
    "http://evil.example",
    "http://10.0.0.1",
    "http://127.0.0.1.nip.io",
    "http://localhost.evil.example",
    "file:///etc/passwd",
    "ftp://localhost",
    "//evil.example",
    "javascript:alert(1)",
    "https://",
  ])("%s is refused wherever it stands", (address) =>
    expect(fates(address)).toEqual(["config.invalid", "config.invalid", "config.invalid"]),
  );

  test("a `.env` that lies in the folder is not enough either", () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, ".env"), "GOOGLE_GEMINI_BASE_URL=https://evil.example\n", { mode: 0o600 });
    const config = loadConfig({ flags: {}, env: { GEMINI_API_KEY: "k" }, cwd, providers: PROVIDERS });
    expect(config.providers.google?.gemini_base_url).toBeNull();
    expect(config.found?.untrusted).toMatchObject([{ key: "google_cloud.gemini_base_url", holder: ".env" }]);
  });
});

test.each(["NaN", "Infinity", "1e309", "-0.01", "0x10", "1,5", "$5", "", "1e7"])(
  "13.7 a cap of %p is refused in one line",
  async (cap) => {
    const { exitCode, stderr } = await createCli().run("generate", "A cat", "--max-cost", cap);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: --max-cost must be [^\n]+\n$/);
  },
);

test.each([
  ["VIDPIPE_PIPELINE__VIDEO_GEN_CONCURRENCY", "0"],
  ["VIDPIPE_PIPELINE__VIDEO_GEN_CONCURRENCY", "1000000"],
  ["VIDPIPE_PIPELINE__VIDEO_POLL_INTERVAL", "0"],
  ["VIDPIPE_PIPELINE__VIDEO_POLL_INTERVAL", "-1"],
  ["VIDPIPE_PIPELINE__RETRY_MAX_ATTEMPTS", "-1"],
  ["VIDPIPE_PIPELINE__MAX_COST_USD", "1e309"],
  ["VIDPIPE_PIPELINE__MAX_COST_PER_DAY_USD", "NaN"],
])("13.7, 13.8 %s=%s is refused and named", async (name, value) => {
  const { exitCode, stderr } = await createCli({ env: { [name]: value } }).run("config");
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect(stderr).toContain(name);
});

describe("13.11 the surroundings change nothing", () => {
  const plan = (folder: string, more: Record<string, string>, first: string) =>
    run(folder, ["generate", "A cat at night. It finds a lantern.", "--dry-run", "--provider", "offline"], more, first);
  const plain = plan(emptyFolder(), {}, ":");

  test.each<readonly [string, Record<string, string>, string]>([
    ["a time zone with half hours", { TZ: "Asia/Kolkata" }, ":"],
    ["a time zone that does not exist", { TZ: "Mars/Olympus" }, ":"],
    ["a locale with decimal commas", { LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" }, ":"],
    ["a TMPDIR on another disk", { TMPDIR: "/dev/shm" }, ":"],
    ["a TMPDIR that is not there", { TMPDIR: "/nonexistent" }, ":"],
    ["umask 000", {}, "umask 000"],
    ["few open files", {}, "ulimit -n 64"],
  ])("%s", (_what, env, before) => {
    expect(plan(emptyFolder(), env, before)).toEqual(plain);
    expect(plain.exitCode).toBe(0);
  });

  test.each([
    ["no HOME", "unset HOME"],
    ["a HOME that cannot be written", "export HOME=/proc"],
  ])("%s, but for one line with the variable to set", (_what, before) => {
    const { stderr, ...rest } = plan(emptyFolder(), {}, before);
    expect({ ...rest, stderr: "" }).toEqual(plain);
    expect(stderr).toMatch(/^[^\n]*(?:XDG_CONFIG_HOME|HOME|APPDATA) to [^\n]*this command goes on[^\n]*\n$/);
  });
});

test.each(["../x", "..%2fx", "/etc/passwd", "a".repeat(5_000), "0199\u0000", "0199\n--json", "%s%n", "' OR 1=1 --"])(
  "13.15 %p is no project's id",
  async (id) => {
    expect(ProjectIdPrefix.safeParse(id).success).toBe(false);
    const { exitCode, stderr } = await createCli().run("status", id);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: [^\p{Cc}]+\n$/u);
  },
);
