import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { STEP_KINDS } from "../../src/domain/lifecycle.ts";
import { goldenKeys } from "./golden-films.ts";
import { fixturesOf, RELEASES } from "./readings.ts";

const Keys = z.array(
  z.strictObject({
    film: z.string(),
    kind: z.enum(STEP_KINDS),
    position: z.int(),
    order: z.string(),
    key: z.string().regex(/^[0-9a-f]{64}$/),
  }),
);

/** An order that changes its key makes what was made from it stale, and bought again, in every film there is. */
describe.each(RELEASES)("content keys of %s", (release) => {
  const then = Keys.parse(JSON.parse(readFileSync(join(fixturesOf(release), "keys.json"), "utf8")));

  test("are of every kind of step, of both providers and of all that a user can say", () => {
    expect(new Set(then.map(({ kind }) => kind))).toEqual(new Set(STEP_KINDS));
    expect(new Set(then.map(({ key }) => key)).size).toBeGreaterThan(100);
    const said = then.map(({ order }) => order).join("\n");
    for (const field of ["references", "transitions", "boundaryFrame", "cast", "previous", "variant", "own", "title"])
      expect(said).toContain(`"${field}":`);
  });

  test("are those of the same films today, for every order", () => {
    const now = goldenKeys();
    const nameOf = ({ film, kind, position }: (typeof then)[number]) => `${film}: ${kind} ${position}`;
    expect(now.map(nameOf)).toEqual(then.map(nameOf));
    const changed = then.flatMap((golden, place) =>
      now[place]?.key === golden.key ? [] : [{ golden, now: now[place] }],
    );
    expect(changed).toEqual([]);
  });
});
