import { renderUsage, type SubCommandsDef } from "citty";
import { stripAnsi } from "consola/utils";
import type { Sink } from "../context.ts";

/** citty's type of a command whatever its arguments. */
export type Command = Exclude<Awaited<SubCommandsDef[string]>, (...args: never) => unknown>;

/** Commands to copy, by command; "" is vidpipe itself. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "": [
    'vidpipe generate "A cat exploring Tokyo at night. She finds a lantern. Dawn breaks over the bay."',
    "vidpipe list",
    "vidpipe resume 0199c3a1-5b7e",
    "vidpipe serve --port 9000",
  ],
  generate: [
    'vidpipe generate "A cat exploring Tokyo at night" --scenes 4 --output cat.mp4',
    "vidpipe generate --file script.txt --aspect-ratio 9:16 --crossfade 0.5",
    'echo "Waves at dusk" | vidpipe generate - --provider offline --json',
    'vidpipe generate "A lighthouse in a storm" --provider google --dry-run',
    'vidpipe generate "Mika finds a lantern" --reference "Mika=mika.png" --start-image opening.png',
    'vidpipe generate "Mika finds a lantern in the Harbour" --cast Mika,Harbour',
    'vidpipe generate "A lighthouse in a storm" --provider google --max-cost 5 --yes',
    'vidpipe generate "A lighthouse in a storm" --until storyboard',
    "vidpipe generate --storyboard film.yaml",
    "vidpipe generate --batch films.csv --max-cost 20",
  ],
  resume: [
    "vidpipe resume 0199c3a1-5b7e",
    "vidpipe resume 0199c3a1-5b7e --until keyframes",
    "vidpipe resume 0199c3a1-5b7e --max-cost 10 --output film.mp4",
  ],
  stitch: ["vidpipe stitch 0199c3a1-5b7e --crossfade 0.5", "vidpipe stitch 0199c3a1-5b7e --crossfade 0 -o film.mp4"],
  storyboard: [
    "vidpipe storyboard 0199c3a1-5b7e > film.yaml",
    "vidpipe storyboard 0199c3a1-5b7e --import film.yaml --dry-run",
    "EDITOR=nano vidpipe storyboard 0199c3a1-5b7e --edit --patch",
  ],
  plan: ["vidpipe plan 0199c3a1-5b7e", "vidpipe plan 0199c3a1-5b7e --diff --json"],
  retake: [
    "vidpipe retake 0199c3a1-5b7e --scene 3 --takes 3",
    'vidpipe retake 0199c3a1-5b7e --scene 3 --keyframe end --prompt "The cat looks up." --pick',
  ],
  takes: ["vidpipe takes 0199c3a1-5b7e", "vidpipe takes 0199c3a1-5b7e --scene 3 --json"],
  pick: [
    "vidpipe pick 0199c3a1-5b7e --scene 3 --take 2",
    "vidpipe pick 0199c3a1-5b7e --scene 3 --keyframe end --take 2",
  ],
  history: ["vidpipe history 0199c3a1-5b7e"],
  revert: ["vidpipe revert 0199c3a1-5b7e 0"],
  status: ["vidpipe status 0199c3a1-5b7e", "vidpipe status 0199c3a1-5b7e --json"],
  list: ["vidpipe list", "vidpipe list --status held --json"],
  cost: ["vidpipe cost 0199c3a1-5b7e", "vidpipe cost 0199c3a1-5b7e --json"],
  still: ["vidpipe still 0199c3a1-5b7e --keyframe 1 --image opening.png"],
  references: [
    "vidpipe references 0199c3a1-5b7e",
    'vidpipe references 0199c3a1-5b7e --reference "Mika=mika.png" --reference hero.png',
    "vidpipe references 0199c3a1-5b7e --cast Mika --cast Harbour",
    "vidpipe references 0199c3a1-5b7e --clear",
  ],
  library: [
    'vidpipe library add Mika --description "A black cat with one white paw" --picture mika.png',
    'vidpipe library add Harbour --kind place --description "A small harbour with red cranes"',
    "vidpipe library",
    "vidpipe library show Mika",
  ],
  cancel: ["vidpipe cancel 0199c3a1-5b7e"],
  export: [
    "vidpipe export 0199c3a1-5b7e --otio",
    "vidpipe export 0199c3a1-5b7e cut/ --otio --edl --fcpxml",
    "vidpipe export 0199c3a1-5b7e --bundle cat.vidpipe --sidecars provenance/",
  ],
  import: ["vidpipe import cat.vidpipe"],
  fork: ["vidpipe fork 0199c3a1-5b7e", "vidpipe fork 0199c3a1-5b7e --style watercolor --until keyframes"],
  serve: ["vidpipe serve", "VIDPIPE_SERVER__AUTH_TOKEN=$(vidpipe token) vidpipe serve --host 0.0.0.0 --port 9000"],
  backup: ["vidpipe backup /mnt/backup/vidpipe.db", "vidpipe backup /mnt/backup/vidpipe.db --replace"],
  verify: ["vidpipe verify", "vidpipe verify 0199c3a1-5b7e --quick", "vidpipe verify --collect --quick"],
  token: ["export VIDPIPE_SERVER__AUTH_TOKEN=$(vidpipe token)", "vidpipe token --webhook"],
  config: ["vidpipe config", "VIDPIPE_PIPELINE__MAX_SCENES=10 vidpipe config"],
  doctor: ["vidpipe doctor"],
};

const EXIT_CODES = [
  "EXIT CODES",
  "",
  "  0    done, or ready for the review that was asked for",
  "  1    failed",
  "  2    wrong usage or configuration; nothing was made",
  "  3    waiting for you: 'vidpipe status ID' says for what",
  "  130  interrupted; everything is kept, 'vidpipe resume ID' goes on",
];

/** The help text of vidpipe (command "") or of one command. */
export async function helpText(command: string, definition: Command, root: Command, sink: Sink): Promise<string> {
  const isRoot = command === "";
  const usage = await (isRoot ? renderUsage(definition) : renderUsage(definition, root));
  const examples = (EXAMPLES[command] ?? []).map((line) => `  ${line}`);
  const text = [usage.trimEnd(), "", "EXAMPLES", "", ...examples, ...(isRoot ? ["", ...EXIT_CODES] : []), ""].join(
    "\n",
  );
  return sink.isColored ? text : stripAnsi(text).replace(/ +$/gm, "");
}
