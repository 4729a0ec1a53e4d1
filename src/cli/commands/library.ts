import { LibraryEntry } from "../../domain/library.ts";
import { printEntry } from "../../formats/library-entry.ts";
import type { KeptEntry, Library } from "../../services/library.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { didYouMean, textFlag } from "../input/flags.ts";
import { flagged, readPicture } from "../input/images.ts";
import { argument, JSON_ARG, option } from "../input/options.ts";
import { usageError } from "../input/usage-errors.ts";
import { printResult, writeJson } from "../output/json.ts";
import { say, warn } from "../output/notices.ts";
import { castTable } from "../output/tables.ts";
import { plain } from "../output/text.ts";
import { readConfig, withStoppableApp } from "../run/session.ts";

const ACTIONS = ["list", "show", "add", "remove"] as const;
type Action = (typeof ACTIONS)[number];

interface AddArgs {
  readonly kind: string | undefined;
  readonly description: string | undefined;
  readonly picture: string | undefined;
}

/** The action that was typed, and the name of its entry. @throws VidpipeError input.invalid */
function actionOf(typed: string | undefined, name: string | undefined, args: AddArgs) {
  const action = ACTIONS.find((known) => known === (typed ?? "list"));
  if (action === undefined)
    throw usageError(
      `ACTION must be one of ${ACTIONS.join(", ")}, not "${plain(typed ?? "")}"${didYouMean(typed ?? "", ACTIONS)}`,
      "library",
    );
  if ((name === undefined) !== (action === "list"))
    throw usageError(name === undefined ? `library ${action} needs NAME` : "library list takes no name", "library");
  const isDescribed = [args.kind, args.description, args.picture].some((flag) => flag !== undefined);
  if (isDescribed && action !== "add")
    throw usageError("--kind, --description and --picture need library add", "library");
  return { action, name: name ?? "" };
}

const { shape } = LibraryEntry;

/** The entry that was typed, with its image; nothing is opened for it. @throws VidpipeError input.invalid, input.too_large */
async function readEntry(name: string, args: AddArgs) {
  const description = textFlag(
    "--description",
    args.description,
    shape.description,
    "a girl of nine in a yellow raincoat",
  );
  if (description === undefined) throw usageError("library add needs --description TEXT", "library");
  const kind = textFlag("--kind", args.kind, shape.kind, "character") ?? "character";
  const path = args.picture;
  const picture = path === undefined ? null : await readPicture(path, flagged("--picture", path));
  return { entry: { name: textFlag("NAME", name, shape.name, "Mika") ?? name, kind, description }, picture };
}

const entryJson = ({ name, kind, description, picture, path }: KeptEntry) => ({
  name,
  kind,
  description,
  picture: picture ?? null,
  path,
});

async function list(context: CliContext, library: Library, json: boolean, signal: AbortSignal): Promise<void> {
  const { entries, faults } = await library.list(signal);
  const cast = entries.map(({ picture, ...words }) => ({ ...words, hasPicture: picture !== undefined }));
  for (const fault of faults) warn(context, plain(fault));
  if (json) for (const entry of entries) writeJson(context.stdout, entryJson(entry));
  else if (cast.length > 0) context.stdout.write(castTable(cast, context.stdout));
  else
    say(
      context,
      'the library is empty; add an entry with: vidpipe library add Mika --description "..." --picture mika.png',
    );
}

/** What each action prints about its entry. */
const SAID = {
  show: (entry) => printEntry(entry),
  add: ({ path }) => `${plain(path)}\n`,
  remove: ({ name }) => `${plain(name)} was removed from the library; films that use it keep their own copy\n`,
} as const satisfies Record<Exclude<Action, "list">, (entry: KeptEntry) => string>;

export const libraryCommand = defineCommand({
  name: "library",
  description: "Manage characters, places and products shared by many films",
  examples: [
    'vidpipe library add Mika --description "A black cat with one white paw" --picture mika.png',
    'vidpipe library add Harbour --kind place --description "A small harbour with red cranes"',
    "vidpipe library",
    "vidpipe library show Mika",
    "vidpipe library remove Mika",
  ],
  args: {
    action: { ...argument(`${ACTIONS.join(", ")} (default: list)`), required: false },
    name: { ...argument("The name that prompts and storyboards use"), required: false },
    kind: option(shape.kind.options.join("|"), "What it is (default: character)"),
    description: option("text", "What it looks like; added to every prompt that names it"),
    picture: option("file", "A PNG, JPEG or WebP image of it"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const { action, name } = actionOf(args.action, args.name, args);
    const added = action === "add" ? await readEntry(name, args) : undefined;
    await withStoppableApp(context, readConfig(context, args), async ({ library }, signal) => {
      if (action === "list") return list(context, library, args.json === true, signal);
      const other = () => (action === "remove" ? library.remove(name, signal) : library.get(name, signal));
      const entry = await (added === undefined ? other() : library.add(added.entry, added.picture, signal));
      printResult(context, args.json, entryJson(entry), SAID[action](entry));
    });
  },
});
