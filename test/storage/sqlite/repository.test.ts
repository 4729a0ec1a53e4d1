import { join } from "node:path";

import { createSqliteRepository } from "../../../src/storage/sqlite/repository.ts";
import { repositoryContract } from "../../contract/repository.ts";
import { silentLog } from "../silent-log.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();

repositoryContract("sqlite", (clock) =>
  createSqliteRepository({ path: join(tempFolder(), "vidpipe.db") }, { clock, log: silentLog }),
);
