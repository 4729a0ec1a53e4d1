import { afterAll, expect, test } from "bun:test";
import { removeFolders } from "../support/binary.ts";
import { sized } from "../support/size.ts";
import { runCampaign } from "./campaign.ts";

afterAll(removeFolders);

const kills = sized(12, 25);

test(
  `killed -9 at ${kills} moments around Veo orders: nothing bought twice unasked, nothing finished lost`,
  async () => {
    const { violations, films } = await runCampaign("veo", kills, 20_261_122);
    expect(violations).toEqual([]);
    expect(films).toBeGreaterThan(0);
  },
  { timeout: 240_000 },
);
