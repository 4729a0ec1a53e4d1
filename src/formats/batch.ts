import { z } from "zod";
import { ProjectRequest } from "../domain/project.ts";
import { quote } from "../domain/refusal.ts";
import { type CsvRecord, parseCsv } from "./csv.ts";
import { type Path, type Place, type Problem, problemsOf } from "./problems.ts";
import { isMapping, readYaml } from "./yaml.ts";

/** Most films of one batch. */
export const MAX_BATCH = 200;

const { prompt, style, sceneCount, clipDurationSeconds, aspectRatio, seed, crossfadeSeconds } = ProjectRequest.shape;

/** One film of a batch, in the words of the command line. */
const Item = z.strictObject({
  prompt: prompt.optional(),
  style: style.optional(),
  scenes: sceneCount.optional(),
  clip_duration: clipDurationSeconds.optional(),
  aspect_ratio: aspectRatio.optional(),
  seed: seed.optional(),
  crossfade: crossfadeSeconds.optional(),
  provider: z.string().trim().min(1).max(100).optional(),
  /** Path of a storyboard file, from the batch file's folder. */
  storyboard: z.string().trim().min(1).max(4_000).optional(),
});

/** One film to make, and its line in the file, from 1; what is left out is as for `generate`. */
export type BatchItem = z.infer<typeof Item> & Pick<Place, "line">;

/** The films of a batch, or what is wrong with the file. */
export type BatchReading =
  | { readonly items: readonly BatchItem[]; readonly problems: readonly [] }
  | { readonly items: null; readonly problems: readonly Problem[] };

/** A film as it was read, unchecked. */
interface Row {
  readonly values: unknown;
  readonly placeOf: (path: Path) => Place;
}

const FIELDS: readonly string[] = Item.keyof().options;
const NUMBERS: ReadonlySet<string> = new Set(["scenes", "clip_duration", "seed", "crossfade"]);
const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads a list of films: YAML or JSON, or CSV with a head when the name ends in `.csv`.
 * @throws VidpipeError input.invalid when it is neither, with the line
 */
export function readBatch(text: string, name: string): BatchReading {
  const rows = /\.csv$/i.test(name) ? csvRows(parseCsv(text, name)) : yamlRows(text, name);
  const refuse = (message: string) => ({ items: null, problems: [{ line: undefined, message }] });
  if ("message" in rows) return { items: null, problems: [rows] };
  if (rows.length === 0) return refuse("there are no films in it");
  if (rows.length > MAX_BATCH) return refuse(`${rows.length} films are too many: at most ${MAX_BATCH}`);
  const checked = rows.map(checkRow);
  const problems = checked.flatMap((row) => row.problems);
  const items = checked.flatMap((row) => row.item ?? []);
  return problems.length === 0 ? { items, problems: [] } : { items: null, problems };
}

function yamlRows(text: string, name: string): readonly Row[] | Problem {
  const { value: root = [], placeOf } = readYaml(text, name, "input.invalid");
  if (!Array.isArray(root)) return { line: 1, message: "must be a list of films: - prompt: ..." };
  return root.map((values: unknown, place) => ({ values, placeOf: (path) => placeOf([place, ...path]) }));
}

function csvRows([head, ...records]: readonly CsvRecord[]): readonly Row[] | Problem {
  const names = head?.fields.map((field) => field.trim()) ?? [];
  const unknown = names.find((field) => !FIELDS.includes(field));
  if (unknown !== undefined)
    return { line: head?.line, message: `no column is called ${quote(unknown)}: there are ${FIELDS.join(", ")}` };
  const twice = names.find((field, place) => names.indexOf(field) !== place);
  if (twice !== undefined) return { line: head?.line, message: `the column ${twice} is there twice` };
  const uneven = records.find(({ fields }) => fields.length !== names.length);
  if (uneven !== undefined)
    return { line: uneven.line, message: `has ${uneven.fields.length} fields where the head has ${names.length}` };
  return records.map(({ line, fields }) => ({
    values: Object.fromEntries(names.flatMap((field, place) => cell(field, fields[place] ?? ""))),
    placeOf: () => ({ line }),
  }));
}

/** An empty cell says nothing; a number is one only in the columns that want it. */
function cell(field: string, text: string): [string, unknown][] {
  const value = text.trim();
  if (value === "") return [];
  return [[field, NUMBERS.has(field) && NUMERIC.test(value) ? Number(value) : value]];
}

function checkRow({ values, placeOf }: Row, place: number): { item?: BatchItem; problems: Problem[] } {
  const at = placeOf([]);
  const film = (message: string) => `film ${place + 1}: ${message}`;
  if (!isMapping(values)) return { problems: [{ ...at, message: film("must be a mapping: prompt: ...") }] };
  const parsed = Item.safeParse(values);
  if (!parsed.success) {
    const spelling = { nameOf: (field: string) => field, known: FIELDS, placeOf };
    const problems = problemsOf(parsed.error, values, spelling);
    return { problems: problems.map((problem) => ({ ...problem, message: film(problem.message) })) };
  }
  if (parsed.data.prompt === undefined && parsed.data.storyboard === undefined)
    return { problems: [{ ...at, message: film("needs a prompt or a storyboard") }] };
  return { item: { ...parsed.data, line: at.line }, problems: [] };
}
