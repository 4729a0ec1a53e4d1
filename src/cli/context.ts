import type { Config, PartialSettings } from "../config/load.ts";
import type { Clock } from "../ports/runtime.ts";
import type { EditingService } from "../services/editing.ts";
import type { IntegrityService } from "../services/integrity.ts";
import type { Library } from "../services/library.ts";
import type { ProjectService } from "../services/projects.ts";
import type { TransferService } from "../services/transfer.ts";

/** One of the two streams people and programs read. Writing never fails: a reader that left is no error. */
export interface Sink {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width in characters right now; it changes while somebody drags the window. */
  columns(): number;
  /** Whether colours are wanted: a terminal that knows them, and no NO_COLOR. */
  readonly isColored: boolean;
}

/** The parts of the program that commands work with. */
export interface OpenApp {
  readonly service: ProjectService;
  readonly editing: EditingService;
  readonly integrity: IntegrityService;
  readonly transfer: TransferService;
  readonly library: Library;
  /** Starts the HTTP server and takes up what a dead process left unfinished. @throws VidpipeError server.unavailable */
  serve(host: string, port: number): Promise<{ readonly url: string; stop(): Promise<void> }>;
  /** Stops all work cleanly; everything made is kept. */
  close(): Promise<void>;
}

/** The world of the command line; main.ts wires the real one. */
export interface CliContext {
  readonly version: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: { readonly isTerminal: boolean; chunks(): AsyncIterable<Uint8Array> };
  readonly clock: Clock;
  /** Lets the user change a file in their editor, on this terminal. Resolves with the editor's exit code. */
  edit(path: string): Promise<number>;
  /** Effective settings. @throws VidpipeError config.invalid */
  config(flags: PartialSettings, file: string | undefined): Config;
  /** The providers there are, and what is said when `auto` chose one. */
  readonly providers: readonly { readonly name: string; readonly autoReason: string }[];
  /** Opens the database and everything else. @throws VidpipeError storage.unusable and others */
  open(config: Config): Promise<OpenApp>;
  /** Calls `handler` for every Ctrl-C, SIGTERM and hang-up until the returned function is called. */
  onInterrupt(handler: () => void): () => void;
  /** Ends the process at once. */
  exitNow(code: number): void;
}
