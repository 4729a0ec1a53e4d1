import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { COMMON_ARGS, ID_ARG, JSON_ARG } from "../input/options.ts";
import { projectJson, writeJson } from "../output/json.ts";
import { readConfig, withApp } from "../run/session.ts";

export const cancelCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "cancel", description: "Stop a project and keep everything it has made" },
    args: { ...ID_ARG, ...JSON_ARG, ...COMMON_ARGS },
    async run({ args }) {
      const view = await withApp(context, readConfig(context, args), async ({ service }) =>
        service.cancel(await service.resolve(args.id)),
      );
      if (args.json) writeJson(context.stdout, projectJson(view));
      else context.stdout.write(`project ${view.id} is ${view.status}; 'vidpipe resume ${view.id}' continues it\n`);
      return 0;
    },
  });
