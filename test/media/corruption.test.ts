import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../support/media.ts";
import { sized } from "../support/size.ts";
import { complaint, damageMany, subjects } from "./corruption.ts";

setDefaultTimeout(600_000);

const count = sized(40, 200);

test(`12.11 ${count} damaged files: each is refused in one line, or has every frame it had`, async () => {
  expect(await damageMany(1, count)).toEqual([]);
});

test("12.10 a clip that is cut off at any of its hundredths is refused", async () => {
  const [film] = await subjects();
  const folder = tempFolder();
  if (film === undefined) throw new RangeError("no film");
  const accepted: number[] = [];
  const stride = sized(20, 1);
  for (let percent = 0; percent < 100; percent += stride) {
    const path = join(folder, `cut-${percent}.mp4`);
    writeFileSync(path, film.bytes.subarray(0, Math.floor((film.bytes.length * percent) / 100)));
    if ((await complaint(film, path, true)) !== null) accepted.push(percent);
  }
  expect(accepted).toEqual([]);
});
