import { z } from "zod";
import { PROJECT_STATUSES } from "../../domain/lifecycle.ts";
import { defineCommand } from "../command.ts";
import { numberFlag, textFlag } from "../input/flags.ts";
import { JSON_ARG, option } from "../input/options.ts";
import { listItemJson, writeJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { projectTable } from "../output/tables.ts";
import { readConfig, withApp } from "../run/session.ts";

const DEFAULT_LIMIT = 50;
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
    const filter = status === undefined ? { limit } : { limit, status };
    const items = await withApp(context, readConfig(context, args), (app) => app.service.list(filter));
    if (args.json) for (const item of items) writeJson(context.stdout, listItemJson(item));
    else if (items.length > 0) context.stdout.write(projectTable(items, context.stdout));
    else say(context, 'no projects yet; make one with: vidpipe generate "A cat exploring Tokyo at night"');
  },
});
