import { defineCommand } from "../command.ts";
import { ID_ARG, JSON_ARG } from "../input/options.ts";
import { printResult, projectJson } from "../output/json.ts";
import { withProject } from "../run/session.ts";

export const cancelCommand = defineCommand({
  name: "cancel",
  description: "Stop a project and keep everything it has made",
  note: "'vidpipe resume ID' continues a cancelled project. A paid call that was already sent may still be billed.",
  examples: ["vidpipe cancel 0199c3a1-5b7e"],
  args: { ...ID_ARG, ...JSON_ARG },
  async run({ context, args }) {
    const view = await withProject(context, args, ({ service }, id) => service.cancel(id));
    const text = `project ${view.id} is ${view.status}; 'vidpipe resume ${view.id}' continues it\n`;
    printResult(context, args.json, projectJson(view), text);
  },
});
