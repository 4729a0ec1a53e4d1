import type { TypedResponse } from "hono";
import type { JSONParsed } from "hono/utils/types";
import { API_HEADERS } from "./refusal.ts";

/** Made once: filling in headers one by one costs more than all the rest of a small answer. */
const HEADERS = new Headers({ ...API_HEADERS, "Content-Type": "application/json" });

/** Text by value; a value is not changed once it was written. */
const texts = new WeakMap<object, string>();

/**
 * The answer that `c.json(shown(value))` would be. The text is written once for each value, so it is for values that
 * many requests share.
 */
export function writtenJson<V extends object, Shown>(
  value: V,
  shown: (value: V) => Shown,
): Response & TypedResponse<JSONParsed<Shown>, 200, "json">;
export function writtenJson<V extends object>(value: V, shown: (value: V) => unknown): Response {
  let text = texts.get(value);
  if (text === undefined) {
    text = JSON.stringify(shown(value));
    texts.set(value, text);
  }
  return new Response(text, { headers: HEADERS });
}
