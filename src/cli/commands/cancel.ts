import { defineCommand } from "../command.ts";
import { ID_ARG, JSON_ARG } from "../input/options.ts";
import { projectJson, writeJson } from "../output/json.ts";
import { readConfig, withApp } from "../run/session.ts";

export const cancelCommand = defineCommand({
  name: "cancel",
  description: "Stop a project and keep everything it has made",
  note: "'vidpipe resume ID' continues a cancelled project. A paid call that was already sent may still be billed.",
  examples: ["vidpipe cancel 0199c3a1-5b7e"],
  args: { ...ID_ARG, ...JSON_ARG },
  async run({ context, args }) {
    const view = await withApp(context, readConfig(context, args), async ({ service }) =>
      service.cancel(await service.resolve(args.id)),
    );
    if (args.json) writeJson(context.stdout, projectJson(view));
    else context.stdout.write(`project ${view.id} is ${view.status}; 'vidpipe resume ${view.id}' continues it\n`);
  },
});
