import type { ComponentChildren } from "preact";
import type { Aspect, FilmRequest, ProviderOptions as Known, Until } from "../data/api-types.ts";
import { length } from "../data/words.ts";

/** The form as it stands; empty texts leave a thing to the server's configuration. */
export interface Draft {
  readonly prompt: string;
  readonly style: string;
  readonly aspect: Aspect;
  readonly clipSeconds: number;
  /** 0: the storyboard decides. */
  readonly scenes: number;
  readonly crossfadeSeconds: number;
  /** Who makes the real thing. */
  readonly provider: string;
  readonly seed: string;
  /** Spending limit in US dollars, as typed; empty follows the estimate. */
  readonly limit: string;
  /** Where it stops for a look. */
  readonly until: Until;
  /** Filmed instead of one that is written for the prompt. */
  readonly story: StoryFile | null;
}

/** A storyboard as it was read from a file; the server says whether it is one. */
export interface StoryFile {
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
  limit: "",
  until: "film",
  story: null,
};

export const EXAMPLES = [
  {
    name: "A fox in winter",
    prompt:
      "A red fox crosses a snowy valley at dawn. She finds a frozen lake, hears the ice sing, and follows the sound to a lighthouse where an old keeper has left the door open.",
  },
  {
    name: "The last ferry",
    prompt:
      "Evening in a small harbour. A violinist runs along the pier and misses the last ferry. She sits down and plays anyway, and the ferry turns around.",
  },
  {
    name: "Balcony garden",
    prompt:
      "A seed falls on a concrete balcony high above a grey city. Rain, sun, months pass. A single tomato plant becomes a garden, and the neighbours begin to plant their own.",
  },
] as const;

const STYLES = [
  "cinematic",
  "documentary",
  "watercolour animation",
  "film noir",
  "stop motion",
  "anime",
  "35mm, 1970s",
];
const ASPECTS = [
  { aspect: "16:9", name: "Wide" },
  { aspect: "9:16", name: "Tall" },
  { aspect: "1:1", name: "Square" },
] as const;
/** Until the server has said what its models make. */
const usualClipSeconds = [4, 6, 8];
const usualMaxScenes = 15;
const STOPS = [
  { value: "film", label: "No stop" },
  { value: "storyboard", label: "Storyboard" },
  { value: "keyframes", label: "Stills" },
  { value: "animatic", label: "Animatic" },
  { value: "clips", label: "Clips" },
] as const satisfies readonly { value: Until; label: string }[];
const maxSeed = 4_294_967_295;

/** What is sent for a draft; a crossfade never exceeds half a clip. */
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

/** The form as the server's configuration has it, unless something was chosen already. */
export function withDefaults(draft: Draft, { defaults, providers }: Known): Draft {
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

const isRemote = ({ local }: Known["providers"][number]): boolean => !local;

/** Clip lengths of the provider that films the real thing; the offline film follows it. */
function lengthsOf(providers: Known["providers"], name: string): readonly number[] {
  const paid = providers.find((provider) => provider.name === name) ?? providers.find(isRemote);
  return paid?.clip_durations ?? usualClipSeconds;
}

const nearest = (wanted: number, offered: readonly number[]): number =>
  offered.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0] ?? wanted;

