import { isSettled } from "../../domain/lifecycle.ts";
import type { ProjectView } from "../../domain/view.ts";
import { defineCommand } from "../command.ts";
import { COMMON_ARGS, flag, ID_ARG, JSON_ARG } from "../input/options.ts";
import { printResult, projectJson } from "../output/json.ts";
import { projectPage } from "../output/status-page.ts";
import { lines } from "../output/text.ts";
import { withProject } from "../run/session.ts";

const detail = COMMON_ARGS.verbose.description.replace(/^P/, "p");

/** Of a film that would go on by itself, and that no process works on. */
const idleLines = ({ id, status, waits }: ProjectView): string[] =>
  isSettled(status) || waits.some(({ reason }) => reason === "not_adopted")
    ? []
    : [`nobody works on it now: 'vidpipe resume ${id}' goes on`];

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
    const { view, driven } = await withProject(context, args, async ({ service }, id) => ({
      view: await service.get(id),
      driven: await service.isDriven(id),
    }));
    const page = projectPage(view, context.stdout, args.verbose === true);
    const text = driven ? page : `${page}${lines(idleLines(view))}`;
    printResult(context, args.json, { ...projectJson(view), driven }, text);
  },
});
