/** Wires the command line to this process: streams, signals, settings, exit code. */
import packageJson from "../package.json" with { type: "json" };
import type { CliContext, Sink } from "./cli/context.ts";
import type { Config } from "./config/load.ts";

/** Columns of a terminal that does not report its width. */
const usualColumns = 80;
/** The reader has gone or the terminal was closed. That does not stop a film, and cannot be reported. */
const READER_GONE = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

interface Stream extends Sink {
  /** Waits until everything is written. Resolves with the error code when a write failed. */
  finish(): Promise<string | undefined>;
}

function createStream(stream: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): Stream {
  const isTerminal = stream.isTTY && env.TERM !== "dumb";
  let written = Promise.resolve();
  let failed: string | undefined;
  const note = (error?: Error | null) => {
    const code = error && "code" in error ? String(error.code) : undefined;
    if (code !== undefined && !READER_GONE.has(code)) failed ??= code;
  };
  stream.on("error", note);
  const send = (text: string): Promise<void> =>
    new Promise((resolve) => {
      stream.write(text, (error) => {
        note(error);
        resolve();
      });
    });
  return {
    write(text) {
      const sent = send(text);
      written = written.then(() => sent);
    },
    async finish() {
      await written;
      return failed;
    },
    isTerminal,
    columns: () => stream.columns || usualColumns,
    isColored: isTerminal && !env.NO_COLOR,
  };
}

let input: ReadableStream<Uint8Array> | undefined;
/** Standard input from where it was read to; a question that takes one line leaves the rest to the next one. */
function stdinChunks(): AsyncIterable<Uint8Array> {
  input ??= Bun.stdin.stream();
  return input.values({ preventCancel: true });
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function onInterrupt(handler: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, handler);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handler);
  };
}

/** The whole program except `--version`, which must not load it. Returns the exit code. */
async function run(argv: readonly string[]): Promise<number> {
  const [
    { runCli },
    { providerNotices, PROVIDERS },
    { inspectConfig, loadConfig, processEnvironment },
    { createFolderTrust },
    { userFolderOf },
    { createSystemClock },
    { runEditor },
    { createUserRecords },
  ] = await Promise.all([
    import("./cli/main.ts"),
    import("./app/providers.ts"),
    import("./config/load.ts"),
    import("./config/folder-trust.ts"),
    import("./config/user-folder.ts"),
    import("./platform/clock.ts"),
    import("./platform/editor.ts"),
    import("./platform/user-records.ts"),
  ]);
  const env = processEnvironment();
  const umask = process.umask();
  const stdout = createStream(process.stdout, env);
  const stderr = createStream(process.stderr, env);
  const records = createUserRecords(userFolderOf(env, process.platform));
  const sources = { env, cwd: process.cwd(), providers: PROVIDERS, records };
  /** How the configuration is read once more. */
  let reread: (() => Config) | undefined;
  const context: CliContext = {
    version: packageJson.version,
    stdout,
    stderr,
    stdin: { isTerminal: process.stdin.isTTY, chunks: stdinChunks },
    clock: createSystemClock(),
    config(flags, file, trusted) {
      reread = () => loadConfig({ flags, file, trusted, ...sources });
      return reread();
    },
    inspectConfig: (flags, file) => inspectConfig({ flags, file, ...sources }),
    examine: async (...asked) => (await import("./app/examine.ts")).examineApp(...asked, { umask }),
    folders: createFolderTrust(records, env, PROVIDERS),
    providers: providerNotices(PROVIDERS),
    open: async (config) => (await import("./app/create-app.ts")).createApp(config, { umask, reread }),
    openJoiner: async (config) => (await import("./app/create-joiner.ts")).createJoiner(config),
    edit: (path) => runEditor(env.VISUAL?.trim() || env.EDITOR?.trim() || "vi", path),
    onInterrupt,
    exitNow: (code) => process.exit(code),
  };
  const exitCode = await runCli(argv, context);
  const lost = await stdout.finish();
  if (lost !== undefined) stderr.write(`error: standard output could not be written (${lost})\n`);
  await stderr.finish();
  return lost === undefined ? exitCode : exitCode || 1;
}

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
  process.stdout.write(`${packageJson.version}\n`);
} else {
  process.exit(await run(argv));
}
