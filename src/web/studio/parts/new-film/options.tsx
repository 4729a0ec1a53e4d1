import type { ComponentChildren } from "preact";
import type { ProviderOptions, Until } from "../../data/api-types.ts";
import { length } from "../../data/words.ts";
import { Slider } from "../slider.tsx";
import { type Draft, isRemote, lengthsOf } from "./draft.ts";

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
const usualMaxScenes = 15;
const STOPS = [
  { value: "film", label: "No stop" },
  { value: "storyboard", label: "Storyboard" },
  { value: "keyframes", label: "Keyframes" },
  { value: "animatic", label: "Animatic" },
  { value: "clips", label: "Clips" },
] as const satisfies readonly { value: Until; label: string }[];
const maxSeed = 4_294_967_295;

/** How the film looks and how long it is. */
export function FilmOptions(props: {
  draft: Draft;
  known: ProviderOptions | null;
  change(part: Partial<Draft>): void;
}) {
  const { draft, known, change } = props;
  const lengths = lengthsOf(known?.providers ?? [], draft.provider);
  return (
    <div class="options">
      <Style draft={draft} usual={known?.defaults.style ?? "cinematic"} change={change} />
      <RadioGroup
        legend="Aspect ratio"
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
      <RadioGroup
        legend="Clip length"
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
      <RadioGroup
        legend="Stop after"
        name="until"
        options={STOPS}
        value={draft.until}
        onChange={(until) => change({ until })}
      />
      <details class="more-options">
        <summary>More options</summary>
        <div class="more-options-fields">
          <label class="field">
            <span>Provider of the full film</span>
            <select value={draft.provider} onChange={(event) => change({ provider: event.currentTarget.value })}>
              {known?.providers.filter(isRemote).map(({ name, label }) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
              <option value="auto">Server default</option>
            </select>
          </label>
          <label class="field">
            <span>Seed</span>
            <input
              inputMode="numeric"
              pattern="[0-9]*"
              placeholder="Any"
              title={`A whole number up to ${maxSeed}. The same seed repeats a film if the models support it.`}
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
  <div class="option">
    <label class="option-name" for="style">
      Style
    </label>
    <div>
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

function RadioGroup<T extends string | number>(props: {
  legend: string;
  name: string;
  options: readonly { readonly value: T; readonly label: ComponentChildren }[];
  value: T;
  onChange(value: T): void;
}) {
  return (
    <fieldset>
      <legend class="visually-hidden">{props.legend}</legend>
      <div class="option">
        <span class="option-name" aria-hidden="true">
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
