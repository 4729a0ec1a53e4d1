import { expect, test } from "bun:test";
import { fuzzHttp } from "./fuzz.ts";

const count = 5_000;

test(`${count} requests made from the reference and spoiled: no 5xx, no hang, no way out`, async () => {
  expect(await fuzzHttp(count, 20_261_122)).toEqual([]);
}, 120_000);
