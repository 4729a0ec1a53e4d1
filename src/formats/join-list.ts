import { z } from "zod";
import { Transition } from "../domain/transition.ts";
import { type Path, type Place, type Problem, problemsOf } from "./problems.ts";
import { isMapping, readYaml } from "./yaml.ts";

/** One file of a list, in the words of a storyboard file. */
const Item = z.strictObject({
  /** Path from the list's folder. */
  clip: z.string().min(1).max(4_000),
  /** How it passes into the next one, if not as the others do. */
  transition: Transition.optional(),
  /** Where it is cut off, seconds from its start. */
  out: z.number().positive().optional(),
});

/** One file to join, and its line in the list, from 1. */
export type ListedFile = z.infer<typeof Item> & Pick<Place, "line">;

/** The files of a list, or what is wrong with it. */
export type JoinListReading =
  | { readonly files: readonly ListedFile[]; readonly problems: readonly [] }
  | { readonly files: null; readonly problems: readonly Problem[] };

const KNOWN: readonly string[] = [...Item.keyof().options, ...Object.keys(Transition.shape)];

/**
 * Reads a list of files to join: YAML or JSON, each a path or a mapping with `clip`, `transition` and `out`.
 * @throws VidpipeError input.invalid when it is neither, with the line
 */
export function readJoinList(text: string, name: string): JoinListReading {
  const { value: root = [], placeOf } = readYaml(text, name, "input.invalid");
  if (!Array.isArray(root)) return refused({ line: 1, message: "must be a list of files: - shot1.mp4" });
  if (root.length === 0) return refused({ line: undefined, message: "there are no files in it" });
  const checked = root.map((value: unknown, place) => checkItem(value, (path) => placeOf([place, ...path])));
  const problems = checked.flatMap((item) => ("problems" in item ? item.problems : []));
  const files = checked.flatMap((item) => ("file" in item ? item.file : []));
  return problems.length === 0 ? { files, problems: [] } : { files: null, problems };
}

const refused = (problem: Problem): JoinListReading => ({ files: null, problems: [problem] });

type Checked = { readonly file: ListedFile } | { readonly problems: readonly Problem[] };

function checkItem(value: unknown, placeOf: (path: Path) => Place): Checked {
  const at = placeOf([]);
  const item = typeof value === "string" ? { clip: value } : value;
  if (!isMapping(item))
    return { problems: [{ ...at, message: "a file must be a path, or a mapping with clip: shot1.mp4" }] };
  const parsed = Item.safeParse(item);
  if (parsed.success) return { file: { ...parsed.data, line: at.line } };
  return { problems: problemsOf(parsed.error, item, { nameOf: (field) => field, known: KNOWN, placeOf }) };
}
