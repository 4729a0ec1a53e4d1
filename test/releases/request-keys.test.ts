import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { openReal } from "../storage/fixtures/machine.ts";
import { projectId } from "../storage/samples.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { fixturesOf, RELEASES } from "./readings.ts";

const tempFolder = tempFolders();
const owner = { self: "heir", isLive: () => false };

test.each(RELEASES)("keys that %s left count as settled where what they stand for is recorded", async (release) => {
  const path = join(tempFolder(), "vidpipe.db");
  cpSync(join(fixturesOf(release), "vidpipe.db"), path);
  const old = new Database(path);
  // It named a key's row after the film that the request makes; for a retake, after its first step.
  const insert = "insert into request_keys (key, fingerprint, project_id, answer, created_at_ms)";
  old.run(`${insert} select 'film', 'f', id, null, 1 from projects limit 1`);
  old.run(`${insert} select 'retake', 'f', id, null, 1 from steps limit 1`);
  old.run(`${insert} values ('answered', 'f', ?, '{}', 1), ('begun', 'f', ?, null, 1)`, [projectId(1), projectId(2)]);
  old.close();
  const repository = await openReal(path);
  const claimed = async (key: string) => {
    const claim = { key, fingerprint: "f", projectId: projectId(3), createdAtMs: 2 };
    const { settledAtMs, answer, owner: by } = await repository.keys.claim(claim, owner);
    return { settledAtMs, answer, by };
  };
  expect(await claimed("film")).toEqual({ settledAtMs: 1, answer: null, by: null });
  expect(await claimed("retake")).toEqual({ settledAtMs: 1, answer: null, by: null });
  expect(await claimed("answered")).toEqual({ settledAtMs: 1, answer: "{}", by: null });
  expect(await claimed("begun")).toEqual({ settledAtMs: null, answer: null, by: "heir" });
  repository.close();
});
