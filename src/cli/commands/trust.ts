import type { FoundFolder } from "../../config/trust.ts";
import { listOfAll } from "../../domain/settings.ts";
import { defineCommand } from "../command.ts";
import { argument, JSON_ARG } from "../input/options.ts";
import { printResult } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { shown } from "../output/tables.ts";
import { plain } from "../output/text.ts";

const FOLDER_ARG = { folder: { ...argument("The folder (default: the current one)"), required: false } } as const;

/** What there is to say of a folder that needed no word, or has one. */
function linesOf(found: FoundFolder | null): string {
  if (found === null) return "this is the folder of your own settings: everything in it counts";
  if (found.trusted.length > 0) return `${plain(found.folder)} is trusted already: ${listOfAll(found.trusted)}`;
  return `nothing in ${plain(found.folder)} needs your word: what its config.yaml and .env set counts as it is`;
}

export const trustCommand = defineCommand({
  name: "trust",
  description: "Let a folder's config.yaml and .env set everything",
  note: "A file that merely lies in a folder may shape films, say whose account is used and be stricter than you are. What it sets beside that (hosts, programs, tokens, prices, higher caps) counts when you say so. When one of these values changes you are asked again. Files that the values name, such as a program, are not looked at.",
  examples: ["vidpipe trust", "vidpipe trust ~/films"],
  args: { ...FOLDER_ARG, ...JSON_ARG },
  async run({ context, args }) {
    const found = context.folders.look(args.folder ?? ".");
    const untrusted = found?.untrusted ?? [];
    if (found !== null && untrusted.length > 0) context.folders.trust(found.folder, untrusted);
    for (const { key, value, origin } of untrusted) say(context, plain(`${key} is ${shown(value)} (${origin})`));
    const keys = untrusted.map(({ key }) => key);
    const text =
      found === null || keys.length === 0 ? linesOf(found) : `${plain(found.folder)} is trusted: ${listOfAll(keys)}`;
    printResult(context, args.json, { type: "trusted", folder: found?.folder ?? null, keys }, `${text}\n`);
  },
});

export const untrustCommand = defineCommand({
  name: "untrust",
  description: "Take back what 'trust' said of a folder",
  examples: ["vidpipe untrust", "vidpipe untrust ~/films"],
  args: { ...FOLDER_ARG, ...JSON_ARG },
  async run({ context, args }) {
    const { folder, was } = context.folders.untrust(args.folder ?? ".");
    const text = `${plain(folder)} ${was ? "is not trusted any more" : "was not trusted"}\n`;
    printResult(context, args.json, { type: "untrusted", folder, was_trusted: was }, text);
  },
});
