import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { PROVIDERS } from "../../src/app/providers.ts";
import { type Config, type ConfigSources, loadConfig, type PartialSettings } from "../../src/config/load.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import { FILM_SIZE_EXPECTED } from "../../src/domain/media.ts";

const root = mkdtempSync(join(tmpdir(), "vidpipe-config-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder = root;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
  mkdirSync(folder);
});

const write = (name: string, text: string | Uint8Array) => writeFileSync(join(folder, name), text, { mode: 0o600 });
const load = (sources: Partial<ConfigSources> = {}): Config =>
  loadConfig({ flags: {}, env: {}, cwd: folder, providers: PROVIDERS, ...sources });

function failure(sources: Partial<ConfigSources> = {}): string {
  try {
    load(sources);
  } catch (thrown) {
    if (thrown instanceof VidpipeError && thrown.code === "config.invalid") return thrown.message;
    throw thrown;
  }
  return "nothing failed";
}

const originOf = (config: Config, key: string) => config.settings.find((setting) => setting.key === key)?.origin;
const flag = (value: unknown): PartialSettings => ({ "server.port": { flag: "--port", value } });

const unsetGoogle = {
  well_known_credentials_file: null,
  credentials_are_found: false,
  storage_base_url: null,
  output_gcs_uri: null,
  image_size: null,
  resolution: null,
};

describe("precedence", () => {
  const layers = [
    { origin: "--port", put: (): Partial<ConfigSources> => ({ flags: flag("1") }), port: 1 },
    {
      origin: "environment VIDPIPE_SERVER__PORT",
      put: (): Partial<ConfigSources> => ({ env: { VIDPIPE_SERVER__PORT: "2" } }),
      port: 2,
    },
    {
      origin: ".env VIDPIPE_SERVER__PORT",
      put: (): Partial<ConfigSources> => {
        write(".env", "VIDPIPE_SERVER__PORT=3");
        return {};
      },
      port: 3,
    },
    {
      origin: "config.yaml",
      put: (): Partial<ConfigSources> => {
        write("config.yaml", "server: {port: 4}");
        return {};
      },
      port: 4,
    },
    { origin: "default", put: (): Partial<ConfigSources> => ({}), port: 8000 },
  ];
  const all = Array.from({ length: 2 ** (layers.length - 1) }, (_, bits) =>
    layers.filter((_layer, index) => index === layers.length - 1 || (bits & (1 << index)) !== 0),
  );
  for (const present of all) {
    test(`the first of ${present.map((layer) => layer.origin).join(", ")} wins`, () => {
      const config = load(Object.assign({}, ...present.map((layer) => layer.put())));
      expect(config.server.port).toBe(present[0]?.port ?? Number.NaN);
      expect(originOf(config, "server.port")).toBe(present[0]?.origin ?? "");
    });
  }

  test("a blank value in a stronger layer leaves the weaker one in force", () => {
    write("config.yaml", "server: {port: 4}");
    expect(load({ env: { VIDPIPE_SERVER__PORT: "  " } }).server.port).toBe(4);
  });

  test("Google's own variables count below every vidpipe key", () => {
    write("config.yaml", "google_cloud: {project_id: mine}");
    expect(load({ env: { GOOGLE_CLOUD_PROJECT: "theirs" } }).providers).toMatchObject({
      google: { project_id: "mine" },
    });
  });

  test("Google's own variables count in the environment and in .env", () => {
    write(".env", "GOOGLE_CLOUD_LOCATION=europe-west1\nGOOGLE_CLOUD_PROJECT=from-file");
    const { providers } = load({ env: { GOOGLE_CLOUD_PROJECT: "from-env" } });
    expect(providers.google).toMatchObject({ location: "europe-west1", project_id: "from-env" });
  });

  test("GOOGLE_API_KEY beats GEMINI_API_KEY wherever they are", () => {
    write(".env", "GOOGLE_API_KEY=strong");
    expect(load({ env: { GEMINI_API_KEY: "weak" } }).providers).toMatchObject({ google: { api_key: "strong" } });
    expect(load({ env: { GEMINI_API_KEY: "weak", GOOGLE_API_KEY: "new" } }).providers).toMatchObject({
      google: { api_key: "new" },
    });
  });

  test("every variable of Google's SDK reaches its setting", () => {
    const config = load({
      env: {
        GEMINI_API_KEY: "key",
        GOOGLE_APPLICATION_CREDENTIALS: "/keys/account.json",
        GOOGLE_GENAI_USE_ENTERPRISE: "true",
        GOOGLE_VERTEX_BASE_URL: "http://127.0.0.1:9000",
        GOOGLE_GEMINI_BASE_URL: "https://gemini.example",
      },
    });
    expect(config.providers.google).toEqual({
      project_id: null,
      location: null,
      use_vertex_ai: true,
      api_key: "key",
      credentials_file: "/keys/account.json",
      vertex_base_url: "http://127.0.0.1:9000",
      gemini_base_url: "https://gemini.example",
      ...unsetGoogle,
    });
  });
});

