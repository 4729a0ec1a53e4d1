import type { ArtifactStore } from "./files.ts";
import type { Captions, MediaTool } from "./media.ts";
import type { ModelProvider } from "./provider.ts";
import type { Repository } from "./repository.ts";
import type { Clock, Log, ProcessIdentity, RandomSource } from "./runtime.ts";

/** Everything the core needs, as one argument. */
export interface World {
  /** By name and by every former name, which old projects keep. */
  readonly providers: ReadonlyMap<string, ModelProvider>;
  readonly media: MediaTool;
  readonly captions: Captions;
  readonly artifacts: ArtifactStore;
  readonly repository: Repository;
  readonly clock: Clock;
  readonly owner: ProcessIdentity;
  readonly random: RandomSource;
  readonly log: Log;
}
