import type { Config } from "../../config/load.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CAST_ARG, REFERENCE_ARG, readCast, readReferences } from "../input/images.ts";
import { flag, ID_ARG, JSON_ARG } from "../input/options.ts";
import { usageError } from "../input/usage-errors.ts";
import { printResult, projectJson, writeJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { castTable } from "../output/tables.ts";
import { counted, plain } from "../output/text.ts";
import { readConfig, readTrustedConfig, withApp, withStoppableApp } from "../run/session.ts";

/** Prints the references of the film. */
async function show(context: CliContext, config: Config, typed: string, json: boolean): Promise<number> {
  const { references } = await withApp(context, config, async ({ service, editing }) =>
    editing.cast(await service.resolve(typed)),
  );
  const cast = references.map(({ artifact, ...words }) => ({ ...words, hasPicture: artifact !== null }));
  if (json)
    for (const { name, kind, description, hasPicture } of cast)
      writeJson(context.stdout, { name, kind: kind ?? null, description: description ?? null, picture: hasPicture });
  else if (cast.length > 0) context.stdout.write(castTable(cast, context.stdout));
  else say(context, "the film has no references; add some with --reference FILE or --cast NAME");
  return 0;
}

export const referencesCommand = defineCommand({
  name: "references",
  description: "Show or replace a project's reference images",
  examples: [
    "vidpipe references 0199c3a1-5b7e",
    'vidpipe references 0199c3a1-5b7e --reference "Mika=mika.png" --reference hero.png',
    "vidpipe references 0199c3a1-5b7e --cast Mika --cast Harbour",
    "vidpipe references 0199c3a1-5b7e --clear",
  ],
  args: {
    ...ID_ARG,
    ...REFERENCE_ARG,
    ...CAST_ARG,
    clear: flag("Remove all references"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const isGiven = (args.reference ?? args.cast) !== undefined;
    if (isGiven && args.clear === true) throw usageError("give --clear alone, or --reference and --cast", "references");
    if (!isGiven && args.clear !== true) return show(context, readConfig(context, args), args.id, args.json === true);
    const config = await readTrustedConfig(context, args);
    const given = await readReferences(args.reference);
    const references = [...given, ...(await readCast(context, config, args.cast))];
    const view = await withStoppableApp(context, config, async ({ service, editing }, signal) =>
      editing.setReferences(await service.resolve(args.id), references, signal),
    );
    const now = counted(references.length, "reference");
    const text = `the film now has ${now}; ${plain(view.message ?? view.status)}\n`;
    printResult(context, args.json, projectJson(view), text);
  },
});