/** How the film looks and how long it is. */
export function ProviderOptions(props: { draft: Draft; known: Known | null; change(part: Partial<Draft>): void }) {
  const { draft, known, change } = props;
  const lengths = lengthsOf(known?.providers ?? [], draft.provider);
  return (
    <div class="choices">
      <Style draft={draft} usual={known?.defaults.style ?? "cinematic"} change={change} />
      <Options
        legend="Picture"
        name="aspect"
        options={ASPECTS.map(({ aspect, name }) => ({
          value: aspect,
          label: (
            <>
              <span class={`shape shape-${name.toLowerCase()}`} aria-hidden="true" /> {name}
              <span class="faint"> {aspect}</span>
            </>
          ),
        }))}
        value={draft.aspect}
        onChange={(aspect) => change({ aspect })}
      />
      <Options
        legend="Each clip"
        name="clip"
        options={lengths.map((value) => ({ value, label: `${value} s` }))}
        value={draft.clipSeconds}
        onChange={(clipSeconds) => change({ clipSeconds })}
      />
      {draft.story === null && (
        <Slider
          label="Scenes"
          value={draft.scenes}
          max={known?.defaults.max_scenes ?? usualMaxScenes}
          step={1}
          words={draft.scenes === 0 ? "As needed" : String(draft.scenes)}
          onChange={(scenes) => change({ scenes })}
        />
      )}
      <Slider
        label="Crossfade"
        value={Math.min(draft.crossfadeSeconds, draft.clipSeconds / 2)}
        max={Math.min(2, draft.clipSeconds / 2)}
        step={0.1}
        words={draft.crossfadeSeconds === 0 ? "Hard cuts" : length(draft.crossfadeSeconds)}
        onChange={(crossfadeSeconds) => change({ crossfadeSeconds })}
      />
      <Options
        legend="Stop after"
        name="until"
        options={STOPS}
        value={draft.until}
        onChange={(until) => change({ until })}
      />
      <details class="further">
        <summary>More</summary>
        <div class="further-fields">
          <label class="field">
            <span>Who films the real thing</span>
            <select value={draft.provider} onChange={(event) => change({ provider: event.currentTarget.value })}>
              {known?.providers.filter(isRemote).map(({ name, label }) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
              <option value="auto">As the server is set up</option>
            </select>
          </label>
          <label class="field">
            <span>Seed</span>
            <input
              inputMode="numeric"
              pattern="[0-9]*"
              placeholder="Any"
              title={`A whole number up to ${maxSeed}; the same seed repeats a film where the models can`}
              value={draft.seed}
              onInput={(event) => change({ seed: event.currentTarget.value.replace(/\D/g, "").slice(0, 10) })}
            />
          </label>
        </div>
      </details>
    </div>
  );
}

const Style = (props: { draft: Draft; usual: string; change(part: Partial<Draft>): void }) => (
  <div class="choice">
    <label class="choice-name" for="style">
      Style
    </label>
    <div class="choice-body">
      <input
        id="style"
        list="styles"
        maxLength={200}
        placeholder={props.usual}
        value={props.draft.style}
        onInput={(event) => props.change({ style: event.currentTarget.value })}
      />
      <datalist id="styles">
        {STYLES.map((style) => (
          <option key={style} value={style} />
        ))}
      </datalist>
    </div>
  </div>
);

function Options<T extends string | number>(props: {
  legend: string;
  name: string;
  options: readonly { readonly value: T; readonly label: ComponentChildren }[];
  value: T;
  onChange(value: T): void;
}) {
  return (
    <fieldset>
      <legend class="hidden">{props.legend}</legend>
      <div class="choice">
        <span class="choice-name" aria-hidden="true">
          {props.legend}
        </span>
        <div class="segments">
          {props.options.map(({ value, label }) => (
            <label key={value} class="segment">
              <input
                type="radio"
                name={props.name}
                checked={props.value === value}
                onChange={() => props.onChange(value)}
              />
              <span>{label}</span>
            </label>
          ))}
        </div>
      </div>
    </fieldset>
  );
}

/** A length or number with its value in words beside it. */
export const Slider = (props: {
  label: string;
  value: number;
  max: number;
  step: number;
  words: string;
  onChange(value: number): void;
}) => (
  <label class="choice">
    <span class="choice-name">{props.label}</span>
    <span class="choice-body slide">
      <input
        type="range"
        min={0}
        max={props.max}
        step={props.step}
        value={props.value}
        aria-valuetext={props.words}
        style={{ "--at": props.value / props.max }}
        onInput={(event) => props.onChange(Number(event.currentTarget.value))}
      />
      <output>{props.words}</output>
    </span>
  </label>
);
