import fc from "fast-check";
import { emptyFolder, runBinary } from "../support/binary.ts";
import type { FaultName, Route } from "../support/google-fake/faults.ts";
import { createGoogleFake } from "../support/google-fake/google-fake.ts";
import { committedIn } from "../support/records.ts";
import { environmentFor, generateArgs } from "../support/wire.ts";

/** Faults that cost money, that may have, and that did not. */
const FAULTS: readonly (readonly [Route, FaultName])[] = [
  ["text", "text_not_json"],
  ["text", "execute_and_500"],
  ["text", "quota_bare"],
  ["image", "execute_and_reset"],
  ["image", "image_not_image"],
  ["image", "image_refused"],
  ["image", "overloaded"],
  ["submit", "execute_and_reset"],
  ["submit", "execute_and_504"],
  ["submit", "reset_before_reading"],
  ["submit", "overloaded_text"],
  ["submit", "interaction_failed"],
  ["submit", "words_only"],
  ["submit", "error_13"],
  ["submit", "error_3_refused"],
  ["submit", "video_truncated"],
];

const scenario = fc.record({
  /** Cap of each film; both films together are capped by `dayUsd`. */
  filmUsd: fc.integer({ min: 5, max: 60 }).map((cents) => cents / 100),
  dayUsd: fc.integer({ min: 20, max: 80 }).map((cents) => cents / 100),
  onAmbiguous: fc.constantFrom("ask", "retry", "skip"),
  faults: fc.array(
    fc.record({ fault: fc.constantFrom(...FAULTS), times: fc.integer({ min: 1, max: 3 }), after: fc.nat(3) }),
    { maxLength: 5 },
  ),
});

/**
 * Two programs make a film each in one database, with random faults on the wire, a cap per film and a cap per day.
 * Returns every way in which more was spent than was allowed.
 */
export async function overspending(seed: number): Promise<string[]> {
  const [drawn] = fc.sample(scenario, { numRuns: 1, seed });
  if (drawn === undefined) throw new RangeError("nothing was drawn");
  const fake = createGoogleFake();
  for (const { fault, times, after } of drawn.faults) fake.script({ on: fault[0], fault: fault[1], times, after });
  const folder = emptyFolder("cap");
  const env = {
    ...environmentFor("omni", fake),
    VIDPIPE_PIPELINE__MAX_COST_PER_DAY_USD: String(drawn.dayUsd),
    VIDPIPE_PIPELINE__ON_AMBIGUOUS: drawn.onAmbiguous,
    VIDPIPE_PIPELINE__RETRY_MAX_ATTEMPTS: "3",
  };
  const args = [...generateArgs("omni", 1), "--max-cost", String(drawn.filmUsd)];
  const ends = await Promise.all([runBinary(folder, args, env), runBinary(folder, args, env)]);
  fake.stop();
  const films = committedIn(folder);
  const charged = fake.bill.filter((entry) => entry.charged);
  const billedUsd = charged.reduce((sum, { usd }) => sum + usd, 0);
  const committedUsd = films.reduce((sum, usd) => sum + usd, 0);
  const over = (what: string, usd: number, capUsd: number) =>
    usd > capUsd + 1e-9 ? [`seed ${seed}: ${what} ${usd} of ${capUsd} US dollars`] : [];
  return [
    ...over("both films were billed", billedUsd, drawn.dayUsd),
    ...over("both films committed", committedUsd, drawn.dayUsd),
    ...films.flatMap((usd) => over("a film committed", usd, drawn.filmUsd)),
    ...over("the bill against the ledger:", billedUsd, committedUsd),
    ...ends.flatMap(({ exitCode, stderr }) =>
      [0, 1, 3].includes(exitCode) ? [] : [`seed ${seed}: a program ended with ${exitCode}: ${stderr.trim()}`],
    ),
  ];
}
