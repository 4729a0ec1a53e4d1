import { createJoiner } from "../../src/app/create-joiner.ts";
import { PROVIDERS, providerNotices } from "../../src/app/providers.ts";
import type { CliContext, Sink } from "../../src/cli/context.ts";
import { runCli } from "../../src/cli/main.ts";
import { createFolderTrust } from "../../src/config/folder-trust.ts";
import { type Config, inspectConfig, loadConfig } from "../../src/config/load.ts";
import { createUserRecords } from "../../src/platform/user-records.ts";
import type { Finding, MediaTool } from "../../src/ports/media.ts";
import type { ModelProvider } from "../../src/ports/provider.ts";
import type { Clock } from "../../src/ports/runtime.ts";
import type { UserRecords } from "../../src/ports/user-records.ts";
import type { EditingService } from "../../src/services/editing.ts";
import type { IntegrityService } from "../../src/services/integrity.ts";
import { createLibrary } from "../../src/services/library.ts";
import type { TransferService } from "../../src/services/transfer.ts";
import { createUserFolder } from "../../src/storage/files/open-folder.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import type { FakeService } from "../support/fake-service.ts";
import { createFakeService, FAKE_NOW_MS } from "../support/fake-service.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { createMemoryArtifacts } from "../support/memory-artifacts.ts";
import { createTestApp, type ProcessChanges, type TestStores } from "../support/test-app.ts";

export interface CliOptions {
  readonly service?: FakeService;
  /** Backups and checks; without it there are none to make. */
  readonly integrity?: Partial<IntegrityService>;
  readonly env?: Readonly<Record<string, string>>;
  /** What `doctor` finds. */
  readonly findings?: readonly Finding[];
  /** The current folder; its files are found. */
  readonly folder?: string;
  /** What the user has decided before; without it nothing, and nothing can be kept. */
  readonly records?: UserRecords;
  /** Makes stdout and stderr a terminal of this width. */
  readonly columns?: number;
  readonly isColored?: boolean;
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Whether somebody types there. */
  readonly stdinIsTerminal?: boolean;
  /** What happens instead of opening the program. */
  readonly openFails?: Error;
  readonly editing?: Partial<EditingService>;
  /** Folder of its library; without it there is an empty one. */
  readonly library?: string;
  readonly transfer?: TransferService;
  /** What `join` joins with; without it there is a fake. */
  readonly media?: MediaTool;
  /** What happens instead of starting the server. */
  readonly serveFails?: Error;
  /** A world of real projects, instead of the fake service: every command is a new process on it. */
  readonly ground?: TestStores<ModelProvider>;
  /** What is special about the processes on it. */
  readonly changes?: ProcessChanges;
  /** What the user does in the editor; the exit code is 0 unless given. */
  readonly edit?: (path: string) => Promise<number | undefined>;
}

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON lines. */
  readonly objects: Record<string, unknown>[];
}

