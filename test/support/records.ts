import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { VERDICTS } from "../../src/domain/money.ts";
import { sha256Of } from "./binary.ts";

const Step = z.object({
  id: z.string(),
  kind: z.string(),
  position: z.number(),
  status: z.string(),
  attempts: z.number(),
  approvals: z.number(),
  operation: z.string().nullable(),
  finished_at: z.number().nullable(),
});
export type StepRecord = z.infer<typeof Step>;

const Submit = z.object({
  id: z.string(),
  step_id: z.string(),
  kind: z.string(),
  position: z.number(),
  state: z.enum(["intent", "open", "spent", "released", "unknown"]),
  usd: z.number(),
  operation: z.string().nullable(),
  because: z.enum(["first", "repeat", "complaint", "approval"]),
  /** Whether its reply, or the file that was made of it, is kept. */
  kept: z.number().transform(Boolean),
  verdict: z.enum(VERDICTS).nullable(),
});
export type SubmitRecord = z.infer<typeof Submit>;

const File = z.object({ role: z.string(), position: z.number(), key: z.string(), sha256: z.string() });
export type FileRecord = z.infer<typeof File>;

const Project = z.object({ id: z.string(), status: z.string(), message: z.string().nullable() });

/** What the program has written down about the one project in a folder. */
export interface Records {
  readonly project: z.infer<typeof Project> | undefined;
  readonly steps: readonly StepRecord[];
  readonly submits: readonly SubmitRecord[];
  readonly files: readonly FileRecord[];
  /** What SQLite says of its file: `ok`. */
  readonly integrity: string;
}

const none: Records = { project: undefined, steps: [], submits: [], files: [], integrity: "ok" };

/** Reads the database behind the program's back, whenever: also when it was killed on its first start. */
export function recordsIn(folder: string): Records {
  const path = join(folder, "vidpipe-data", "vidpipe.db");
  if (!existsSync(path)) return none;
  const database = new Database(path);
  try {
    database.run("pragma busy_timeout = 5000");
    const integrity = z.object({ integrity_check: z.string() }).parse(database.query("pragma integrity_check").get());
    const migrated =
      database.query("select 1 from pragma_table_info('submits') where name = 'reply_id'").get() !== null;
    return { ...(migrated ? tables(database) : none), integrity: integrity.integrity_check };
  } finally {
    database.close();
  }
}

function tables(database: Database): Omit<Records, "integrity"> {
  return {
    project: Project.optional().parse(database.query("select id, status, message from projects").get() ?? undefined),
    steps: z
      .array(Step)
      .parse(
        database
          .query(
            "select id, kind, position, status, attempts, approvals, operation, finished_at_ms as finished_at from steps order by id",
          )
          .all(),
      ),
    submits: z.array(Submit).parse(
      database
        .query(
          `select submits.id, submits.step_id, steps.kind, steps.position, submits.state, submits.usd_millionths / 1e6 as usd,
              submits.operation_name as operation, submits.because, submits.verdict,
              (submits.reply_id is not null or submits.result_id is not null) as kept
              from submits join steps on steps.id = submits.step_id order by submits.created_at_ms, submits.attempt`,
        )
        .all(),
    ),
    files: z.array(File).parse(database.query("select role, position, key, sha256 from artifacts").all()),
  };
}

/** Files that a row names and that are not there with this content. */
export async function lostFiles(folder: string, files: readonly FileRecord[]): Promise<string[]> {
  const lost = await Promise.all(
    files.map(async ({ key, sha256 }) => {
      const path = join(folder, "vidpipe-data", "films", key);
      return existsSync(path) && (await sha256Of(path)) === sha256 ? [] : [key];
    }),
  );
  return lost.flat();
}

const Committed = z.object({ usd: z.number() });

/** What counts against its cap, for each project of a folder; US dollars. */
export function committedIn(folder: string): number[] {
  const database = new Database(join(folder, "vidpipe-data", "vidpipe.db"));
  try {
    const perProject =
      "select sum(usd_millionths) / 1e6 as usd from submits where state <> 'released' group by project_id";
    return z
      .array(Committed)
      .parse(database.query(perProject).all())
      .map(({ usd }) => usd);
  } finally {
    database.close();
  }
}
