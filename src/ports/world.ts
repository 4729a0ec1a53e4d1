import { VidpipeError } from "../domain/errors.ts";
import type { Project } from "../domain/project.ts";
import type { ArtifactStore } from "./files.ts";
import type { Leases } from "./leases.ts";
import type { Captions, MediaTool } from "./media.ts";
import type { ModelProvider } from "./provider.ts";
import type { Repository } from "./repository.ts";
import type { Clock, Log, ProcessIdentity, RandomSource } from "./runtime.ts";

/**
 * The set of ports: everything the core reaches outside itself, as one argument. It is built once per process in
 * `app/create-app.ts`; what needs only a part of it says which with `Pick<World, ...>`. Tests build it from fakes.
 */
export interface World {
  /** By name and by every former name, which old projects keep. */
  readonly providers: ReadonlyMap<string, ModelProvider>;
  readonly media: MediaTool;
  readonly captions: Captions;
  readonly artifacts: ArtifactStore;
  readonly repository: Repository;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly owner: ProcessIdentity;
  readonly random: RandomSource;
  readonly log: Log;
}

/** The provider of a project. @throws VidpipeError provider.not_configured */
export function providerOf({ providers }: Pick<World, "providers">, { models }: Project): ModelProvider {
  const provider = providers.get(models.provider);
  if (provider !== undefined) return provider;
  throw new VidpipeError(
    "provider.not_configured",
    `this project was made with provider "${models.provider}", which is not configured: set it up, then resume`,
  );
}
