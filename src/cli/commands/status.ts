import { defineCommand } from "../command.ts";
import { COMMON_ARGS, flag, ID_ARG, JSON_ARG } from "../input/options.ts";
import { printResult, projectJson } from "../output/json.ts";
import { projectPage } from "../output/status-page.ts";
import { withProject } from "../run/session.ts";

const detail = COMMON_ARGS.verbose.description.replace(/^P/, "p");

export const statusCommand = defineCommand({
  name: "status",
  description: "Show a project's progress, cost and problems",
  examples: ["vidpipe status 0199c3a1-5b7e", "vidpipe status 0199c3a1-5b7e --json"],
  args: {
    ...ID_ARG,
    ...JSON_ARG,
    verbose: flag(`Show how well all scenes join; ${detail}`),
  },
  async run({ context, args }) {
    const view = await withProject(context, args, ({ service }, id) => service.get(id));
    printResult(context, args.json, projectJson(view), projectPage(view, context.stdout, args.verbose === true));
  },
});
