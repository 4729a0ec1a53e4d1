import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { COMMON_ARGS, ID_ARG, JSON_ARG } from "../input/options.ts";
import { projectJson, writeJson } from "../output/json.ts";
import { projectPage } from "../output/status-page.ts";
import { readConfig, withApp } from "../run/session.ts";

export const statusCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "status", description: "Show how a project stands" },
    args: {
      ...ID_ARG,
      verbose: { type: "boolean", description: "Show how well every two scenes meet" },
      ...JSON_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const view = await withApp(context, readConfig(context, args.config), async ({ service }) =>
        service.get(await service.resolve(args.id)),
      );
      if (args.json === true) writeJson(context.stdout, projectJson(view));
      else context.stdout.write(projectPage(view, context.stdout, args.verbose === true));
      return 0;
    },
  });
