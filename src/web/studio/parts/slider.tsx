/** A range input with its value as text beside it. */
export const Slider = (props: {
  label: string;
  value: number;
  max: number;
  step: number;
  words: string;
  onChange(value: number): void;
}) => (
  <label class="option">
    <span class="option-name">{props.label}</span>
    <span class="slider">
      <input
        type="range"
        min={0}
        max={props.max}
        step={props.step}
        value={props.value}
        aria-valuetext={props.words}
        style={{ "--filled": props.value / props.max }}
        onInput={(event) => props.onChange(Number(event.currentTarget.value))}
      />
      <output>{props.words}</output>
    </span>
  </label>
);
