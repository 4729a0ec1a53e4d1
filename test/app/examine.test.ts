/** `doctor` refuses exactly what `generate` refuses, and says all of it at once. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { createApp } from "../../src/app/create-app.ts";
import { examineApp } from "../../src/app/examine.ts";
import { PROVIDERS } from "../../src/app/providers.ts";
import { inspectConfig, loadConfig } from "../../src/config/load.ts";
import { asVidpipeError, VidpipeError } from "../../src/domain/errors.ts";
import type { Finding } from "../../src/ports/media.ts";
import { emptyFolder, removeFolders } from "../support/binary.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { createGoogleFake, FAKE_PROJECT } from "../support/google-fake/google-fake.ts";
import { FAKE_API_KEY } from "../support/google-fake/routing.ts";
import { createMemoryArtifacts } from "../support/memory-artifacts.ts";
import { never } from "../support/never.ts";

const GOOGLE = { VIDPIPE_PROVIDER: "google", GEMINI_API_KEY: FAKE_API_KEY };
/** One thing that is wrong with a machine, and a piece of what has to be said of it. */
interface Fault {
  readonly says: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly yaml?: string;
  readonly prepare?: (folder: string) => void;
  readonly noFfmpeg?: boolean;
  /** Only the real ffmpeg tool meets it; no program is started. */
  readonly onRealMedia?: boolean;
  /** It does not keep a film of another provider from being made. */
  readonly googleOnly?: boolean;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "an unknown text model": { env: { VIDPIPE_MODELS__STORYBOARD_LLM: "gpt-9" }, says: "gpt-9", googleOnly: true },
  "a retired image model": {
    env: { VIDPIPE_MODELS__IMAGE_GEN: "gemini-3.1-flash-image" },
    says: "gemini-3.1-flash-image has not answered",
    googleOnly: true,
  },
  "a text model that is to draw": {
    env: { VIDPIPE_MODELS__IMAGE_CONDITIONED: "gemini-3.8-flash" },
    says: "models.image_conditioned: gemini-3.8-flash makes text",
    googleOnly: true,
  },
  "a retired video model": {
    env: { VIDPIPE_MODELS__VIDEO_GEN: "veo-3.0-generate-001" },
    says: "models.video_gen: veo-3.0-generate-001 is no longer offered",
    googleOnly: true,
  },
  "a shape that no clip has": {
    env: { VIDPIPE_PIPELINE__DEFAULT_ASPECT_RATIO: "1:1" },
    says: "aspect ratio 1:1",
    googleOnly: true,
  },
  "a length that no clip has": {
    env: { VIDPIPE_PIPELINE__DEFAULT_CLIP_DURATION: "12" },
    says: "clip duration 12",
    googleOnly: true,
  },
  "a size that no clip has": {
    env: { VIDPIPE_GOOGLE_CLOUD__RESOLUTION: "8k" },
    says: "size 8k (google_cloud.resolution)",
    googleOnly: true,
  },
  "a model without a price": {
    env: { VIDPIPE_MODELS__STORYBOARD_LLM: "gemini-3.6-flash" },
    says: "the price of gemini-3.6-flash is not known",
    googleOnly: true,
  },
  "no credentials": { env: { GEMINI_API_KEY: "" }, says: "no usable credentials", googleOnly: true },
  "a bad catalog": { yaml: "catalog: {gpt-9: {}, x: {sizes: 3}}", says: "catalog.x.sizes" },
  "a crossfade longer than half a clip": {
    env: { VIDPIPE_PIPELINE__CROSSFADE_SECONDS: "9" },
    says: "crossfade of 9 s (pipeline.crossfade_seconds)",
  },
  "bad keys": { yaml: "pipelin: {}\nserver: {prot: 1}", says: "unknown key pipelin" },
  "bad values": { env: { VIDPIPE_SERVER__PORT: "x", VIDPIPE_STITCH__CRF: "99" }, says: "stitch.crf" },
  "a webhook without a secret": {
    env: { VIDPIPE_SERVER__WEBHOOK_URL: "https://example.com/hook" },
    says: "webhook_url needs a secret",
  },
  "no ffmpeg": { noFfmpeg: true, says: "no ffmpeg here" },
  "an ffmpeg that is not there": {
    env: { VIDPIPE_FFMPEG__PATH: "./none/ffmpeg" },
    onRealMedia: true,
    says: "none/ffmpeg",
  },
  "a films folder that cannot be made": {
    env: { VIDPIPE_STORAGE__TMP_DIR: "file/films" },
    onRealMedia: true,
    says: "the folder for temporary files cannot be made",
  },
  "a database that is none": {
    prepare: (folder) => writeFileSync(join(folder, "v.db"), "no database at all ".repeat(100)),
    says: "v.db",
  },
  "a database folder that cannot be made": {
    env: { VIDPIPE_STORAGE__DATABASE_URL: "sqlite:///file/v.db" },
    says: "cannot make the folder",
  },
};

