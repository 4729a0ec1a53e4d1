import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { COMMON_ARGS, ID_ARG, JSON_ARG } from "../input/options.ts";
import { forecastTable, verdict, writeForecast } from "../output/plan-summary.ts";
import { readConfig, withApp } from "../run/session.ts";

export const planCommand = (context: CliContext) =>
  defineCommand({
    meta: {
      name: "plan",
      description: "Show what is done, what is stale, and what resume would make and at what price",
    },
    args: {
      ...ID_ARG,
      diff: { type: "boolean", description: "Show only what resume would make" },
      ...JSON_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const config = readConfig(context, args);
      const { id, forecast } = await withApp(context, config, async ({ service, editing }) => {
        const found = await service.resolve(args.id);
        return { id: found, forecast: await editing.forecast(found) };
      });
      const only = args.diff === true ? "to make" : "all";
      if (args.json) writeForecast(context.stdout, id, forecast, only);
      else context.stdout.write(`${forecastTable(forecast, context.stdout, only)}${verdict(id, forecast)}\n`);
      return 0;
    },
  });
