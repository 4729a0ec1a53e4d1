import { defineCommand } from "citty";
import { LibraryEntry } from "../../domain/library.ts";
import { printEntry } from "../../formats/library-entry.ts";
import type { KeptEntry, Library } from "../../services/library.ts";
import type { CliContext } from "../context.ts";
import { textFlag } from "../input/flags.ts";
import { type CastLine, castTable, flagged, readPicture } from "../input/images.ts";
import { COMMON_ARGS, JSON_ARG } from "../input/options.ts";
import { usageError } from "../input/usage-errors.ts";
import { writeJson } from "../output/json.ts";
import { say, warn } from "../output/notices.ts";
import { plain } from "../output/text.ts";
import { readConfig, withStoppableApp } from "../run/session.ts";

const ACTIONS = ["list", "show", "add", "remove"] as const;
type Action = (typeof ACTIONS)[number];

interface AddArgs {
  readonly kind: string | undefined;
  readonly description: string | undefined;
  readonly picture: string | undefined;
}

/** What was typed, as an action and the name it is for. @throws VidpipeError input.invalid */
function actionOf(typed: string | undefined, name: string | undefined, args: AddArgs) {
  const action = ACTIONS.find((known) => known === (typed ?? "list"));
  if (action === undefined)
    throw usageError(`library can ${ACTIONS.join(", ")}, not "${plain(typed ?? "")}"`, "library");
  if ((name === undefined) !== (action === "list"))
    throw usageError(name === undefined ? `library ${action} needs NAME` : "library list takes no name", "library");
  const isDescribed = [args.kind, args.description, args.picture].some((flag) => flag !== undefined);
  if (isDescribed && action !== "add")
    throw usageError("--kind, --description and --picture belong to library add", "library");
  return { action, name: name ?? "" };
}

const { shape } = LibraryEntry;

async function add(library: Library, name: string, args: AddArgs, signal: AbortSignal): Promise<KeptEntry> {
  const description = textFlag("--description", args.description, shape.description);
  if (description === undefined) throw usageError("library add needs --description TEXT", "library");
  const kind = textFlag("--kind", args.kind, shape.kind) ?? "character";
  const path = args.picture;
  const picture = path === undefined ? null : await readPicture(path, flagged("--picture", path));
  return library.add({ name: textFlag("NAME", name, shape.name) ?? name, kind, description }, picture, signal);
}

const entryJson = ({ name, kind, description, picture, path }: KeptEntry) => ({
  name,
  kind,
  description,
  picture: picture ?? null,
  path,
});

const lineOf = ({ picture, ...words }: KeptEntry): CastLine => ({ ...words, hasPicture: picture !== undefined });

async function list(context: CliContext, library: Library, json: boolean, signal: AbortSignal): Promise<void> {
  const { entries, faults } = await library.list(signal);
  for (const fault of faults) warn(context, plain(fault));
  if (json) for (const entry of entries) writeJson(context.stdout, entryJson(entry));
  else if (entries.length > 0) context.stdout.write(castTable(entries.map(lineOf), context.stdout));
  else say(context, 'the library is empty: vidpipe library add Mika --description "..." --picture mika.png');
}

/** What each action says of the entry it was for. */
const SAID = {
  show: (entry) => printEntry(entry),
  add: ({ path }) => `${plain(path)}\n`,
  remove: ({ name }) => `${plain(name)} is out of the library; films that show it keep their own copy\n`,
} as const satisfies Record<Exclude<Action, "list">, (entry: KeptEntry) => string>;

export const libraryCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "library", description: "Characters, places and products for many films" },
    args: {
      action: { type: "positional", required: false, description: `${ACTIONS.join(", ")} (default: list)` },
      name: { type: "positional", required: false, description: "What films call it" },
      kind: { type: "string", valueHint: shape.kind.options.join("|"), description: "What it is (default: character)" },
      description: {
        type: "string",
        description: "What it looks like: these words go into every prompt it is named in",
      },
      picture: { type: "string", valueHint: "file", description: "A PNG, JPEG or WebP of it" },
      ...JSON_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const { action, name } = actionOf(args.action, args.name, args);
      await withStoppableApp(context, readConfig(context, args.config), async ({ library }, signal) => {
        if (action === "list") return list(context, library, args.json === true, signal);
        const work = {
          show: () => library.get(name, signal),
          add: () => add(library, name, args, signal),
          remove: () => library.remove(name, signal),
        };
        const entry = await work[action]();
        if (args.json) writeJson(context.stdout, entryJson(entry));
        else context.stdout.write(SAID[action](entry));
      });
      return 0;
    },
  });
