import { defineCommand } from "citty";
import { VidpipeError } from "../../domain/errors.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { IntegrityService, Problem } from "../../services/integrity.ts";
import type { CliContext } from "../context.ts";
import { COMMON_ARGS, JSON_ARG } from "../input/options.ts";
import { writeJson } from "../output/json.ts";
import { counted, plain, size } from "../output/text.ts";
import { listenForInterrupt } from "../run/interrupt.ts";
import { readConfig, withApp } from "../run/session.ts";

export const verifyCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "verify", description: "Check every stored file and the database" },
    args: {
      id: { type: "positional", required: false, description: "Only this project: its id, or the start of one" },
      quick: { type: "boolean", description: "Compare lengths and hashes, decode nothing" },
      collect: {
        type: "boolean",
        description:
          "First move files that have had no row for a day into the bin, where they stay for storage.bin_days",
      },
      "collect-all": {
        type: "boolean",
        description: "The same, and with the files of projects that this database does not know",
      },
      "put-back": { type: "boolean", description: "First take such files out of the bin again" },
      ...JSON_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const ask: Ask = {
        collect: args.collect === true,
        all: args["collect-all"] === true,
        putBack: args["put-back"] === true,
      };
      if (ask.putBack && (ask.collect || ask.all))
        throw new VidpipeError(
          "input.invalid",
          `--${ask.all ? "collect-all" : "collect"} and --put-back undo each other: give one of them`,
        );
      const config = readConfig(context, args.config);
      const interrupt = listenForInterrupt(context);
      const tell = ({ kind, projectId, key, message }: Problem) => {
        if (args.json) writeJson(context.stdout, { type: "problem", kind, project_id: projectId, key, message });
        else context.stdout.write(`${kind}: ${plain(message)}\n`);
      };
      const note: Note = (what, name) => {
        if (args.json) writeJson(context.stdout, { type: what.replace(" ", "_"), name });
        else context.stdout.write(`${what}: ${plain(name)}\n`);
      };
      try {
        const sum = await withApp(context, config, async ({ service, integrity }) => {
          const id = args.id === undefined ? null : await service.resolve(args.id);
          await handleStrays(integrity, id, ask, note, interrupt.signal);
          return integrity.verify(id, { quick: args.quick === true }, tell, interrupt.signal);
        });
        if (args.json) writeJson(context.stdout, { type: "checked", ...sum });
        else {
          const seen = `${counted(sum.projects, "project")}, ${counted(sum.files, "file")}, ${size(sum.bytes)}`;
          context.stdout.write(`checked ${seen}: ${counted(sum.problems, "problem")}\n`);
        }
        return sum.problems === 0 ? 0 : 1;
      } finally {
        interrupt.dispose();
      }
    },
  });

interface Ask {
  readonly collect: boolean;
  readonly all: boolean;
  readonly putBack: boolean;
}
type Note = (what: "collected" | "put back" | "left alone", name: string) => void;

const WHY = {
  busy: "is being made: collect its files when it rests",
  damaged: "has damaged rows: nobody can say which files they name",
} as const;

/** Moves files without a row into the bin or out of it before everything is checked. */
async function handleStrays(
  integrity: IntegrityService,
  id: ProjectId | null,
  ask: Ask,
  note: Note,
  signal: AbortSignal,
): Promise<void> {
  if (ask.putBack) for (const key of await integrity.putBack(id, signal)) note("put back", key);
  if (!ask.collect && !ask.all) return;
  const told: Parameters<IntegrityService["collect"]>[2] = ({ id: of, moved, leftAlone }) => {
    for (const key of moved) note("collected", key);
    if (leftAlone !== null) note("left alone", `${of} ${WHY[leftAlone]}`);
  };
  await integrity.collect(id, { unrecorded: ask.all }, told, signal);
}