/** What is never wrong by itself: films are made. */
const SOUND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "nothing set": {},
  "the offline provider": { VIDPIPE_PROVIDER: "offline" },
  "Google with a key": GOOGLE,
  "Google on Vertex AI": { VIDPIPE_PROVIDER: "google", GOOGLE_CLOUD_PROJECT: FAKE_PROJECT },
  "Google's models unused": { VIDPIPE_PROVIDER: "offline", VIDPIPE_MODELS__VIDEO_GEN: "veo-3.0-generate-001" },
  "a cap of nothing": { ...GOOGLE, VIDPIPE_PIPELINE__MAX_COST_USD: "0" },
};

afterAll(removeFolders);

/** A folder with these faults, what doctor says of it, and whether a film would be begun there. */
async function compare(env: Readonly<Record<string, string>>, faults: readonly Fault[], freeBytes?: number) {
  const folder = emptyFolder("examine");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "file"), "");
  writeFileSync(join(folder, "config.yaml"), faults.map(({ yaml = "" }) => yaml).join("\n"));
  for (const { prepare } of faults) prepare?.(folder);
  const sources = {
    flags: {},
    cwd: folder,
    // Named: what a file may set that was merely found is another question.
    file: "config.yaml",
    providers: PROVIDERS,
    env: Object.assign(
      { VIDPIPE_LOG__LEVEL: "silent", VIDPIPE_STORAGE__DATABASE_URL: "sqlite:///v.db" },
      env,
      ...faults.map((fault) => fault.env),
    ),
  };
  const parts = {
    ...(faults.some(({ onRealMedia }) => onRealMedia) ? {} : { media: mediaWith(faults) }),
    ...(freeBytes !== undefined && { artifacts: { ...createMemoryArtifacts(), freeBytes: async () => freeBytes } }),
  };
  const findings = await examineApp(inspectConfig(sources), { probe: false }, never, parts);
  const refusal = await admit(() => loadConfig(sources), parts);
  return { findings, refusal, fails: findings.filter(({ level }) => level === "fail") };
}

function mediaWith(faults: readonly Fault[]) {
  if (!faults.some(({ noFfmpeg }) => noFfmpeg)) return createFakeMedia();
  return createFakeMedia({
    findings: [MISSING],
    before(call) {
      if (call === "require") throw new VidpipeError("media.ffmpeg_missing", MISSING.message);
    },
  });
}

const MISSING: Finding = { topic: "ffmpeg", level: "fail", message: "no ffmpeg here", fix: "install it" };

/** What `generate` refuses a film of the configured defaults for; null when it would begin. */
async function admit(config: () => ReturnType<typeof loadConfig>, parts: Parameters<typeof createApp>[1]) {
  try {
    const app = await createApp(config(), parts);
    try {
      await app.service.admit({ prompt: "A film" }, {}, never);
      return null;
    } finally {
      await app.close();
    }
  } catch (thrown) {
    return asVidpipeError(thrown).message;
  }
}

