import { utcMinute } from "../../domain/times.ts";
import { defineCommand } from "../command.ts";
import { ID_ARG, JSON_ARG } from "../input/options.ts";
import { writeJson } from "../output/json.ts";
import { table } from "../output/tables.ts";
import { withProject } from "../run/session.ts";

export const historyCommand = defineCommand({
  name: "history",
  description: "List a project's revisions, change by change",
  examples: ["vidpipe history 0199c3a1-5b7e"],
  args: { ...ID_ARG, ...JSON_ARG },
  async run({ context, args }) {
    const { revisions, current } = await withProject(context, args, async ({ service, editing }, id) => ({
      revisions: await editing.history(id),
      current: (await service.get(id)).revision,
    }));
    if (args.json)
      for (const { revision, atMs, note, crossfadeSeconds } of revisions)
        writeJson(context.stdout, {
          type: "revision",
          revision,
          at: new Date(atMs).toISOString(),
          note,
          crossfade: crossfadeSeconds,
          current: revision === current,
        });
    else {
      const rows = revisions.map(({ revision, atMs, note }) => [
        String(revision),
        revision === current ? "*" : "",
        utcMinute(atMs),
        note,
      ]);
      context.stdout.write(table([["REVISION", "NOW", "WHEN", "WHAT"], ...rows], context.stdout));
    }
  },
});