export interface Cli {
  readonly service: FakeService;
  run(...argv: string[]): Promise<Outcome>;
  /** Lets time pass, in ms. */
  advance(ms: number): void;
  /** Ctrl-C. */
  interrupt(): void;
  /** What was done to the program beside calls of the service: `open`, `close`, `serve ...`, `exit 130`. */
  readonly deeds: readonly string[];
  /** The log level of every program that was opened. */
  readonly logLevels: readonly string[];
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** Films of a world of real projects cost something: nobody has to agree to it unless a test says so. */
const FREE_HAND = { VIDPIPE_PIPELINE__CONFIRM_ABOVE_USD: "1000" };

/** A clock that stands still until it is pushed. */
function createStillClock(): Clock & { advance(ms: number): void } {
  let now = FAKE_NOW_MS;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    monotonic: () => now,
    sinceBoot: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      }),
    advance(ms) {
      now += ms;
      for (const sleeper of sleepers) {
        if (sleeper.at > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}

const unused = () => Promise.reject(new Error("not in this test"));
const nobodyKeeps: IntegrityService = {
  backUp: unused,
  verify: unused,
  collect: unused,
  putBack: unused,
  tidy: unused,
  checkDaily: unused,
};
const nobodyDirects: EditingService = {
  forecast: unused,
  forecastEdit: unused,
  editStoryboard: unused,
  quoteRetake: unused,
  retake: unused,
  takes: unused,
  pick: unused,
  receive: unused,
  setFile: unused,
  forecastFile: unused,
  cast: unused,
  reference: unused,
  setReferences: unused,
  history: unused,
  revert: unused,
};

const noArchive = (): never => {
  throw new Error("this test has no archivist");
};
const nobodyArchives: TransferService = {
  exportTimeline: noArchive,
  exportSidecars: noArchive,
  exportBundle: noArchive,
  importBundle: noArchive,
  fork: noArchive,
};

const noStdin: AsyncIterable<Uint8Array> = (async function* () {})();

/** Looks at whether a command that only waits for a real file has gone on; a true deadlock shows after these. */
const fileTurns = 20_000;

/** Runs virtual time for a command; it reads real files too, which virtual time knows nothing of. */
async function runOn<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  for (let turns = 1; ; turns++) {
    try {
      return await clock.run(work);
    } catch (deadlock) {
      if (turns > fileTurns) throw deadlock;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** The command line with a fake program behind it; nothing of this machine is read but the files a test names. */
export function createCli(options: CliOptions = {}): Cli {
  const service = options.service ?? createFakeService();
  const clock = createStillClock();
  const records = options.records ?? createUserRecords(null);
  const deeds: string[] = [];
  const logLevels: string[] = [];
  const handlers = new Set<() => void>();
  const sink = (written: string[]): Sink => ({
    write: (text) => void written.push(text),
    isTerminal: options.columns !== undefined,
    columns: () => options.columns ?? 80,
    isColored: options.isColored ?? false,
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  const sources = {
    env: { ...(options.ground && FREE_HAND), ...options.env },
    cwd: options.folder ?? import.meta.dir,
    providers: PROVIDERS,
    records,
  };
  const context: CliContext = {
    version: "9.9.9",
    stdout: sink(stdout),
    stderr: sink(stderr),
    stdin: { isTerminal: options.stdinIsTerminal ?? false, chunks: () => options.stdin ?? noStdin },
    clock: options.ground?.clock ?? clock,
    edit: async (path) => {
      deeds.push("edit");
      return (await options.edit?.(path)) ?? 0;
    },
    config: (flags, file, trusted): Config => loadConfig({ flags, file, trusted, ...sources }),
    inspectConfig: (flags, file) => inspectConfig({ flags, file, ...sources }),
    examine: async ({ config, problems }) => {
      deeds.push("examine");
      logLevels.push(config.log.level);
      const wrong = problems.map((message): Finding => ({ topic: "configuration", level: "fail", message, fix: null }));
      return [...wrong, ...(options.findings ?? [])];
    },
    folders: createFolderTrust(records, {}, PROVIDERS),
    providers: providerNotices(PROVIDERS),
    async open({ log }) {
      deeds.push("open");
      logLevels.push(log.level);
      if (options.openFails) throw options.openFails;
      const testApp = options.ground && createTestApp(options.ground, options.changes);
      return {
        service: testApp?.service ?? service,
        editing: testApp?.editing ?? { ...nobodyDirects, ...options.editing },
        integrity: { ...nobodyKeeps, ...options.integrity },
        transfer: options.transfer ?? nobodyArchives,
        adoption: { adopt: () => void deeds.push("adopt") },
        async repairModes() {
          deeds.push("repair modes");
          return 3;
        },
        library: createLibrary(createUserFolder(options.library ?? "/nonexistent"), {
          artifacts: createMemoryArtifacts(),
          media: createFakeMedia(),
        }),
        async serve(host, port) {
          deeds.push(`serve ${host} ${port}`);
          if (options.serveFails) throw options.serveFails;
          return { url: `http://${host}:${port}/`, stop: async () => void deeds.push("stop server") };
        },
        async close() {
          deeds.push("close");
          await testApp?.service.stop();
          testApp?.kill();
        },
      };
    },
    async openJoiner(config) {
      deeds.push("open joiner");
      return createJoiner(config, { media: options.media ?? createFakeMedia() });
    },
    onInterrupt(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    exitNow: (code) => void deeds.push(`exit ${code}`),
  };
  return {
    service,
    deeds,
    logLevels,
    stdout,
    stderr,
    advance: clock.advance,
    interrupt() {
      for (const handler of handlers) handler();
    },
    async run(...argv) {
      const from = [stdout.length, stderr.length] as const;
      const work = runCli(argv, context);
      const exitCode = await (options.ground === undefined ? work : runOn(options.ground.clock, work));
      const text = stdout.slice(from[0]).join("");
      return {
        exitCode,
        stdout: text,
        stderr: stderr.slice(from[1]).join(""),
        get objects() {
          return text
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line));
        },
      };
    },
  };
}
