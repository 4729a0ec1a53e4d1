import type { Way, WayAction } from "../../domain/way.ts";
import { exactDollars, plain } from "./text.ts";

const WORDS = {
  look_again: "look again",
  try_again: "try again",
  use_rejected: "use it",
  buy_again: "buy it again",
  retake: "make another take of it, and use that",
  other_model: "make it with another model",
  skip: "leave it out",
  take_up_again: "make what was left out",
  raise_cap: "agree to the new price",
  approve: "go on",
  cancel: "stop and keep everything",
} as const satisfies Record<WayAction, string>;

const priceOf = (usd: number): string => (usd === 0 ? "free" : `at most ${exactDollars(usd)}`);

/** Commands that lead on, each once, ready to copy; `finish` completes one. What each does and costs follows as a comment. */
export function wayLines(ways: readonly Way[], finish = (command: string): string => command): string[] {
  const distinct = new Map(ways.map((way) => [way.command, way]));
  return [...distinct.values()].map(({ action, command, usd }) => {
    const price = usd === null ? "" : `  # ${WORDS[action]}: ${priceOf(usd)}`;
    return `  ${plain(finish(command))}${price}`;
  });
}
