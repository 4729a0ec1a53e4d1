import { afterAll, expect, test } from "bun:test";
import { removeFolders } from "../support/binary.ts";
import { sized } from "../support/size.ts";
import { overspending } from "./spending.ts";

afterAll(removeFolders);

const seeds = sized(8, 30);

test(
  `two programs in one database, ${seeds} seeds of faults: no film and no day costs more than its cap`,
  async () => {
    const found: string[] = [];
    for (let seed = 1; seed <= seeds; seed += 1) found.push(...(await overspending(seed)));
    expect(found).toEqual([]);
  },
  { timeout: 240_000 },
);
