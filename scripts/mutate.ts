/** Small wrong changes of a TypeScript source, one at a time. It knows just enough of the language to leave words alone. */

/** One wrong change of one file. */
export interface Mutant {
  /** The line as it is, without its indentation. */
  readonly line: string;
  /** The same line as it becomes; "" when it is left out. */
  readonly becomes: string;
  /** 1 unless the same change of the same line stands in the file more than once. */
  readonly nth: number;
  /** The whole changed file. */
  readonly source: string;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What a match in the masked source is replaced by. */
type Operator = readonly [find: RegExp, becomes: (match: RegExpExecArray) => string | null];

const swap =
  (pairs: Readonly<Record<string, string>>) =>
  ([found]: RegExpExecArray): string | null =>
    pairs[found] ?? null;

/** Text in strings, comments and types is masked, and Biome puts spaces around operators: types have none. */
const OPERATORS: readonly Operator[] = [
  [/ (?:<=?|>=?) /g, swap({ " < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > " })],
  [/ [!=]== /g, swap({ " === ": " !== ", " !== ": " === " })],
  [/ (?:&&|\|\|) /g, swap({ " && ": " || ", " || ": " && " })],
  [/ [-+*/] /g, swap({ " + ": " - ", " - ": " + ", " * ": " / ", " / ": " * " })],
  [/ [-+]= /g, swap({ " += ": " -= ", " -= ": " += " })],
  [/\bMath\.(?:min|max)\b/g, swap({ "Math.min": "Math.max", "Math.max": "Math.min" })],
  [/\b(?:true|false)\b/g, swap({ true: "false", false: "true" })],
  [/(?<![\w.$])\d[\d_]*(?:\.\d+)?(?:e\d+)?\b/g, ([found]) => String(Number(found.replaceAll("_", "")) + 1)],
  [/(?<=[\s(])!(?=[\w(])/g, () => ""],
  // A condition that is a name or a call has no operator to swap.
  [/(?<=(?:(?<![=!<>])= |[(,[]|[?:,] |=> |return ))[\w.]+(?:\([^()]*\))?(?= \? )/g, ([found]) => `!${found}`],
  // What is appended to a list is left out.
  [/, \.\.\.\w+(?=\])/g, () => ""],
];

/** A whole line that is a statement of its own, or one item of a list that has a line for each. */
const STATEMENT =
  /^ +(?!const |let |return\b|throw |type |case |default\b|\}|import |export )(?:await )?[\w.]+(?:\(.*\)| [-+]?= .*);$/gm;
const ITEM = /^ +(?:\.\.\..*|\[.*\]),$/gm;
const CONDITION = /\bif \(/g;

/** Every mutant of a source, in the order of its text. Changes that are no TypeScript, or change nothing, are left out. */
export function mutantsOf(source: string): Mutant[] {
  const masked = mask(source);
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const plain = transpiler.transformSync(source);
  const seen = new Map<string, number>();
  return editsOf(masked)
    .toSorted((a, b) => a.start - b.start || a.end - b.end || (a.text < b.text ? -1 : 1))
    .flatMap((edit) => {
      const changed = source.slice(0, edit.start) + edit.text + source.slice(edit.end);
      if (!isAnother(transpiler, changed, plain)) return [];
      const lineStart = source.lastIndexOf("\n", edit.start - 1) + 1;
      const lineEnd = source.indexOf("\n", edit.end - 1);
      const line = source.slice(lineStart, lineEnd).trim();
      const becomes = (source.slice(lineStart, edit.start) + edit.text + source.slice(edit.end, lineEnd)).trim();
      const key = `${line}\n${becomes}`;
      const nth = (seen.get(key) ?? 0) + 1;
      seen.set(key, nth);
      return [{ line, becomes, nth, source: changed }];
    });
}

function isAnother(transpiler: Bun.Transpiler, changed: string, plain: string): boolean {
  try {
    return transpiler.transformSync(changed) !== plain;
  } catch {
    return false;
  }
}

function editsOf(masked: string): Edit[] {
  const swaps = OPERATORS.flatMap(([find, becomes]) =>
    [...masked.matchAll(find)].flatMap((match): Edit[] => {
      const text = becomes(match);
      return text === null ? [] : [{ start: match.index, end: match.index + match[0].length, text }];
    }),
  );
  const lines = [...masked.matchAll(STATEMENT), ...masked.matchAll(ITEM)]
    .filter(([line]) => isBalanced(line))
    .map(({ index, 0: line }): Edit => {
      const start = index + line.search(/\S/);
      return { start, end: index + line.length, text: "" };
    });
  const conditions = [...masked.matchAll(CONDITION)].flatMap(({ index }): Edit[] => {
    const start = index + "if (".length;
    const end = closing(masked, start);
    return ["false", "true"].map((text) => ({ start, end, text }));
  });
  return [...swaps, ...lines, ...conditions];
}

function isBalanced(line: string): boolean {
  const count = (signs: string) => [...line].filter((sign) => signs.includes(sign)).length;
  return count("([{") === count(")]}");
}

/** Where the bracket that was opened before `start` is closed. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")" && --depth === 0) return at;
  }
  return text.length;
}

/** Comments, strings, templates and regular expressions. */
const WORDS =
  /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[=(,:[!&|?{};]\s*|=> |return )\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;
/** Declarations of types and imports at the top level, up to the end of their statement or block. */
const DECLARATIONS = [
  /^(?:export )?interface [^{]*\{[\s\S]*?^\}/gm,
  /^(?:export )?type \w+(?:<[^=]*>)? =[\s\S]*?;(?=\n\n|\n[a-z/]|\s*(?![\s\S]))/gm,
  /^import [^;=]* from [^;]*;/gm,
  /^export (?:type )?(?:\{[^}]*\}|\*) from [^;]*;/gm,
];

/** The source with everything that is no code blotted out; places and lines stay where they are. */
export function mask(source: string): string {
  const blot = (text: string) => text.replace(/[^\n]/g, '"');
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  const words = source.replace(WORDS, (text) => (/^\/[*/]/.test(text) ? blank(text) : blot(text)));
  return DECLARATIONS.reduce((text, declaration) => text.replace(declaration, blank), words);
}
