import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROVIDERS } from "../../src/app/providers.ts";
import { type Config, type ConfigSources, loadConfig } from "../../src/config/load.ts";
import { createSettingTable } from "../../src/config/setting-table.ts";
import { keysOf, trustFolder } from "../../src/config/trust.ts";
import type { FoundRule } from "../../src/domain/settings.ts";
import { createUserRecords } from "../../src/platform/user-records.ts";

const root = mkdtempSync(join(tmpdir(), "vidpipe-planted-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The folder that came from elsewhere, and the user's own. */
let folder = root;
let own = root;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(root, `${count}`, "checkout");
  own = join(root, `${count}`, "own");
  for (const made of [folder, own, join(folder, "site")]) mkdirSync(made, { recursive: true });
});

const put = (at: string, text: string) => writeFileSync(at, text, { mode: 0o600 });
const load = (sources: Partial<ConfigSources> = {}): Config =>
  loadConfig({ flags: {}, env: {}, cwd: folder, providers: PROVIDERS, records: createUserRecords(own), ...sources });

const { keys, foundRules } = createSettingTable(PROVIDERS);
const ruleOf = (key: string): FoundRule => foundRules.get(key) ?? "own";

const token = "t0k3n-0123456789abcdef0123456789abcdef";
const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;

/** Values of a key other than its default: one that counts in a found file, one that does not, where there are such. */
interface Samples {
  readonly counts?: unknown;
  readonly not?: unknown;
}

/** For every key; which of the two a key has follows from its rule. */
const SAMPLES: Readonly<Record<string, Samples>> = {
  provider: { counts: "offline" },
  "google_cloud.project_id": { counts: "films-of-mine" },
  "google_cloud.location": { counts: "europe-west4" },
  "google_cloud.use_vertex_ai": { counts: true },
  "google_cloud.api_key": { counts: "AIza-key" },
  "google_cloud.credentials_file": { counts: "service-account.json", not: "external-account.json" },
  "google_cloud.vertex_base_url": { counts: "https://vertex.googleapis.com", not: "http://127.0.0.1:9" },
  "google_cloud.gemini_base_url": { counts: "https://eu.googleapis.com", not: "https://googleapis.com.evil.example" },
  "google_cloud.storage_base_url": { counts: "https://storage.googleapis.com", not: "https://evilgoogleapis.com" },
  "google_cloud.output_gcs_uri": { not: "gs://bucket-of-theirs/clips" },
  "google_cloud.image_size": { counts: "2K" },
  "google_cloud.resolution": { counts: "720p" },
  "models.storyboard_llm": { counts: "gemini-2.5-pro" },
  "models.image_gen": { counts: "gemini-nano-banana-2.1" },
  "models.image_conditioned": { counts: "gemini-nano-banana-2.1" },
  "models.video_gen": { counts: "veo-3.1-fast-generate-001" },
  "pipeline.default_style": { counts: "noir" },
  "pipeline.default_aspect_ratio": { counts: "9:16" },
  "pipeline.default_clip_duration": { counts: 4 },
  "pipeline.max_scenes": { counts: 40 },
  "pipeline.image_gen_delay": { counts: 3 },
  "pipeline.video_poll_interval": { counts: 5 },
  "pipeline.video_poll_max": { counts: 50 },
  "pipeline.video_gen_concurrency": { counts: 8 },
  "pipeline.crossfade_seconds": { counts: 0.5 },
  "pipeline.retry_max_attempts": { counts: 2, not: 50 },
  "pipeline.retry_base_delay": { counts: 4, not: 0 },
  "pipeline.on_ambiguous": { not: "retry" },
  "pipeline.on_refused": { counts: "fail", not: "skip" },
  "pipeline.max_cost_usd": { counts: 5 },
  "pipeline.max_cost_per_day_usd": { counts: 5 },
  "pipeline.review_after": { counts: "storyboard" },
  "pipeline.confirm_above_usd": { counts: 0.5, not: 1_000 },
  "pipeline.seam_threshold": { counts: 0.7 },
  "stitch.loudness": { counts: -14 },
  "stitch.boundary_frame": { counts: "keep" },
  "stitch.size": { counts: "640x360" },
  "stitch.fit": { counts: "crop" },
  "stitch.interpolate": { counts: "blend" },
  "stitch.quality": { counts: "high" },
  "stitch.preset": { counts: "slow" },
  "stitch.crf": { counts: 20 },
  "stitch.verify": { counts: "full" },
  "storage.database_url": { counts: "sqlite:///films/vidpipe.db", not: "sqlite:///../vidpipe.db" },
  "storage.tmp_dir": { counts: "./tmp", not: ".." },
  "storage.library_dir": { counts: "cast", not: "/srv/cast" },
  "storage.mode": { not: "umask" },
  "storage.bin_days": { counts: 30, not: 0 },
  "server.host": { counts: "localhost", not: "0.0.0.0" },
  "server.port": { counts: 9000 },
  "server.allowed_hosts": { not: ["evil.example"] },
  "server.allowed_origins": { not: ["https://evil.example"] },
  "server.auth_token": { not: token },
  "server.tokens": { not: [{ name: "n8n", token, scope: "spend" }] },
  "server.changes_per_minute": { counts: 10, not: 100_000 },
  "server.max_active_projects": { counts: 10, not: 100_000 },
  "server.max_watchers": { counts: 10, not: 100_000 },
  "server.webhook_url": { not: "https://evil.example/hook" },
  "server.webhook_secrets": { not: [secret] },
  "server.webhook_allowed_hosts": { not: ["10.0.0.1"] },
  "ffmpeg.path": { not: "./ffmpeg" },
  "log.format": { counts: "json" },
  "log.level": { counts: "debug", not: "silent" },
  catalog: { not: { "veo-x": { like: "veo-3.1-fast-generate-001", price: 0.01 } } },
};

