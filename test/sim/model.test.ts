import { describe, expect, test } from "bun:test";
import { explore } from "./explore.ts";
import { LIMITS, type ModelLimits } from "./model.ts";

describe("the submit and lease protocol, all interleavings of two owners", () => {
  test("with two crashes, a stop, an expiry and a lost answer never buys twice, forgets a bill or gets stuck", () => {
    const { states, transitions, violation } = explore(LIMITS);
    expect(violation).toBeNull();
    expect(states).toBeGreaterThan(10_000);
    process.stdout.write(`model: ${states} states, ${transitions} transitions, 0 violations\n`);
  }, 0);

  test("a process stopped between the look at its lease and the send is the one window that stays open", () => {
    const split: ModelLimits = { ...LIMITS, checkedAtSend: false };
    const window = "sent while the step waits for somebody's word";
    expect(explore(split).violation?.what).toBe(window);
    // Even then nothing is bought beyond what the user agreed to, and no bill is forgotten.
    expect(explore(split, [window]).violation).toBeNull();
  }, 0);

  test.each([
    "no intent",
    "resend",
    "no fence",
    "no age check",
    "age of the intent",
    "takeover frees",
    "kept is not asked",
  ] as const)("sees the planted bug: %s", (bug) => {
    expect(explore({ ...LIMITS, bug }).violation).not.toBeNull();
  });
});
