import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { projectJson, writeJson } from "../json.ts";
import { COMMON_ARGS, ID_ARG, JSON_ARG } from "../options.ts";
import { CAST_ARG, REFERENCE_ARG, readCast, readReferences } from "../pictures.ts";
import { readConfig, withApp } from "../session.ts";
import { counted, plain } from "../text.ts";
import { usageError } from "../words.ts";

export const referencesCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "references", description: "Replace the pictures that a film's stills are drawn after" },
    args: {
      ...ID_ARG,
      ...REFERENCE_ARG,
      ...CAST_ARG,
      clear: { type: "boolean", description: "Draw without any" },
      ...JSON_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      if ((args.reference ?? args.cast) === undefined ? args.clear !== true : args.clear === true)
        throw usageError("references needs --reference FILE or --cast NAME, or --clear", "references");
      const given = await readReferences(args.reference);
      const config = readConfig(context, args.config);
      const references = [...given, ...(await readCast(context, config, args.cast))];
      const view = await withApp(context, config, async ({ service, director }) =>
        director.refer(await service.resolve(args.id), references),
      );
      if (args.json) writeJson(context.stdout, projectJson(view));
      else {
        const now = counted(references.length, "reference");
        context.stdout.write(`the film has ${now} now; ${plain(view.message ?? view.status)}\n`);
      }
      return 0;
    },
  });