describe("doctor and generate", () => {
  for (const [name, env] of Object.entries(SOUND))
    test(`both take ${name}`, async () => {
      const { fails, refusal } = await compare(env, []);
      expect(refusal).toBeNull();
      expect(fails).toEqual([]);
    });

  for (const [name, fault] of Object.entries(FAULTS)) {
    test(`both refuse ${name}`, async () => {
      const { fails, refusal } = await compare(GOOGLE, [fault]);
      expect(refusal).not.toBeNull();
      expect(fails.map(({ message }) => message).join("\n")).toContain(fault.says);
    });

    if (fault.googleOnly)
      test(`both take ${name} where another provider makes the film`, async () => {
        const { fails, refusal } = await compare({ ...GOOGLE, VIDPIPE_PROVIDER: "offline" }, [
          { ...fault, env: { ...fault.env, VIDPIPE_PROVIDER: "offline" } },
        ]);
        expect(refusal).toBeNull();
        expect(fails).toEqual([]);
      });
  }

  test("both refuse a full disk", async () => {
    const { fails, refusal } = await compare(GOOGLE, [], 1_000);
    expect(refusal).toContain("the disk is almost full");
    expect(fails.map(({ topic }) => topic)).toEqual(["disk"]);
  });

  test("agree on any faults together, and doctor says each of them", async () => {
    const names = Object.keys(FAULTS).filter((name) => FAULTS[name]?.onRealMedia !== true);
    await fc.assert(
      fc.asyncProperty(fc.subarray(names), async (chosen) => {
        // Two faults of one setting would hide each other.
        const faults = chosen.flatMap((name) => FAULTS[name] ?? []);
        const keys = faults.flatMap(({ env = {}, yaml }) => [
          ...Object.keys(env),
          ...(yaml === undefined ? [] : [yaml]),
        ]);
        fc.pre(
          new Set(keys).size === keys.length &&
            !(chosen.includes("a database that is none") && keys.includes("VIDPIPE_STORAGE__DATABASE_URL")),
        );
        const { fails, refusal } = await compare(GOOGLE, faults);
        expect(fails.length > 0).toBe(refusal !== null);
        const said = fails.map(({ message }) => message).join("\n");
        for (const { says } of faults) expect(said).toContain(says);
      }),
      { numRuns: 20 },
    );
  });

  test("a fault of the configuration makes no database in a default's place", async () => {
    const { findings } = await compare({ VIDPIPE_STORAGE__DATABASE_URL: "postgres://x" }, []);
    expect(findings.filter(({ topic }) => topic === "database")).toEqual([]);
  });
});

describe("doctor --probe", () => {
  const fake = createGoogleFake();
  afterAll(() => fake.stop());
  const probe = async (env: Readonly<Record<string, string>>) => {
    const folder = emptyFolder("probe");
    const all = { VIDPIPE_LOG__LEVEL: "silent", VIDPIPE_GOOGLE_CLOUD__GEMINI_BASE_URL: fake.url, ...env };
    const inspected = inspectConfig({ flags: {}, cwd: folder, providers: PROVIDERS, env: all });
    const findings = await examineApp(inspected, { probe: true }, never, { media: createFakeMedia() });
    return findings.filter(({ topic }) => topic === "google").map(({ level, message }) => `${level} ${message}`);
  };

  test("asks whether the login is taken and the models are there, and buys nothing", async () => {
    expect((await probe(GOOGLE)).at(-1)).toBe("ok Google takes the login and serves the models");
    expect(fake.requests.map(({ method, route }) => `${method} ${route}`)).toEqual(Array(3).fill("GET model"));
    const logins = { folder: emptyFolder("login") };
    const vertex = {
      VIDPIPE_PROVIDER: "google",
      GOOGLE_CLOUD_PROJECT: FAKE_PROJECT,
      VIDPIPE_GOOGLE_CLOUD__USE_VERTEX_AI: "true",
      VIDPIPE_GOOGLE_CLOUD__VERTEX_BASE_URL: fake.url,
      GOOGLE_APPLICATION_CREDENTIALS: fake.writeCredential(logins.folder),
    };
    expect((await probe(vertex)).at(-1)).toBe("ok Google takes the login and serves the models");
    expect(fake.bill).toEqual([]);
  });

  test("fails once for a key that is refused, and for each model that is not there", async () => {
    const refused = (await probe({ ...GOOGLE, GEMINI_API_KEY: "wrong" })).filter((line) => line.startsWith("fail"));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.join()).not.toContain("wrong");
    const gone = await probe({ ...GOOGLE, VIDPIPE_MODELS__STORYBOARD_LLM: "gemini-4-hydrogen" });
    expect(gone.at(-1)).toContain("gemini-4-hydrogen");
    expect(fake.bill).toEqual([]);
  });
});
