import { VidpipeError } from "../domain/errors.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { World } from "../ports/world.ts";

/** Something that has to be so before a new film may be bought. */
export interface FilmNeed {
  /** What it is about, as `doctor` says it: `ffmpeg`, `disk`, `webhook`, or the name of the provider. */
  readonly topic: string;
  /** @throws VidpipeError when it is not so */
  check(signal: AbortSignal): Promise<void>;
}

/** What the needs of a film are looked up in. */
export interface NeedsDeps extends Pick<World, "media" | "artifacts"> {
  /** @throws VidpipeError provider.not_configured when it cannot be used yet */
  readonly requireCredentials: (provider: ModelProvider) => void;
  /** Whether messages may be sent to a URL. @throws VidpipeError input.invalid */
  readonly checkWebhook?: ((url: string) => void) | undefined;
  /** Free bytes below which nothing new is started. */
  readonly freeFloorBytes: number;
}

/**
 * What a new film needs besides models that can make it. A new film is refused for the first that is not so; `doctor`
 * looks at all of them, so that the two cannot differ.
 */
export const filmNeeds = (deps: NeedsDeps, provider: ModelProvider, webhookUrl: string | null): readonly FilmNeed[] => [
  { topic: provider.name, check: async () => deps.requireCredentials(provider) },
  { topic: "webhook", check: async () => void (webhookUrl !== null && deps.checkWebhook?.(webhookUrl)) },
  { topic: "ffmpeg", check: (signal) => deps.media.require(signal) },
  {
    topic: "disk",
    async check() {
      if ((await deps.artifacts.freeBytes()) < deps.freeFloorBytes)
        throw new VidpipeError("storage.full", "the disk is almost full: nothing was made; make room, then try again");
    },
  },
];
