import { defineCommand } from "../command.ts";
import { ID_ARG, JSON_ARG } from "../input/options.ts";
import { ledgerJson, writeJson } from "../output/json.ts";
import { ledgerTable } from "../output/status-page.ts";
import { withProject } from "../run/session.ts";

export const costCommand = defineCommand({
  name: "cost",
  description: "List every paid call of a project",
  examples: ["vidpipe cost 0199c3a1-5b7e", "vidpipe cost 0199c3a1-5b7e --json"],
  args: { ...ID_ARG, ...JSON_ARG },
  async run({ context, args }) {
    const { view, submits } = await withProject(context, args, async ({ service }, id) => ({
      view: await service.get(id),
      submits: await service.ledger(id),
    }));
    if (args.json) for (const submit of submits) writeJson(context.stdout, ledgerJson(submit));
    else context.stdout.write(ledgerTable(view, submits, context.stdout));
  },
});
