import type { ComponentChildren } from "preact";

interface LimitInputProps {
  /** The input's name for screen readers. */
  readonly name: string;
  readonly placeholder: number;
  readonly disabled?: boolean;
  readonly value: string;
  readonly children: ComponentChildren;
  onInput(typed: string): void;
}

/** A spending limit in US dollars; `children` is the visible label. */
export const LimitInput = ({ name, placeholder, children, onInput, ...rest }: LimitInputProps) => (
  <label class="limit">
    <span>{children}</span>
    <span class="limit-amount">
      $
      <input
        {...rest}
        inputMode="decimal"
        aria-label={`${name} in US dollars`}
        placeholder={String(placeholder)}
        onInput={(event) => onInput(event.currentTarget.value.replace(/[^\d.]/g, ""))}
      />
    </span>
  </label>
);
