import { z } from "zod";
import { PROJECT_STATUSES } from "../../domain/lifecycle.ts";
import type { ListFilter, ProjectListItem } from "../../ports/server.ts";
import type { ProjectService } from "../../services/projects.ts";
import { defineCommand } from "../command.ts";
import { numberFlag, textFlag } from "../input/flags.ts";
import { JSON_ARG, option } from "../input/options.ts";
import { listItemJson, writeJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { projectTable } from "../output/tables.ts";
import { readConfig, withApp } from "../run/session.ts";

const DEFAULT_LIMIT = 50;
/** Projects read at once. */
const PAGE = 500;
const Limit = z.int("must be a whole number").min(1).max(100_000);

export const listCommand = defineCommand({
  name: "list",
  description: "List projects, newest first",
  examples: ["vidpipe list", "vidpipe list --status held --json"],
  args: {
    limit: option("number", `At most this many (default: ${DEFAULT_LIMIT})`),
    status: option(PROJECT_STATUSES.join("|"), "Only projects with this status"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const limit = numberFlag("--limit", args.limit, Limit, "20") ?? DEFAULT_LIMIT;
    const status = textFlag("--status", args.status, z.enum(PROJECT_STATUSES), "complete");
    const filter = status === undefined ? {} : { statuses: [status] };
    const items: ProjectListItem[] = [];
    await withApp(context, readConfig(context, args), async ({ service }) => {
      for await (const page of pagesOf(service, filter, limit)) {
        if (args.json) for (const item of page) writeJson(context.stdout, listItemJson(item));
        items.push(...page);
      }
    });
    if (args.json) return;
    if (items.length > 0) context.stdout.write(projectTable(items, context.stdout));
    else say(context, 'no projects yet; make one with: vidpipe generate "A cat exploring Tokyo at night"');
  },
});

/** The list in pages, at most so many projects of it. */
async function* pagesOf(
  service: Pick<ProjectService, "list">,
  filter: ListFilter,
  most: number,
): AsyncGenerator<readonly ProjectListItem[]> {
  let left = most;
  let place: Pick<ListFilter, "after"> = {};
  while (left > 0) {
    const limit = Math.min(left, PAGE);
    const page = await service.list({ limit, ...filter, ...place });
    yield page;
    const after = page.at(-1);
    if (after === undefined || page.length < limit) return;
    left -= page.length;
    place = { after: { createdAtMs: after.createdAtMs, id: after.id } };
  }
}
