import type { Aspect, FilmRequest, ProviderOptions, Until } from "../../data/api-types.ts";

/** The form of a new film. An empty text means the server's default. */
export interface Draft {
  readonly prompt: string;
  readonly style: string;
  readonly aspect: Aspect;
  readonly clipSeconds: number;
  /** 0: as many as the story needs. */
  readonly scenes: number;
  readonly crossfadeSeconds: number;
  /** Makes the full film. */
  readonly provider: string;
  readonly seed: string;
  /** Where it stops for a review. */
  readonly until: Until;
  /** Used instead of a storyboard written for the prompt. */
  readonly story: StoryboardFile | null;
}

/** JSON read from a file; the server checks that it is a storyboard. */
export interface StoryboardFile {
  readonly name: string;
  readonly storyboard: object;
}

export const EMPTY_DRAFT: Draft = {
  prompt: "",
  style: "",
  aspect: "16:9",
  clipSeconds: 6,
  scenes: 0,
  crossfadeSeconds: 0,
  provider: "auto",
  seed: "",
  until: "film",
  story: null,
};

/** Used until the server has answered which clip lengths its models offer. */
export const usualClipSeconds = [4, 6, 8];

/** The request for a draft; a crossfade is at most half a clip. */
export function requestOf(draft: Draft): FilmRequest {
  const seed = draft.seed.trim();
  const prompt = draft.prompt.trim();
  return {
    ...(prompt !== "" && { prompt }),
    ...(draft.story && { storyboard: draft.story.storyboard }),
    aspect_ratio: draft.aspect,
    clip_duration: draft.clipSeconds,
    crossfade: Math.min(draft.crossfadeSeconds, draft.clipSeconds / 2),
    ...(draft.style.trim() !== "" && { style: draft.style.trim() }),
    ...(draft.until !== "film" && { until: draft.until }),
    ...(draft.scenes > 0 && draft.story === null && { scenes: draft.scenes }),
    ...(/^\d+$/.test(seed) && { seed: Number(seed) }),
  };
}

/** The draft with the server's defaults where nothing was chosen. */
export function withDefaults(draft: Draft, { defaults, providers }: ProviderOptions): Draft {
  const isUntouched = (name: "aspect" | "clipSeconds" | "crossfadeSeconds") => draft[name] === EMPTY_DRAFT[name];
  return {
    ...draft,
    ...(draft.provider === EMPTY_DRAFT.provider && { provider: providers.find(isRemote)?.name ?? draft.provider }),
    ...(isUntouched("aspect") && { aspect: defaults.aspect_ratio }),
    ...(isUntouched("clipSeconds") && {
      clipSeconds: nearest(defaults.clip_duration, lengthsOf(providers, draft.provider)),
    }),
    ...(isUntouched("crossfadeSeconds") && { crossfadeSeconds: defaults.crossfade }),
  };
}

/** Whether a provider's film is the full one, made elsewhere. */
export const isRemote = ({ local }: ProviderOptions["providers"][number]): boolean => !local;

/** Clip lengths of the full film's provider, seconds; an offline film uses the same. */
export function lengthsOf(providers: ProviderOptions["providers"], name: string): readonly number[] {
  const paid = providers.find((provider) => provider.name === name) ?? providers.find(isRemote);
  return paid?.clip_durations ?? usualClipSeconds;
}

const nearest = (wanted: number, offered: readonly number[]): number =>
  offered.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0] ?? wanted;