/** Keys whose default nothing is stricter than, or looser than: they have one sample although their rule knows both. */
const AT_AN_END = new Set([
  "pipeline.on_ambiguous",
  "pipeline.max_cost_usd",
  "pipeline.max_cost_per_day_usd",
  "pipeline.review_after",
  "storage.mode",
]);

function samplesFit(key: string): boolean {
  const { counts, not } = SAMPLES[key] ?? {};
  const rule = ruleOf(key);
  if (rule === "film" || rule === "account") return counts !== undefined && not === undefined;
  if (rule === "own") return counts === undefined && not !== undefined;
  return AT_AN_END.has(key) ? (counts ?? not) !== undefined : counts !== undefined && not !== undefined;
}

const account = { type: "service_account", client_email: "a@b.iam.gserviceaccount.com", private_key: "-" };
const external = {
  type: "external_account",
  audience: "x",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  token_url: "https://evil.example/token",
  credential_source: { file: "/home/kim/.ssh/id_ed25519" },
};

/** The key with a value, as config.yaml and as `.env` have it. */
const asYaml = (key: string, value: unknown): string => {
  const [section = "", name] = key.split(".");
  return JSON.stringify(name === undefined ? { [key]: value } : { [section]: { [name]: value } });
};
const variableOf = (key: string) => `VIDPIPE_${key.toUpperCase().replace(".", "__")}`;
const asText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** What a key is in a configuration, secrets included, by everything that depends on it. */
const stateOf = ({ settings, found: _found, warnings: _warnings, file: _file, ...values }: Config, key: string) => {
  const setting = settings.find((one) => one.key === key);
  return { shown: setting?.value, values };
};

/** Writes what the samples name beside the file that names them. */
function putCredentials(): void {
  put(join(folder, "service-account.json"), JSON.stringify(account));
  put(join(folder, "external-account.json"), JSON.stringify(external));
}

test("every key has samples, and they are those of its rule", () => {
  expect(new Set(Object.keys(SAMPLES))).toEqual(new Set(keys));
  expect(keys.filter((key) => !samplesFit(key))).toEqual([]);
});

const all = keys.flatMap((key) =>
  Object.entries(SAMPLES[key] ?? {}).map(([kind, value]) => ({ key, kind, value, isAllowed: kind === "counts" })),
);

