import { afterAll, expect, test } from "bun:test";
import { removeFolders } from "../support/binary.ts";
import { sized } from "../support/size.ts";
import { runRestarts } from "./restarts.ts";

afterAll(removeFolders);

test.each([
  ["image", sized(8, 50)],
  ["text", sized(6, 12)],
] as const)(
  "a server killed and started again while %s calls are under way, %d times: one repeat a piece, then it asks",
  async (route, kills) => {
    const restarts = await runRestarts(route, kills, 20_261_201);
    expect(restarts.violations).toEqual([]);
    expect(restarts.kills).toBeGreaterThanOrEqual(kills);
    expect(restarts.films).toBeGreaterThan(0);
    expect(restarts.asked).toBeGreaterThan(0);
  },
  { timeout: 400_000 },
);
