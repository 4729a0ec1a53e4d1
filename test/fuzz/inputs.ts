/** What strangers and tired people type and send, by the ten thousand: ids, names, settings, files, headers, addresses. */
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import fc from "fast-check";
import { createHostRule } from "../../src/api/middleware/host-check.ts";
import { PROVIDERS } from "../../src/app/providers.ts";
import { plain } from "../../src/cli/output/text.ts";
import { loadConfig } from "../../src/config/load.ts";
import { createSettingTable } from "../../src/config/setting-table.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import { ProjectId, ProjectIdPrefix } from "../../src/domain/ids.ts";
import { readBatch } from "../../src/formats/batch.ts";
import { readStoryboard } from "../../src/formats/read-storyboard.ts";
import { readHeader, tarHeader } from "../../src/storage/archive/tar.ts";
import { createArtifactStore } from "../../src/storage/files/artifact-store.ts";
import { checkWebhookUrl } from "../../src/webhooks/address.ts";
import { createManualClock } from "../support/manual-clock.ts";

/** Says what is wrong with how one input is taken; null when nothing is. */
type Verdict = () => string | null;

const NASTY = [
  "",
  ".",
  "..",
  "../",
  "/",
  "\\",
  "\0",
  "\n",
  "\u001b[2J",
  "\u202e",
  "\ud800",
  "%2e%2e%2f",
  "~",
  "-",
  "$(id)",
];
const WORDS = [
  "localhost",
  "127.0.0.1",
  "169.254.169.254",
  "[::1]",
  "a@b",
  "1e309",
  "NaN",
  "null",
  "true",
  "0x7f",
  "é",
  "猫",
];
const UUID = "019aa0b0-c0d0-7000-8000-000000000001";
const secret = "AIzaCANARY0123456789abcdefghij";

const junk = fc.oneof(
  fc.constantFrom(...NASTY, ...WORDS, UUID),
  fc.string({ maxLength: 30, unit: "binary" }),
  fc.integer().map(String),
);
/** Junk put together, or put into something that is right. */
const near = (...right: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.array(junk, { maxLength: 4 }).map((parts) => parts.join("")),
    fc.tuple(fc.constantFrom(...right), fc.nat(200), fc.nat(3), junk).map(([text, at, length, piece]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + piece + text.slice(place + length);
    }),
  );

/** A refusal must be one of ours, of the right kind, in one line once it is printed. */
function refusal(thrown: unknown, codes: readonly string[]): string | null {
  if (!(thrown instanceof VidpipeError)) return `threw ${String(thrown)}`;
  if (!codes.includes(thrown.code)) return `${thrown.code}: ${thrown.message}`;
  if (/[\p{Cc}\p{Cs}]/u.test(plain(thrown.message))) return "its message can drive a terminal";
  return thrown.message.includes(secret) ? "its message shows a key" : null;
}

function tried(codes: readonly string[], work: () => string | null): string | null {
  try {
    return work();
  } catch (thrown) {
    return refusal(thrown, codes);
  }
}

const ids = near(UUID, UUID.slice(0, 8)).map(
  (typed): Verdict =>
    () => {
      const prefix = ProjectIdPrefix.safeParse(typed);
      if (prefix.success && !/^[0-9a-f-]{4,36}$/.test(prefix.data)) return "is taken for the start of an id";
      const whole = ProjectId.safeParse(typed);
      return whole.success && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(whole.data)
        ? "is taken for an id"
        : null;
    },
);

const root = join(tmpdir(), "vidpipe-fuzz-nowhere");
const store = createArtifactStore(
  { root },
  { owner: { self: "fuzz", isLive: () => true }, clock: createManualClock() },
);
const names = near(`${UUID}/clip-00-0123456789ab.mp4`, `${UUID}/final.mp4`).map(
  (key): Verdict =>
    () =>
      tried(["storage.damaged"], () => {
        const path = store.pathOf(key);
        return dirname(dirname(path)) === root && path.startsWith(root + sep) ? null : `leads to ${path}`;
      }),
);

const archived = fc.tuple(near("artifacts/clip.mp4"), fc.nat(511), fc.nat(255), fc.boolean()).map(
  ([name, at, byte, isSigned]): Verdict =>
    () =>
      tried(["input.invalid", "internal"], () => {
        const header = tarHeader("artifacts/clip-00-0123456789ab.mp4", 7);
        const bytes = new TextEncoder().encode(name.slice(0, 90));
        if (bytes.length <= 100) header.set(bytes);
        header[at] = byte;
        if (isSigned) sign(header);
        const read = readHeader(header);
        return /^[\x21-\x7e]+$/.test(read.name) && Number.isSafeInteger(read.bytes) && read.bytes >= 0
          ? null
          : `is read as ${JSON.stringify(read)}`;
      }),
);