describe.each(all)("$key: $value", ({ key, value, isAllowed }) => {
  const trustOf = (config: Config) => config.settings.find((one) => one.key === key)?.trust;
  const untrustedOf = (config: Config) => config.settings.find((one) => one.key === key)?.untrusted;

  test("found, trusted and named", () => {
    putCredentials();
    const nothing = load();
    put(join(folder, "config.yaml"), asYaml(key, value));
    const named = load({ file: "config.yaml" });
    expect(stateOf(named, key)).not.toEqual(stateOf(nothing, key));
    expect([trustOf(named), named.found]).toEqual(["own", null]);

    const found = load();
    const folderNamed = { storage: { ...named.storage, isFound: found.storage.isFound } };
    const googleNamed = {
      google: { ...named.providers.google, credentials_are_found: key === "google_cloud.credentials_file" },
    };
    if (isAllowed) {
      const expected = stateOf(named, key);
      const providers = { ...named.providers, ...googleNamed };
      expect(stateOf(found, key)).toEqual({ ...expected, values: { ...expected.values, ...folderNamed, providers } });
      expect([trustOf(found), untrustedOf(found)]).toEqual(["found", null]);
      expect(found.found?.untrusted).toEqual([]);
    } else {
      expect(stateOf(found, key)).toEqual(stateOf(nothing, key));
      expect([trustOf(found), untrustedOf(found)]).toEqual(["default", "config.yaml"]);
      expect(found.found?.untrusted).toMatchObject([{ key, origin: "config.yaml", holder: "config.yaml" }]);
      const trusted = load({ trusted: keysOf(found.found?.untrusted ?? []) });
      expect(trustOf(trusted)).toBe("trusted");
      expect(trusted.found).toMatchObject({ trusted: [key], untrusted: [] });
      expect(stateOf(trusted, key).shown).toEqual(stateOf(named, key).shown);
    }

    rmSync(join(folder, "config.yaml"));
    put(join(folder, ".env"), `${variableOf(key)}='${asText(value)}'\n`);
    const variable = load();
    expect(stateOf(variable, key)).toEqual(stateOf(found, key));
    expect([trustOf(variable), untrustedOf(variable) === null]).toEqual(
      isAllowed ? ["found", true] : ["default", false],
    );
  });

  test("by flag of the environment, a named folder and the user's own file", () => {
    putCredentials();
    const fromEnvironment = load({ env: { [variableOf(key)]: asText(value) } });
    expect([trustOf(fromEnvironment), fromEnvironment.found?.untrusted]).toEqual(["own", []]);

    put(join(folder, "site", "config.yaml"), asYaml(key, value));
    const fromFolder = load({ env: { VIDPIPE_CONFIG_DIR: "site" } });
    expect([trustOf(fromFolder), fromFolder.found, fromFolder.storage.isFound]).toEqual(["own", null, false]);

    put(join(own, "config.yaml"), asYaml(key, value));
    const fromOwn = load();
    expect([trustOf(fromOwn), fromOwn.found?.untrusted]).toEqual(["own", []]);
    const isPath = typeof value === "string" && /^(\.|sqlite|service|external|cast)/.test(value);
    if (!isPath) {
      expect(stateOf(fromOwn, key).shown).toEqual(stateOf(fromEnvironment, key).shown);
      expect(stateOf(fromFolder, key).shown).toEqual(stateOf(fromEnvironment, key).shown);
    }
  });
});

test("a yes is for the values that were shown: nothing else counts with it", () => {
  const records = createUserRecords(own);
  const server = `server:\n  host: 0.0.0.0\n  auth_token: ${token}\n`;
  const google = "google_cloud:\n  project_id: p\n  use_vertex_ai: true\n  credentials_file: later.json\n";
  put(join(folder, "config.yaml"), `${server}${google}ffmpeg:\n  path: ./evil\n`);
  const keysNow = ({ found }: Config) => found?.untrusted.map(({ key }) => key);
  // The user's own program is in force, and the login is not there yet: neither is asked about.
  const first = load({ env: { VIDPIPE_FFMPEG__PATH: "/usr/bin/ffmpeg" } });
  expect(keysNow(first)).toEqual(["server.host", "server.auth_token"]);
  const shown = first.found?.untrusted.filter(({ isPassedOver }) => !isPassedOver) ?? [];
  trustFolder(records, first.found?.folder ?? "", shown);

  put(join(folder, "later.json"), JSON.stringify({ type: "external_account" }));
  const later = load();
  expect(later.found?.trusted).toEqual(["server.auth_token"]);
  expect(keysNow(later)).toEqual(["google_cloud.credentials_file", "server.host", "ffmpeg.path"]);
  expect([later.server.host, later.ffmpeg.path]).toEqual(["127.0.0.1", null]);
});

