import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { COMMON_ARGS, ID_ARG, JSON_ARG } from "../input/options.ts";
import { ledgerJson, writeJson } from "../output/json.ts";
import { ledgerTable } from "../output/status-page.ts";
import { readConfig, withApp } from "../run/session.ts";

export const costCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "cost", description: "List every paid call of a project" },
    args: { ...ID_ARG, ...JSON_ARG, ...COMMON_ARGS },
    async run({ args }) {
      const config = readConfig(context, args);
      const { view, submits } = await withApp(context, config, async ({ service }) => {
        const id = await service.resolve(args.id);
        return { view: await service.get(id), submits: await service.ledger(id) };
      });
      if (args.json) for (const submit of submits) writeJson(context.stdout, ledgerJson(submit));
      else context.stdout.write(ledgerTable(view, submits, context.stdout));
      return 0;
    },
  });
