import { expect, test } from "bun:test";
import { choiceFor } from "../../../../src/media/stitch/encode/quality.ts";
import { film720 } from "../layouts.ts";

test("windows may be large for what they are, long parts may not", () => {
  const { frameRate } = film720;
  const fiveSeconds = (5 * frameRate.num) / frameRate.den;
  expect(choiceFor(26, film720)).toBe("windows");
  expect(choiceFor(fiveSeconds, film720)).toBe("windows");
  expect(choiceFor(fiveSeconds + 1, film720)).toBe("long");
});