describe("what is stricter", () => {
  test.each<[string, string, unknown, unknown]>([
    // The user's own word, what the folder says, what is in force.
    ["pipeline.max_cost_usd", "10", 20, 10],
    ["pipeline.max_cost_usd", "10", 5, 5],
    ["pipeline.max_cost_per_day_usd", "10", 20, 10],
    ["pipeline.confirm_above_usd", "0.1", 1, 0.1],
    ["pipeline.on_ambiguous", "retry", "ask", "ask"],
    ["pipeline.on_ambiguous", "retry", "skip", "skip"],
    ["pipeline.on_ambiguous", "skip", "retry", "skip"],
    ["pipeline.on_refused", "fail", "skip", "fail"],
    ["pipeline.review_after", "keyframes", "clips", "keyframes"],
    ["pipeline.review_after", "keyframes", "storyboard", "storyboard"],
    ["pipeline.retry_max_attempts", "2", 5, 2],
  ])("%s of %s: a folder's %p makes it %p", (key, mine, theirs, inForce) => {
    put(join(own, ".env"), `${variableOf(key)}=${mine}\n`);
    put(join(folder, "config.yaml"), asYaml(key, theirs));
    const config = load();
    expect(config.settings.find((one) => one.key === key)?.value).toEqual(inForce);
    expect(config.found?.untrusted.map((one) => one.key)).toEqual(theirs === inForce ? [] : [key]);
  });

  test("what flags and the environment say wins over both, and nothing has to be trusted", () => {
    put(join(own, "config.yaml"), asYaml("pipeline.max_cost_usd", 10));
    put(join(folder, "config.yaml"), asYaml("pipeline.max_cost_usd", 20));
    const config = load({ env: { VIDPIPE_PIPELINE__MAX_COST_USD: "30" } });
    expect([config.pipeline.maxCostUsd, config.found?.untrusted]).toEqual([30, []]);
  });
});

describe("places", () => {
  const tmpDir = (text: string): Config => {
    put(join(folder, "config.yaml"), asYaml("storage.tmp_dir", text));
    return load();
  };

  test.each(["out", "out/films", "nowhere", "loop"])("a link that leads out of the folder is outside: %s", (path) => {
    symlinkSync(own, join(folder, "out"));
    symlinkSync(join(root, "not-there-yet"), join(folder, "nowhere"));
    symlinkSync("loop", join(folder, "loop"));
    expect(tmpDir(path).found?.untrusted).toMatchObject([{ key: "storage.tmp_dir" }]);
  });

  test("a link inside the folder, and the folder by another name, are inside", () => {
    symlinkSync(join(folder, "site"), join(folder, "in"));
    expect(tmpDir("in/films").found?.untrusted).toEqual([]);
    symlinkSync(folder, join(root, `${count}`, "other-name"));
    expect(load({ cwd: join(root, `${count}`, "other-name") }).found?.untrusted).toEqual([]);
  });

  test("data that lie in the current folder were found until the user says where they are", () => {
    const isFound = (sources: Partial<ConfigSources> = {}) => load(sources).storage.isFound;
    expect(isFound()).toBeTrue();
    expect(isFound({ env: { VIDPIPE_STORAGE__DATABASE_URL: "sqlite:///vidpipe-data/vidpipe.db" } })).toBeFalse();
    put(join(folder, "config.yaml"), asYaml("storage.database_url", "sqlite:///films/vidpipe.db"));
    expect([isFound(), isFound({ file: "config.yaml" })]).toEqual([true, false]);
    put(join(own, "config.yaml"), asYaml("storage.database_url", "sqlite:////srv/vidpipe.db"));
    rmSync(join(folder, "config.yaml"));
    expect(isFound()).toBeFalse();
  });
});

