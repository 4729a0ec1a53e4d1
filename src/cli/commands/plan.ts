import { defineCommand } from "../command.ts";
import { flag, ID_ARG, JSON_ARG } from "../input/options.ts";
import { forecastTable, verdict, writeForecast } from "../output/plan-summary.ts";
import { withProject } from "../run/session.ts";

export const planCommand = defineCommand({
  name: "plan",
  description: "Show what is done, what is stale, and what resume would make and at what price",
  note: "Makes nothing and costs nothing.",
  examples: ["vidpipe plan 0199c3a1-5b7e", "vidpipe plan 0199c3a1-5b7e --diff --json"],
  args: {
    ...ID_ARG,
    diff: flag("Show only what resume would make"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const { id, forecast } = await withProject(context, args, async ({ editing }, found) => ({
      id: found,
      forecast: await editing.forecast(found),
    }));
    const only = args.diff === true ? "to make" : "all";
    if (args.json) writeForecast(context.stdout, id, forecast, only);
    else context.stdout.write(`${forecastTable(forecast, context.stdout, only)}${verdict(id, forecast)}\n`);
  },
});
