import { expect, test } from "bun:test";
import { sized } from "../support/size.ts";
import { fuzzInputs } from "./inputs.ts";

const count = sized(4_000, 50_000);

test(`${count} ids, names, settings, files, headers and addresses: each is refused in one line, or is what it says`, () => {
  expect(fuzzInputs(count, 20_261_123)).toEqual([]);
}, 0);