describe("sources", () => {
  test("a named folder takes the place of the current one; its files may be absent; data start there", () => {
    put(join(folder, "config.yaml"), "server: {port: 1}");
    put(join(folder, ".env"), "VIDPIPE_NONSENSE=1");
    const { server, storage, file } = load({ env: { VIDPIPE_CONFIG_DIR: "site" } });
    expect([server.port, storage.databasePath, file]).toEqual([
      8000,
      join(folder, "site/vidpipe-data/vidpipe.db"),
      null,
    ]);
  });

  test("the nearest wins: environment, the folder's files, the user's own", () => {
    put(join(own, "config.yaml"), "server: {port: 1}\nstitch: {crf: 1}");
    put(join(own, ".env"), "VIDPIPE_STITCH__CRF=2\nGEMINI_API_KEY=mine");
    put(join(folder, "config.yaml"), "server: {port: 3}");
    const config = load();
    expect([config.server.port, config.stitch.encoder?.crf]).toEqual([3, 2]);
    expect(config.providers.google?.api_key).toBe("mine");
    const originOf = (key: string) => config.settings.find((one) => one.key === key)?.origin;
    expect(originOf("stitch.crf")).toBe(`${own}/.env VIDPIPE_STITCH__CRF`);
    put(join(folder, ".env"), "GEMINI_API_KEY=theirs");
    expect(load().providers.google?.api_key).toBe("theirs");
    expect(load({ env: { GEMINI_API_KEY: "here" } }).providers.google?.api_key).toBe("here");
  });

  test("a path starts at the folder of the file that set it", () => {
    put(join(own, "config.yaml"), "storage: {library_dir: cast}");
    put(join(folder, "config.yaml"), "storage: {tmp_dir: films}");
    const { storage } = load();
    expect([storage.libraryPath, storage.filmsPath, storage.databasePath]).toEqual([
      join(own, "cast"),
      join(folder, "films"),
      join(folder, "vidpipe-data/vidpipe.db"),
    ]);
  });

  test("the user's own folder needs no word when they are in it", () => {
    put(join(own, "config.yaml"), asYaml("ffmpeg.path", "./ffmpeg"));
    const config = load({ cwd: own });
    expect([config.ffmpeg.path, config.found]).toEqual([join(own, "ffmpeg"), null]);
  });

  test("a home folder that cannot be read is one line, and no film stops for it", () => {
    symlinkSync("closed", join(folder, "closed"));
    const { warnings } = load({ records: createUserRecords(join(folder, "closed")) });
    expect(warnings).toEqual([expect.stringMatching(/cannot be read \(ELOOP\).*VIDPIPE_CONFIG_DIR/)]);
  });
});

test.each(["config.yaml", ".env"])("a pipe in the place of %s is not waited for", (name) => {
  expect(Bun.spawnSync(["mkfifo", join(folder, name)]).exitCode).toBe(0);
  expect(() => load()).toThrow(`${name} is not a regular file`);
});

describe("a .env that was found", () => {
  test("sets nothing but settings: neither what libraries read, nor where vidpipe looks", () => {
    const before = { ...process.env };
    const nothing = load({ env: { HOME: own } });
    put(
      join(folder, ".env"),
      [
        "HTTPS_PROXY=http://evil.example:1",
        "NODE_TLS_REJECT_UNAUTHORIZED=0",
        "NODE_EXTRA_CA_CERTS=./evil.pem",
        "GOOGLE_CLOUD_QUOTA_PROJECT=theirs",
        "GOOGLE_GENAI_API_VERSION=v9",
        "CLOUDSDK_CONFIG=/evil",
        `HOME=${folder}`,
        "EDITOR=./evil",
        "PATH=.",
      ].join("\n"),
    );
    expect(load({ env: { HOME: own } })).toEqual(nothing);
    expect({ ...process.env }).toEqual(before);
  });

  test.each(["VIDPIPE_CONFIG", "VIDPIPE_CONFIG_DIR"])("%s means nothing there", (name) => {
    put(join(folder, ".env"), `${name}=/srv\n`);
    expect(() => load()).toThrow(`${name} means nothing in .env`);
  });

  test.each([
    ["GOOGLE_APPLICATION_CREDENTIALS", "external-account.json", "google_cloud.credentials_file"],
    ["GOOGLE_VERTEX_BASE_URL", "https://evil.example", "google_cloud.vertex_base_url"],
    ["GOOGLE_GEMINI_BASE_URL", "https://evil.example", "google_cloud.gemini_base_url"],
  ])("%s is judged as the setting it fills", (name, value, key) => {
    putCredentials();
    put(join(folder, ".env"), `${name}=${value}\n`);
    expect(load().found?.untrusted).toMatchObject([{ key, origin: `.env ${name}`, holder: ".env" }]);
  });

  test.each(["evil.example/#", "evil.example?", "us/../..", "a.b"])("a location cannot be a host: %s", (location) => {
    put(join(folder, "config.yaml"), asYaml("google_cloud.location", location));
    expect(() => load()).toThrow("must be a location such as us-central1");
  });
});
