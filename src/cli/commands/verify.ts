import { VidpipeError } from "../../domain/errors.ts";
import type { IntegrityService, Problem } from "../../services/integrity.ts";
import { defineCommand } from "../command.ts";
import { argument, flag, JSON_ARG } from "../input/options.ts";
import { printResult } from "../output/json.ts";
import { counted, plain, size } from "../output/text.ts";
import { readConfig, withStoppableApp } from "../run/session.ts";

export const verifyCommand = defineCommand({
  name: "verify",
  description: "Check the database and every stored file",
  examples: ["vidpipe verify", "vidpipe verify 0199c3a1-5b7e --quick", "vidpipe verify --collect --quick"],
  args: {
    id: { ...argument("Check only this project: its id, or the start of it"), required: false },
    quick: flag("Compare only sizes and hashes; do not decode media"),
    collect: flag(
      "First move files that no project has used for a day to the trash; it keeps them for storage.bin_days",
    ),
    "collect-all": flag("Like --collect, and also move files of projects that this database does not contain"),
    "put-back": flag("First move such files back from the trash"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const all = args["collect-all"] === true;
    const collects = all || args.collect === true;
    const putsBack = args["put-back"] === true;
    if (putsBack && collects)
      throw new VidpipeError(
        "input.invalid",
        `--${all ? "collect-all" : "collect"} and --put-back undo each other: give only one of them`,
      );
    const config = readConfig(context, args);
    const print = (object: Readonly<Record<string, unknown>>, line: string) =>
      printResult(context, args.json, object, `${line}\n`);
    const tell = ({ kind, projectId, key, message }: Problem) =>
      print({ type: "problem", kind, project_id: projectId, key, message }, `${kind}: ${plain(message)}`);
    const note: Note = (what, name) => print({ type: what.replace(" ", "_"), name }, `${what}: ${plain(name)}`);
    const sum = await withStoppableApp(context, config, async ({ service, integrity }, signal) => {
      const id = args.id === undefined ? null : await service.resolve(args.id);
      if (putsBack) for (const key of await integrity.putBack(id, signal)) note("put back", key);
      if (collects) await integrity.collect(id, { unrecorded: all }, collectedTo(note), signal);
      return integrity.verify(id, { quick: args.quick === true }, tell, signal);
    });
    const seen = `${counted(sum.projects, "project")}, ${counted(sum.files, "file")}, ${size(sum.bytes)}`;
    print({ type: "checked", ...sum }, `checked ${seen}: ${counted(sum.problems, "problem")}`);
    return sum.problems === 0 ? 0 : 1;
  },
});

type Note = (what: "collected" | "put back" | "left alone", name: string) => void;

const WHY = {
  busy: "is being made: collect its files when it has stopped",
  damaged: "has damaged rows: its files cannot be told apart from unused ones",
} as const;

/** Notes what was moved to the trash, and the projects that were left alone. */
const collectedTo =
  (note: Note): Parameters<IntegrityService["collect"]>[2] =>
  ({ id, moved, leftAlone }) => {
    for (const key of moved) note("collected", key);
    if (leftAlone !== null) note("left alone", `${id} ${WHY[leftAlone]}`);
  };
