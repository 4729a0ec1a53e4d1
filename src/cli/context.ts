import type { FolderTrust } from "../config/folder-trust.ts";
import type { Config, InspectedConfig, PartialSettings } from "../config/load.ts";
import type { TrustedKeys } from "../config/trust.ts";
import type { Finding } from "../ports/media.ts";
import type { Clock } from "../ports/runtime.ts";
import type { Adoption } from "../services/adoption.ts";
import type { EditingService } from "../services/editing.ts";
import type { IntegrityService } from "../services/integrity.ts";
import type { FileJoiner } from "../services/join-files.ts";
import type { Library } from "../services/library.ts";
import type { ProjectService } from "../services/projects.ts";
import type { TransferService } from "../services/transfer.ts";

/** Standard output or standard error. Writing never fails: a reader that has gone away is not an error. */
export interface Sink {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width in characters right now; it changes when the window is resized. */
  columns(): number;
  /** Whether to print colours: a terminal that supports them, and NO_COLOR is not set. */
  readonly isColored: boolean;
}

/** The services that commands call. */
export interface OpenApp {
  readonly service: ProjectService;
  readonly editing: EditingService;
  readonly integrity: IntegrityService;
  readonly transfer: TransferService;
  readonly library: Library;
  /** Takes what is kept here from other users. Returns how many files and folders were changed. @throws VidpipeError as DataModes.repair */
  repairModes(): Promise<number>;
  readonly adoption: Pick<Adoption, "adopt">;
  /** Resumes what an ended process left unfinished, then answers HTTP. @throws VidpipeError server.unavailable, config.invalid */
  serve(host: string, port: number): Promise<{ readonly url: string; stop(): Promise<void> }>;
  /** Stops all work cleanly and closes the database; everything made is kept. */
  close(): Promise<void>;
}

/** What the command line needs of the process; main.ts wires the real one. */
export interface CliContext {
  readonly version: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: { readonly isTerminal: boolean; chunks(): AsyncIterable<Uint8Array> };
  readonly clock: Clock;
  /** Opens a file in the user's editor on this terminal. Resolves with the editor's exit code. */
  edit(path: string): Promise<number>;
  /**
   * Effective settings; `trusted` is the hash of a found folder that the user has just said to count.
   * @throws VidpipeError config.invalid
   */
  config(flags: PartialSettings, file: string | undefined, trusted?: TrustedKeys): Config;
  /** The same with everything that is wrong listed, instead of refused. */
  inspectConfig(flags: PartialSettings, file: string | undefined): InspectedConfig;
  /** All that is found of this machine and this configuration; spends nothing. */
  examine(
    inspected: InspectedConfig,
    options: { readonly probe: boolean },
    signal: AbortSignal,
  ): Promise<readonly Finding[]>;
  readonly folders: FolderTrust;
  /** The providers there are, and what is said when `auto` chose one. */
  readonly providers: readonly { readonly name: string; readonly autoReason: string }[];
  /** Opens the database and all services. @throws VidpipeError storage.unusable and others */
  open(config: Config): Promise<OpenApp>;
  /** What joins files without a project; opens and makes nothing. */
  openJoiner(config: Config): Promise<FileJoiner>;
  /** Calls `handler` for every Ctrl-C, SIGTERM and hang-up until the returned function is called. */
  onInterrupt(handler: () => void): () => void;
  /** Ends the process at once. */
  exitNow(code: number): void;
}