describe("files", () => {
  test("no file at all gives the defaults", () => {
    const { settings, ...config } = load();
    expect(settings.every((setting) => setting.source === "default")).toBe(true);
    expect(config).toEqual({
      file: null,
      userFolder: null,
      found: { folder: realpathSync(folder), trusted: [], untrusted: [] },
      warnings: [],
      provider: "auto",
      providers: {
        offline: {},
        google: {
          project_id: null,
          location: null,
          use_vertex_ai: null,
          api_key: null,
          credentials_file: null,
          vertex_base_url: null,
          gemini_base_url: null,
          ...unsetGoogle,
        },
      },
      models: { storyboardLlm: null, imageGen: null, imageConditioned: null, videoGen: null },
      catalog: {},
      pipeline: {
        defaultStyle: "cinematic",
        defaultAspectRatio: "16:9",
        defaultClipDurationSeconds: 6,
        maxScenes: 15,
        imageGenDelayMs: 0,
        videoPollIntervalMs: 15_000,
        videoPollMax: 40,
        videoGenConcurrency: 4,
        crossfadeSeconds: 0,
        retryMaxAttempts: null,
        retryBaseDelayMs: 2_000,
        onAmbiguous: "ask",
        onRefused: "hold",
        maxCostUsd: null,
        maxCostPerDayUsd: null,
        reviewAfter: null,
        confirmAboveUsd: 1,
        seamThreshold: 0.5,
      },
      stitch: {
        loudnessLufs: null,
        boundaryFrame: "auto",
        look: { size: null, fit: "pad", interpolate: "off" },
        quality: "standard",
        encoder: null,
        verify: "composed",
      },
      storage: {
        mode: "private",
        databasePath: join(folder, "vidpipe-data/vidpipe.db"),
        filmsPath: join(folder, "vidpipe-data/films"),
        isFound: true,
        libraryPath: join(folder, "vidpipe-data/library"),
        trashMs: 7 * 86_400_000,
      },
      server: {
        host: "127.0.0.1",
        port: 8000,
        allowedHosts: [],
        allowedOrigins: [],
        tokens: [],
        changesPerMinute: 600,
        maxActiveProjects: 500,
        maxWatchers: 1_024,
        webhook: { url: null, secrets: [], allowedHosts: [] },
      },
      ffmpeg: { path: null },
      log: { level: "warn", format: "auto" },
    });
  });

  const committed = join(import.meta.dir, "../../config.yaml");

  test("the committed config.yaml changes nothing", async () => {
    write("config.yaml", await Bun.file(committed).text());
    expect(load().settings.filter((setting) => setting.source !== "default")).toEqual([]);
  });

  test("an ordinary config file is read without the YAML library, which only explains what is wrong", () => {
    const loader = JSON.stringify(join(import.meta.dir, "../../src/config/load.ts"));
    const isLoaded = (text: string): string => {
      write("config.yaml", text);
      const script = `const { loadConfig } = await import(${loader});
        loadConfig({ flags: {}, env: {}, cwd: ${JSON.stringify(folder)}, providers: [] });
        console.log(Object.keys(require.cache).some((path) => path.includes("node_modules/yaml/")));`;
      return Bun.spawnSync([process.execPath, "-e", script]).stdout.toString().trim();
    };
    expect(isLoaded("# port: 1\nserver:\n  port: 1\n  host: 127.0.0.1 \nlog: {level: info}\n")).toBe("false");
    expect(isLoaded("server: &server\n  port: 1\n")).toBe("true");
  });

  test("the committed config.yaml documents every key with its default", async () => {
    const lines = (await Bun.file(committed).text()).split("\n");
    const documented = lines.map((line) => line.replace(/^( *)# ([a-z_]+:( .*)?)$/, "$1$2")).join("\n");
    const mapping = Bun.YAML.parse(documented);
    const keys = Object.entries(Object(mapping)).flatMap(([key, value]) =>
      typeof value === "object" && value !== null && key !== "catalog"
        ? Object.keys(value).map((inner) => `${key}.${inner}`)
        : [key],
    );
    const settings = load().settings;
    expect(keys.toSorted()).toEqual(settings.map((setting) => setting.key).toSorted());
    write("config.yaml", documented);
    expect(load().settings.map(({ key, value }) => ({ key, value }))).toEqual(
      settings.map(({ key, value }) => ({ key, value })),
    );
  });

  test("in the committed config.yaml every key has a comment of its own", async () => {
    const lines = (await Bun.file(committed).text()).split("\n");
    const isKey = (line = "") => /^ *# [a-z_]+:( .*)?$/.test(line);
    const bare = lines.filter(
      (line, at) => isKey(line) && (isKey(lines[at - 1]) || !/^ *# /.test(lines[at - 1] ?? "")),
    );
    expect(bare).toEqual([]);
  });

  test("the committed .env.example names only settings that exist", async () => {
    const example = await Bun.file(join(import.meta.dir, "../../.env.example")).text();
    write(".env", example.replace(/^# (?=[A-Z_]+=)/gm, ""));
    const config = load();
    expect(config.providers.google).toMatchObject({
      project_id: null,
      credentials_file: "/path/to/service-account.json",
    });
    expect(config.pipeline.maxCostUsd).toBe(10);
  });

  test("a version 1 file runs unchanged, with one line for each key that means nothing any more", () => {
    write(
      "config.yaml",
      `models:
  storyboard_llm: "gemini-2.5-flash"
  image_gen: "gemini-2.5-flash-image"
  image_conditioned: "gemini-2.5-flash-image"
  video_gen: "veo-3.1-fast-generate-001"
google_cloud: {project_id: p, location: us-east5, use_vertex_ai: yes}
pipeline:
  default_style: "noir"
  default_aspect_ratio: 9:16
  default_clip_duration: 4
  max_scenes: 15
  image_gen_delay: 3
  video_poll_interval: 0.5
  video_poll_max: 40
  video_gen_concurrency: 1
  crossfade_seconds: 0.0
  retry_max_attempts: 5
  retry_base_delay: 2
  video_transient_retries: 3
storage:
  database_url: "sqlite+aiosqlite:///vidpipe.db"
  tmp_dir: "./tmp"
server: {host: "0.0.0.0", port: 8000}
cv_analysis:
  clip_similarity_threshold: 0.65
  max_frames_per_clip: 8
`,
    );
    const config = load();
    expect(config.warnings).toEqual([
      "pipeline.video_transient_retries (config.yaml) means nothing in this version and is ignored",
      "cv_analysis.* (config.yaml) means nothing in this version and is ignored",
    ]);
    expect(config.providers.google).toMatchObject({ project_id: "p", location: "us-east5", use_vertex_ai: true });
    expect(config.models.videoGen).toBe("veo-3.1-fast-generate-001");
    expect(config.pipeline).toMatchObject({
      defaultStyle: "noir",
      defaultAspectRatio: "9:16",
      defaultClipDurationSeconds: 4,
      imageGenDelayMs: 3_000,
      videoPollIntervalMs: 500,
      videoGenConcurrency: 1,
    });
    expect(config.storage).toMatchObject({ databasePath: join(folder, "vidpipe.db"), filmsPath: join(folder, "tmp") });
    // As it stands there it is merely found: the one thing that is otherwise is that only this machine is listened to.
    expect(config.server.host).toBe("127.0.0.1");
    expect(config.found?.untrusted).toMatchObject([{ key: "server.host", value: "0.0.0.0", isPassedOver: true }]);
    expect(load({ file: "config.yaml" }).server.host).toBe("0.0.0.0");
  });

  test("an empty section, an empty file and a null value leave the defaults", () => {
    write("config.yaml", "pipeline:\nserver:\n  port: ~\n");
    expect(load().server.port).toBe(8000);
    write("config.yaml", "");
    expect(load().file).toBe(join(folder, "config.yaml"));
  });

  test("--config beats VIDPIPE_CONFIG beats config.yaml", () => {
    write("config.yaml", "server: {port: 1}");
    write("two.yaml", "server: {port: 2}");
    write("three.yaml", "server: {port: 3}");
    const env = { VIDPIPE_CONFIG: "two.yaml" };
    expect(load({ env }).server.port).toBe(2);
    const config = load({ env, file: "three.yaml" });
    expect(config.server.port).toBe(3);
    expect(originOf(config, "server.port")).toBe("three.yaml");
  });

  test("a config file elsewhere brings its own .env and is where relative paths start", () => {
    mkdirSync(join(folder, "site"));
    write("site/config.yaml", "storage: {tmp_dir: films}");
    write("site/.env", "VIDPIPE_SERVER__PORT=5");
    write(".env", "VIDPIPE_SERVER__PORT=6");
    const config = load({ file: "site/config.yaml" });
    expect(config.server.port).toBe(5);
    expect(config.storage.filmsPath).toBe(join(folder, "site/films"));
    expect(config.storage.databasePath).toBe(join(folder, "site/vidpipe-data/vidpipe.db"));
  });

  test("a relative path in the environment starts at the current folder", () => {
    mkdirSync(join(folder, "site"));
    write("site/config.yaml", "");
    const config = load({ file: "site/config.yaml", env: { VIDPIPE_STORAGE__TMP_DIR: "films" } });
    expect(config.storage.filmsPath).toBe(join(folder, "films"));
  });

  const badFiles: [title: string, content: string | Uint8Array, message: string][] = [
    ["a list", "- 1", "config.yaml must be a mapping of keys to values"],
    ["a bare word", "hello", "config.yaml must be a mapping of keys to values"],
    [
      "two documents",
      "a: 1\n---\nb: 2",
      "config.yaml: line 2, column 1: not valid YAML: the file has more than one document: keep one",
    ],
    [
      "bad syntax",
      "server:\n  port: 1\n  host: [1\nlog:\n",
      "config.yaml: line 3, column 9: not valid YAML: the bracket that opens here is not closed",
    ],
    [
      "a tab for indentation",
      "server:\n\tport: 1",
      "config.yaml: line 2, column 1: not valid YAML: tab characters cannot be used as indentation: use spaces",
    ],
    [
      "endless nesting",
      "[".repeat(100_000),
      "config.yaml: line 1, column 65: lists or mappings are nested more than 64 deep",
    ],
    [
      "a mapping that contains itself",
      "catalog: &a\n  b: *a",
      "config.yaml: line 2, column 6: the alias *a contains itself",
    ],
    [
      "aliases that expand without end",
      `catalog:\n  l0: &l0 [1,1]\n${Array.from({ length: 18 }, (_, i) => `  l${i + 1}: &l${i + 1} [*l${i}, *l${i}]`).join("\n")}`,
      "config.yaml: line 13, column 14: the file has more than 10,000 values",
    ],
    ["10 MB", `# ${"x".repeat(10_000_000)}`, "config.yaml is larger than 1 MiB: this is not a vidpipe configuration"],
    ["bytes that are not text", new Uint8Array([0xff, 0xfe, 0x00]), "config.yaml is not UTF-8 text"],
    ["a section twice", "server: {port: 1}\nlog:\n  level: info\nserver: {port: 2}", twice(4, 1, "server", 1)],
    ["a key twice", "server:\n  port: 1\n  host: x\n  port: 2", twice(4, 3, "port", 2)],
    ["a key twice in flow style", "server: {port: 1, 'port': 2}", twice(1, 19, "port", 1)],
  ];
  function twice(line: number, column: number, key: string, first: number): string {
    return `config.yaml: line ${line}, column ${column}: the key ${key} is there twice, first in line ${first}: remove one`;
  }
  for (const [title, content, message] of badFiles) {
    test(`a config file with ${title} is one clear line`, () => {
      write("config.yaml", content);
      expect(failure()).toBe(message);
    });
  }

  test("a key that an anchor merges and the mapping overrides is not there twice", () => {
    write("config.yaml", "catalog:\n  a: &a {x: 1}\n  b:\n    <<: *a\n    x: 2\n  c:\n    <<: [*a, *a]");
    expect(load({ file: "config.yaml" }).catalog).toMatchObject({ b: { x: 2 } });
  });

  test("text that looks like keys is not searched for keys", () => {
    write("config.yaml", "models:\n  image_gen: 'a: 1, a: 2'\n  video_gen: |\n    b: 1\n    b: 2\n");
    expect(failure()).toStartWith("models.video_gen (config.yaml) must not contain control characters");
  });

  test("a folder in place of config.yaml or .env is named", () => {
    mkdirSync(join(folder, "config.yaml"));
    expect(failure()).toBe("config.yaml is a directory");
    mkdirSync(join(folder, "site/.env"), { recursive: true });
    write("site/config.yaml", "");
    expect(failure({ file: "site/config.yaml" })).toBe(".env is a directory");
  });

  test("a named config file that is not there is an error", () => {
    expect(failure({ file: "no\u001b[31m.yaml" })).toBe("there is no config file no?[31m.yaml");
    expect(failure({ env: { VIDPIPE_CONFIG: "none.yaml" } })).toBe("there is no config file none.yaml");
  });

  test("a key file that everyone can read is a warning", () => {
    write(".env", "GEMINI_API_KEY=abc");
    write("config.yaml", "google_cloud: {api_key: abc}");
    expect(load().warnings).toEqual([]);
    chmodSync(join(folder, ".env"), 0o644);
    chmodSync(join(folder, "config.yaml"), 0o644);
    const line = "holds a secret and every user of this machine can read it: chmod 600";
    expect(load().warnings).toEqual([`config.yaml ${line} config.yaml`, `.env ${line} .env`]);
  });
});

describe(".env", () => {
  test("quotes, export, comments, CRLF and a byte order mark are understood", () => {
    write(
      ".env",
      '\uFEFF# first\r\nexport VIDPIPE_SERVER__HOST="localhost" # here\r\n\r\n' +
        "VIDPIPE_PIPELINE__DEFAULT_STYLE='film # noir'\r\nVIDPIPE_SERVER__PORT = 81 # port\r\nOTHER=x\r\nnonsense\r\n",
    );
    const config = load();
    expect(config.server).toMatchObject({ host: "localhost", port: 81 });
    expect(config.pipeline.defaultStyle).toBe("film # noir");
  });

  test("an unknown key is named with its file", () => {
    write(".env", "VIDPIPE_SERVER__PROT=1");
    expect(failure()).toBe("unknown key server.prot (.env VIDPIPE_SERVER__PROT): did you mean server.port?");
  });

  test("VIDPIPE_CONFIG cannot be set there", () => {
    write(".env", "VIDPIPE_CONFIG=other.yaml");
    expect(failure()).toStartWith("VIDPIPE_CONFIG means nothing in .env");
  });

  test("is not read from the current folder when the config file is elsewhere", () => {
    mkdirSync(join(folder, "site"));
    write("site/config.yaml", "");
    write(".env", "VIDPIPE_NONSENSE=1");
    expect(load({ file: "site/config.yaml" }).server.port).toBe(8000);
  });
});

describe("bad keys and values", () => {
  const inFile: [yaml: string, message: string][] = [
    [
      "pipelin: {}",
      "unknown key pipelin (config.yaml): no setting has this name, see 'vidpipe config'; if this file is another program's, name yours with --config",
    ],
    ["pipeline: {max_scene: 3}", "unknown key pipeline.max_scene (config.yaml): did you mean pipeline.max_scenes?"],
    [
      "pipeline.max_scenes: 3",
      "pipeline.max_scenes (config.yaml) must be written as a key inside its section: pipeline: {max_scenes: ...}",
    ],
    [
      "pipeline: 3",
      "pipeline (config.yaml) must be a section with keys of its own, such as pipeline.default_style, not a value",
    ],
    [
      "pipeline: [1]",
      "pipeline (config.yaml) must be a section with keys of its own, such as pipeline.default_style, not a value",
    ],
    ["provider: {a: 1}", 'provider (config.yaml) must be auto, offline or google, not {"a":1}; auto would do'],
    [
      "__proto__: {x: 1}",
      "unknown key __proto__ (config.yaml): no setting has this name, see 'vidpipe config'; if this file is another program's, name yours with --config",
    ],
    [
      "server: {__proto__: 1}",
      "unknown key server.__proto__ (config.yaml): no setting has this name, see 'vidpipe config'; if this file is another program's, name yours with --config",
    ],
    [
      "catalog: [1]",
      'catalog (config.yaml) must be a mapping of models, not [1]; {"my-model":{"like":"KNOWN-MODEL","price":{"usd_per_second":0.1}}} would do',
    ],
  ];
  for (const [yaml, message] of inFile) {
    test(`${yaml} in config.yaml`, () => {
      write("config.yaml", yaml);
      expect(failure()).toBe(message);
    });
  }

  const whole = (min: number, max: string) => `must be a whole number from ${min} to ${max}`;
  const values: [variable: string, value: string, expected: string][] = [
    ["PROVIDER", "openai", "must be auto, offline or google"],
    ["GOOGLE_CLOUD__USE_VERTEX_AI", "maybe", "must be true or false"],
    ["GOOGLE_CLOUD__PROJECT_ID", "a\u001bb", "must not contain control characters"],
    [
      "GOOGLE_CLOUD__VERTEX_BASE_URL",
      "http://evil.example",
      "must be a URL that starts with https:// (http:// only for this machine)",
    ],
    [
      "GOOGLE_CLOUD__GEMINI_BASE_URL",
      "nonsense",
      "must be a URL that starts with https:// (http:// only for this machine)",
    ],
    [
      "GOOGLE_CLOUD__GEMINI_BASE_URL",
      "http://127.0.0.1.evil.example/",
      "must be a URL that starts with https:// (http:// only for this machine)",
    ],
    ["PIPELINE__DEFAULT_STYLE", "x".repeat(201), "is longer than 200 characters"],
    ["PIPELINE__DEFAULT_ASPECT_RATIO", "4:3", "must be 16:9, 9:16 or 1:1"],
    ["PIPELINE__DEFAULT_CLIP_DURATION", "0", "must be more than 0 seconds"],
    ["PIPELINE__DEFAULT_CLIP_DURATION", "61", "must be 60 seconds or less"],
    ["PIPELINE__DEFAULT_CLIP_DURATION", "NaN", "must be a number of seconds"],
    ["PIPELINE__MAX_SCENES", "0", whole(1, "100")],
    ["PIPELINE__MAX_SCENES", "101", whole(1, "100")],
    ["PIPELINE__MAX_SCENES", "2.5", whole(1, "100")],
    ["PIPELINE__MAX_SCENES", "0x10", whole(1, "100")],
    ["PIPELINE__IMAGE_GEN_DELAY", "-1", "must be a number of seconds from 0 to 3,600"],
    ["PIPELINE__VIDEO_POLL_INTERVAL", "0", "must be a number of seconds from 0.1 to 3,600"],
    ["PIPELINE__VIDEO_POLL_MAX", "0", whole(1, "100,000")],
    ["PIPELINE__VIDEO_GEN_CONCURRENCY", "0", whole(1, "100")],
    ["PIPELINE__VIDEO_GEN_CONCURRENCY", "1000000", whole(1, "100")],
    ["PIPELINE__CROSSFADE_SECONDS", "-0.5", "must be a number of seconds from 0 to 10"],
    ["PIPELINE__RETRY_MAX_ATTEMPTS", "0", whole(1, "100")],
    ["PIPELINE__RETRY_BASE_DELAY", "Infinity", "must be a number of seconds from 0 to 3,600"],
    ["PIPELINE__ON_AMBIGUOUS", "guess", "must be ask, retry or skip"],
    ["PIPELINE__ON_REFUSED", "ask", "must be hold, skip or fail"],
    ["PIPELINE__MAX_COST_USD", "-1", "must be an amount in US dollars from 0 to 1,000,000"],
    ["PIPELINE__MAX_COST_PER_DAY_USD", "1e309", "must be an amount in US dollars from 0 to 1,000,000"],
    ["PIPELINE__CONFIRM_ABOVE_USD", "NaN", "must be an amount in US dollars from 0 to 1,000,000"],
    ["STITCH__PRESET", "best", "must be ultrafast, superfast, veryfast, faster, fast, medium, slow or slower"],
    ["STITCH__CRF", "52", "must be a whole number from 0 to 51"],
    ["STITCH__VERIFY", "none", "must be composed or full"],
    ["STITCH__LOUDNESS", "loud", "must be off or a loudness from -70 to -5 LUFS"],
    ["STITCH__LOUDNESS", "3", "must be off or a loudness from -70 to -5 LUFS"],
    ["STITCH__SIZE", "1281x720", FILM_SIZE_EXPECTED],
    ["STITCH__SIZE", "1280", FILM_SIZE_EXPECTED],
    ["STITCH__SIZE", "8x8", FILM_SIZE_EXPECTED],
    ["STITCH__SIZE", "8192x8192", FILM_SIZE_EXPECTED],
    ["STITCH__FIT", "stretch", "must be pad, crop or blur"],
    ["STITCH__INTERPOLATE", "on", "must be off, blend or mci"],
    ["STORAGE__DATABASE_URL", "postgres://x/y", "must be sqlite:///FILE (four slashes for an absolute path)"],
    ["STORAGE__DATABASE_URL", "sqlite:///", "must be sqlite:///FILE (four slashes for an absolute path)"],
    ["STORAGE__DATABASE_URL", "sqlite:///:memory:", "must be sqlite:///FILE (four slashes for an absolute path)"],
    ["STORAGE__DATABASE_URL", "sqlite:///folder/", "must be sqlite:///FILE (four slashes for an absolute path)"],
    ["STORAGE__DATABASE_URL", "sqlite:///a.db?mode=ro", "must be sqlite:///FILE (four slashes for an absolute path)"],
    ["SERVER__HOST", "*", "must be a host name or an IP address"],
    ["SERVER__HOST", "my host", "must be a host name or an IP address"],
    ["SERVER__ALLOWED_HOSTS", "a b", "must be host names, each with its port if clients send one, separated by commas"],
    ["GOOGLE_CLOUD__OUTPUT_GCS_URI", "s3://bucket", "must be gs://BUCKET/FOLDER"],
    ["SERVER__PORT", "70000", whole(0, "65,535")],
    ["SERVER__PORT", "-1", whole(0, "65,535")],
    ["LOG__LEVEL", "loud", "must be debug, info, warn, error or silent"],
    ["CATALOG", "{", "must be a mapping of models"],
  ];
  for (const [variable, value, expected] of values) {
    const name = `VIDPIPE_${variable}`;
    const key = variable.toLowerCase().replace("__", ".");
    test(`${name}=${JSON.stringify(value).slice(0, 40)} ${expected}`, () => {
      const message = failure({ env: { [name]: value } });
      const seen = /^must (?!not )/.test(expected) ? `, not "` : ` ("`;
      expect(message).toStartWith(`${key} (environment ${name}) ${expected}${seen}`);
      expect(message).toMatch(/^\P{C}{1,250}$/u);
    });
  }

  test("a bad flag is called by the flag's name", () => {
    expect(failure({ flags: flag("70000") })).toBe(
      '--port must be a whole number from 0 to 65,535, not "70000"; 8000 would do',
    );
  });

  test("a bad secret is never shown", () => {
    const message = failure({ env: { GEMINI_API_KEY: "secret\nsecond line" } });
    expect(message).toBe(
      "google_cloud.api_key (environment GEMINI_API_KEY) must be one line of plain characters (the value is a secret and not shown); a key from aistudio.google.com/apikey would do",
    );
  });

  test("a login inside a URL is never shown", () => {
    const message = failure({ env: { VIDPIPE_STORAGE__DATABASE_URL: "postgres://kim:pass@word@db/films" } });
    expect(message).toEndWith('not "postgres://***@db/films"; sqlite:///vidpipe-data/vidpipe.db would do');
  });

  test("an unknown variable is named with the nearest key", () => {
    expect(failure({ env: { VIDPIPE_FOO__BAR: "1" } })).toBe(
      "unknown key foo.bar (environment VIDPIPE_FOO__BAR): no setting has this name, see 'vidpipe config'",
    );
    expect(failure({ env: { VIDPIPE_PIPELINE__MAX_SCEENS: "1" } })).toEndWith("did you mean pipeline.max_scenes?");
  });

  test("an unknown variable is an error even when it is blank", () => {
    expect(failure({ env: { VIDPIPE_FOO: "" } })).toStartWith("unknown key foo");
  });

  test("what Kubernetes sets beside a service called vidpipe is left alone", () => {
    const env = {
      VIDPIPE_SERVICE_HOST: "10.0.0.1",
      VIDPIPE_SERVICE_PORT: "8000",
      VIDPIPE_SERVICE_PORT_HTTP: "8000",
      VIDPIPE_PORT: "tcp://10.0.0.1:8000",
      VIDPIPE_PORT_8000_TCP: "tcp://10.0.0.1:8000",
      VIDPIPE_PORT_8000_TCP_ADDR: "10.0.0.1",
    };
    expect(load({ env }).server.port).toBe(8000);
  });
});

describe("values", () => {
  test("text from the environment becomes what the setting holds", () => {
    const config = load({
      env: {
        VIDPIPE_PIPELINE__MAX_SCENES: " 10 ",
        VIDPIPE_GOOGLE_CLOUD__USE_VERTEX_AI: "TRUE",
        VIDPIPE_PIPELINE__RETRY_BASE_DELAY: "0.25",
        VIDPIPE_STITCH__LOUDNESS: "-14",
        VIDPIPE_STITCH__SIZE: "1280X720",
        VIDPIPE_LOG__LEVEL: "INFO",
        VIDPIPE_CATALOG: '{"veo-x": {"price": 1}}',
        vidpipe_server__host: "[::1]",
      },
    });
    expect(config.pipeline).toMatchObject({ maxScenes: 10, retryBaseDelayMs: 250 });
    expect(config.providers).toMatchObject({ google: { use_vertex_ai: true } });
    expect(config.stitch.loudnessLufs).toBe(-14);
    expect(config.stitch.look.size).toEqual({ width: 1280, height: 720 });
    expect(config.log.level).toBe("info");
    expect(config.catalog).toEqual({ "veo-x": { price: 1 } });
    expect(config.server.host).toBe("::1");
  });

  test("a list may be a YAML list, and in a variable JSON or separated by commas", () => {
    write("config.yaml", "server: {allowed_hosts: [films.example.com, 'nas.local:8000']}");
    expect(load({ file: "config.yaml" }).server.allowedHosts).toEqual(["films.example.com", "nas.local:8000"]);
    for (const list of ["a.example, b.example:81", '["a.example", "b.example:81"]', ' ["a.example","b.example:81"]'])
      expect(load({ env: { VIDPIPE_SERVER__ALLOWED_HOSTS: list } }).server.allowedHosts).toEqual([
        "a.example",
        "b.example:81",
      ]);
    expect(load({ env: { VIDPIPE_SERVER__ALLOWED_HOSTS: "[]" } }).server.allowedHosts).toEqual([]);
    const origins = "http://localhost:5173/, https://a.example";
    expect(load({ env: { VIDPIPE_SERVER__ALLOWED_ORIGINS: origins } }).server.allowedOrigins).toEqual([
      "http://localhost:5173",
      "https://a.example",
    ]);
    expect(failure({ env: { VIDPIPE_SERVER__ALLOWED_ORIGINS: "https://a.example//" } })).toContain(
      "must be origins such as",
    );
    expect(failure({ env: { VIDPIPE_SERVER__ALLOWED_ORIGINS: '["https://a.example", 1]' } })).toContain(
      "must be origins such as",
    );
  });

  test("gcloud's login is looked for where gcloud keeps it", () => {
    const file = "application_default_credentials.json";
    expect(load({ env: { HOME: "/home/kim" } }).providers).toMatchObject({
      google: { well_known_credentials_file: `/home/kim/.config/gcloud/${file}` },
    });
    expect(load({ env: { HOME: "/home/kim", CLOUDSDK_CONFIG: "/g" } }).providers).toMatchObject({
      google: { well_known_credentials_file: `/g/${file}` },
    });
  });

  test("loudness that YAML's older readers would call false is off", () => {
    write("config.yaml", "stitch: {loudness: false}");
    expect(load().stitch.loudnessLufs).toBeNull();
  });

  test("a database URL with four slashes is absolute", () => {
    for (const url of ["sqlite:////data/films.db", "sqlite+aiosqlite:////data/films.db"])
      expect(load({ env: { VIDPIPE_STORAGE__DATABASE_URL: url } }).storage.databasePath).toBe("/data/films.db");
  });

  test("~ is the home folder, and an error without one", () => {
    const env = { VIDPIPE_STORAGE__TMP_DIR: "~/films" };
    expect(load({ env: { ...env, HOME: "/home/kim" } }).storage.filmsPath).toBe("/home/kim/films");
    expect(failure({ env })).toBe(
      `storage.tmp_dir (environment VIDPIPE_STORAGE__TMP_DIR) starts with ~, but HOME is not set: write the whole path ("~/films" was given); ${join(folder, "films")} would do`,
    );
  });

  test("a program without a folder is left for PATH, with one it is made absolute", () => {
    expect(load({ env: { VIDPIPE_FFMPEG__PATH: "ffmpeg7" } }).ffmpeg.path).toBe("ffmpeg7");
    expect(load({ env: { VIDPIPE_FFMPEG__PATH: "./ffmpeg7" } }).ffmpeg.path).toBe(join(folder, "ffmpeg7"));
  });

  test("a provider's former name is read as today's, with one note, wherever it stands", () => {
    const note = ["provider animatic is called offline now"];
    const flags = { provider: { flag: "--provider", value: "animatic" } };
    for (const config of [load({ flags }), load({ env: { VIDPIPE_PROVIDER: "Animatic" } })])
      expect([config.provider, config.warnings]).toEqual(["offline", note]);
    write(".env", "VIDPIPE_PROVIDER=animatic");
    write("config.yaml", "provider: animatic");
    const config = load();
    expect([config.provider, config.warnings]).toEqual(["offline", note]);
    expect(config.settings.find(({ key }) => key === "provider")?.value).toBe("offline");
    expect(load({ env: { VIDPIPE_PROVIDER: "offline" } }).warnings).toEqual([]);
  });

  test("secrets are masked in the list of settings", () => {
    const config = load({ env: { GEMINI_API_KEY: "very-secret" } });
    expect(JSON.stringify(config.settings)).not.toContain("very-secret");
    expect(config.settings.find((setting) => setting.key === "google_cloud.api_key")?.value).toBe("********");
  });

  test("the result cannot be changed", () => {
    const config = load();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.pipeline)).toBe(true);
    expect(Object.isFrozen(config.settings[0])).toBe(true);
  });
});

describe("tokens and webhooks", () => {
  const token = "t0k3n-0123456789abcdef0123456789abcdef";
  const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;

  test("one token may do everything, more have names and scopes", () => {
    const tokens = JSON.stringify([{ name: "n8n", token: `${token}2`, scope: "read" }]);
    const env = { VIDPIPE_SERVER__AUTH_TOKEN: token, VIDPIPE_SERVER__TOKENS: tokens };
    const config = load({ env });
    expect(config.server.tokens).toEqual([
      { name: "main", token, scope: "spend" },
      { name: "n8n", token: `${token}2`, scope: "read" },
    ]);
    expect(JSON.stringify(config.settings)).not.toContain(token);
  });

  test("tokens can be written as YAML", () => {
    write("config.yaml", `server:\n  tokens:\n    - {name: n8n, token: ${token}, scope: spend}\n`);
    expect(load({ file: "config.yaml" }).server.tokens).toEqual([{ name: "n8n", token, scope: "spend" }]);
  });

  test.each([
    [{ VIDPIPE_SERVER__AUTH_TOKEN: "t0k3n-too-short" }, "must be 32 to 500 plain characters without spaces"],
    [{ VIDPIPE_SERVER__TOKENS: "t0k3n" }, "must be a list of {name, token, scope}"],
    [{ VIDPIPE_SERVER__WEBHOOK_SECRETS: "t0k3n" }, "must be whsec_ and 24 to 64 bytes in base64"],
    [{ VIDPIPE_SERVER__ALLOWED_ORIGINS: "films.example.com" }, "must be origins such as https://films.example.com"],
  ])("%j is refused", (env, reason) => {
    const message = failure({ env });
    expect(message).toContain(reason);
    expect(message).not.toContain("t0k3n");
  });

  test("a token's name stands once", () => {
    const tokens = [1, 2].map((n) => ({ name: "n8n", token: `${token}${n}`, scope: "read" }));
    expect(failure({ env: { VIDPIPE_SERVER__TOKENS: JSON.stringify(tokens) } })).toContain("must not use a name twice");
  });

  test("a webhook has secrets, the newest first, and hosts it may have at home", () => {
    const env = {
      VIDPIPE_SERVER__WEBHOOK_URL: "http://n8n:5678/x",
      VIDPIPE_SERVER__WEBHOOK_SECRETS: `${secret}, ${secret}`,
      VIDPIPE_SERVER__WEBHOOK_ALLOWED_HOSTS: "n8n:5678",
    };
    expect(load({ env }).server.webhook).toEqual({
      url: "http://n8n:5678/x",
      secrets: [secret, secret],
      allowedHosts: ["n8n:5678"],
    });
  });
});

describe("any junk", () => {
  const onlyVidpipeErrors = (sources: Partial<ConfigSources>) => {
    try {
      load(sources);
    } catch (thrown) {
      if (!(thrown instanceof VidpipeError)) throw thrown;
      expect(thrown.code).toBe("config.invalid");
      for (const problem of thrown.problems) expect(problem).toMatch(/^\P{C}{1,400}$/u);
      expect(thrown.message).toMatch(/^\P{C}{1,2100}$/u);
    }
  };
  const known = load({ cwd: root }).settings.map((setting) => setting.key);
  const word = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...known));

  test("in the environment is a VidpipeError of one printable line or a configuration", () => {
    const name = word.map((key) => `VIDPIPE_${key.toUpperCase().replace(".", "__")}`);
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: "binary" })), (env) => onlyVidpipeErrors({ env })),
      {
        numRuns: 300,
      },
    );
  }, 0);

  test("in config.yaml and .env is a VidpipeError of one printable line or a configuration", () => {
    const value = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom("*a", "&a [*a]", "!!x", "|", "{", "'", ".nan"));
    const line = fc
      .tuple(fc.constantFrom("", "  ", "- "), word, value)
      .map(
        ([indent, key, content]) =>
          `${indent}${key.replace(".", ":\n  ")}: ${typeof content === "string" ? content : JSON.stringify(content)}`,
      );
    const yaml = fc.oneof(
      fc.array(line).map((lines) => lines.join("\n")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(yaml, fc.string(), (text, dotenv) => {
        write("config.yaml", text);
        write(".env", dotenv);
        onlyVidpipeErrors({});
      }),
      { numRuns: 300 },
    );
  }, 0);

  test("in nested YAML is a VidpipeError of one printable line or a configuration", () => {
    fc.assert(
      fc.property(fc.dictionary(word, fc.dictionary(word, fc.jsonValue())), (tree) => {
        write("config.yaml", JSON.stringify(tree));
        onlyVidpipeErrors({});
      }),
      { numRuns: 300 },
    );
  }, 0);
});
