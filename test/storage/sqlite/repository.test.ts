import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Clock } from "../../../src/ports/runtime.ts";
import { createSqliteRepository } from "../../../src/storage/sqlite/repository.ts";
import { leasesContract } from "../../contract/leases.ts";
import { repositoryContract } from "../../contract/repository.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { projectId } from "../samples.ts";
import { silentLog } from "../silent-log.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();

const make = (clock: Clock) =>
  createSqliteRepository({ path: join(tempFolder(), "vidpipe.db") }, { clock, log: silentLog });
repositoryContract("sqlite", make);
leasesContract("sqlite", make);

test("in a standstill nobody else can write", async () => {
  const path = join(tempFolder(), "vidpipe.db");
  const repository = await createSqliteRepository({ path }, { clock: createManualClock(), log: silentLog });
  const other = new Database(path);
  const attempt = () => other.run("BEGIN IMMEDIATE");
  await repository.standstill(projectId(1), () => expect(attempt).toThrow("locked"));
  attempt();
  other.close();
  repository.close();
});