/** Makes the checksum of a tar header right, as a forger would. */
function sign(header: Uint8Array): void {
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
}

const folder = mkdtempSync(join(tmpdir(), "vidpipe-fuzz-"));
process.on("exit", () => rmdirSync(folder));
const variable = fc
  .tuple(fc.constantFrom(...createSettingTable(PROVIDERS).keys), junk, fc.boolean())
  .map(([key, extra, isKnown]) => `VIDPIPE_${key.toUpperCase().replaceAll(".", "__")}${isKnown ? "" : extra}`);
const settings = fc
  .dictionary(
    fc.oneof(variable, fc.constantFrom("GEMINI_API_KEY", "HOME", "GOOGLE_GEMINI_BASE_URL")),
    near("10", "true", "https://x.googleapis.com"),
    {
      maxKeys: 4,
    },
  )
  .map(
    (env): Verdict =>
      () =>
        tried(["config.invalid"], () => {
          const config = loadConfig({
            flags: {},
            env: { ...env, GOOGLE_API_KEY: secret },
            cwd: folder,
            providers: PROVIDERS,
          });
          const shown = JSON.stringify(config.settings);
          return shown.includes(secret) ? "shows a key" : null;
        }),
  );

const BOARD = [
  "title: Night",
  "style_guide: noir",
  "characters: [{name: Mika, description: a cat}]",
  "scenes:",
  "  - title: One",
  "    start_frame: a",
  "    end_frame: b",
  "    motion: pan",
  "    transition: {kind: dip, seconds: 1}",
].join("\n");
const told = (problems: readonly { readonly message: string }[]): string | null =>
  problems.every(({ message }) => plain(message).length > 0 && !/[\p{Cc}]/u.test(plain(message)))
    ? null
    : "a problem of it can drive a terminal";
const boards = near(BOARD, `- prompt: A cat.\n  scenes: 3\n`).map(
  (text): Verdict =>
    () =>
      tried(["input.invalid"], () => {
        const reading = readStoryboard(text, "film.yaml");
        return told(reading.storyboard === null ? reading.problems : reading.warnings);
      }),
);
const batches = fc.tuple(near("- prompt: A cat.\n  scenes: 3\n", 'prompt,scenes\n"A, cat",3\n'), fc.boolean()).map(
  ([text, isCsv]): Verdict =>
    () =>
      tried(["input.invalid"], () => told(readBatch(text, isCsv ? "films.csv" : "films.yaml").problems)),
);

const answersTo = createHostRule({ host: "127.0.0.1", port: 8000 });
const OWN = new Set(["127.0.0.1:8000", "localhost:8000", "[::1]:8000"]);
const hosts = near(...OWN, "localhost:80").map(
  (typed): Verdict =>
    () =>
      answersTo(typed) === OWN.has(typed) ? null : "is answered to, or is not",
);

/** As addresses, not as the beginnings of names. */
const PRIVATE = /^(localhost\.?|(127|10|0)(\.\d+){3}|(169\.254|192\.168)(\.\d+){2}|\[(::|f[cde]).*)$/;
const hooks = near("https://hooks.example.com/a?b=c", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]:8443/x").map(
  (typed): Verdict =>
    () =>
      tried(["input.invalid"], () => {
        const url = checkWebhookUrl(typed, []);
        const isFine = url.protocol === "https:" && url.username === "" && !PRIVATE.test(url.hostname);
        return isFine ? null : `is taken as ${url.href}`;
      }),
);

const KINDS = { ids, names, archived, settings, boards, batches, hosts, hooks };

/** Milliseconds that no single input may take; generous, since the machine may be busy. */
const patienceMs = 5_000;
const chunk = 10_000;

/** Tries so many inputs of all kinds. Returns a line for each that was not taken as it should be. */
export function fuzzInputs(count: number, seed: number): readonly string[] {
  const kinds = Object.entries(KINDS);
  const complaints: string[] = [];
  for (let done = 0; done < count; done += chunk) {
    for (const [name, inputs] of kinds) {
      const numRuns = Math.ceil(Math.min(chunk, count - done) / kinds.length);
      for (const [place, verdict] of fc.sample(inputs, { numRuns, seed: seed + done }).entries()) {
        const began = performance.now();
        const fault = verdict();
        const isSlow = performance.now() - began > patienceMs;
        if (fault !== null || isSlow)
          complaints.push(`${name} seed ${seed + done} place ${place}: ${fault ?? "took too long"}`);
      }
    }
  }
  return complaints;
}
