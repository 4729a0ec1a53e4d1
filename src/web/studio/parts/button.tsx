import type { ComponentProps } from "preact";
import type { Action } from "../data/hooks.ts";

/** A button that submits nothing; it is off while its `action` runs. */
export const Button = ({ action, disabled, ...rest }: ComponentProps<"button"> & { action?: Action }) => (
  <button type="button" disabled={disabled || action?.busy} {...rest} />
);
