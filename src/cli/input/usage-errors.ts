import type { ArgDef, ArgsDef } from "citty";
import { VidpipeError } from "../../domain/errors.ts";
import { quote } from "../../domain/refusal.ts";
import { nearest } from "../../formats/nearest.ts";
import { plain } from "../output/text.ts";
import { didYouMean } from "./flags.ts";

/** A wrong command line; the hint says where the help is. */
export function usageError(message: string, command?: string): VidpipeError {
  const help = command === undefined || command === "" ? "vidpipe --help" : `vidpipe ${command} --help`;
  return new VidpipeError("input.invalid", message, { facts: { hint: `run '${help}' for help` } });
}

/** What looks like an option, known or not. A text that starts with a dash and has spaces does not. */
const OPTION = /^(--?)([a-z0-9][\w-]*)(?:=([\s\S]*))?$/i;

/** Short names of an option, without dashes. */
export const aliasesOf = (arg: ArgDef): string[] =>
  "alias" in arg && arg.alias !== undefined ? [arg.alias].flat() : [];

/** An option or argument that may be given several times. */
export const isRepeatable = ({ valueHint }: ArgDef): boolean => valueHint?.endsWith("...") === true;

interface Option {
  readonly name: string;
  readonly takesValue: boolean;
  /** What its value is, as the help has it. */
  readonly hint: string;
  /** It may be given several times; its values are passed on as one text, a line each. */
  readonly repeatable: boolean;
}

/** Every spelling of every option: `--output`, `-o`. */
function spellings(args: ArgsDef): Map<string, Option> {
  const known = new Map<string, Option>();
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional") continue;
    const repeatable = isRepeatable(arg);
    const hint = arg.valueHint ?? "value";
    const option = { name, takesValue: arg.type !== "boolean", hint, repeatable };
    known.set(`--${name}`, option);
    for (const alias of aliasesOf(arg)) known.set(`-${alias}`, option);
  }
  return known;
}

/** Shortest option worth comparing with the known ones, in characters without dashes. */
const leastComparedCharacters = 3;

/** The known option that was probably meant: by its name, else by a word of it (`--durration`: `--clip-duration`). */
function suggestion(typed: string, known: ReadonlyMap<string, Option>): string {
  if (typed.length < leastComparedCharacters) return "";
  const names = [...new Set([...known.values()].map(({ name }) => name))];
  const close = nearest(typed, names);
  const words = new Map(names.flatMap((name) => name.split("-").map((word) => [word, name] as const)));
  const found = close ?? words.get(nearest(typed, [...words.keys()]) ?? "");
  return found === undefined ? "" : `; did you mean --${found}?`;
}

/** The command that was typed is not one; says which was probably meant. */
export const unknownCommand = (typed: string, known: readonly string[]): VidpipeError =>
  usageError(`unknown command "${plain(typed)}"${didYouMean(typed, known)}`);

/** A value follows its option: any word but another option. Negative numbers and the lone dash are values. */
const isValue = (word: string | undefined, known: ReadonlyMap<string, Option>): word is string =>
  word !== undefined && !known.has(word) && !(word.startsWith("--") && OPTION.test(word));

/** citty would call a missing option a fault of the program. */
function checkRequired(given: ReadonlyMap<string, string>, args: ArgsDef, command: string): void {
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional" || arg.required !== true || given.has(name)) continue;
    const value = arg.valueHint !== undefined ? ` ${arg.valueHint.toUpperCase()}` : "";
    throw usageError(`${command} needs --${name}${value}`, command);
  }
}

function checkPositionals(words: readonly string[], args: ArgsDef, command: string): void {
  const wanted = Object.entries(args).filter(([, arg]) => arg.type === "positional");
  const takesAll = wanted.some(([, arg]) => isRepeatable(arg));
  const extra = takesAll ? undefined : words[wanted.length];
  if (extra !== undefined) {
    const quotes = Object.hasOwn(args, "prompt") ? ": put quotes around a prompt with spaces" : "";
    throw usageError(`unexpected argument "${plain(extra)}"${quotes}`, command);
  }
  const missing = wanted.slice(words.length).find(([, arg]) => arg.required !== false);
  if (missing) throw usageError(`${command} needs ${missing[0].toUpperCase()}`, command);
}

/**
 * Checks a command's words against its arguments and writes them so that citty cannot misread them: every option as
 * `--name=value` or `--name`, then `--`, then the rest. citty ignores unknown options and drops `--no-...`.
 * @throws VidpipeError input.invalid for an unknown, repeated or incomplete option, or a wrong number of arguments
 */
export function spellOut(words: readonly string[], args: ArgsDef, command: string): string[] {
  const known = spellings(args);
  const options = new Map<string, string>();
  const positionals: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") {
      positionals.push(...left);
      break;
    }
    const parts = OPTION.exec(word);
    if (parts === null) {
      positionals.push(word);
      continue;
    }
    const [, dashes = "", typed = "", inline] = parts;
    const option = known.get(dashes + typed);
    if (option === undefined)
      throw usageError(`unknown option ${dashes}${plain(typed)}${suggestion(typed, known)}`, command);
    const before = options.get(option.name);
    if (before !== undefined && !option.repeatable)
      throw usageError(`--${option.name} is given twice: once would do`, command);
    const spelt = spell(option, inline, left, known, command);
    options.set(option.name, before === undefined ? spelt : `${before}\n${spelt.slice(`--${option.name}=`.length)}`);
  }
  checkRequired(options, args, command);
  checkPositionals(positionals, args, command);
  return [...options.values(), "--", ...positionals];
}

/** One option in full; its value is attached to it or is the next word. */
function spell(
  { name, takesValue, hint }: Option,
  inline: string | undefined,
  left: string[],
  known: ReadonlyMap<string, Option>,
  command: string,
): string {
  if (!takesValue) {
    if (inline !== undefined)
      throw usageError(`--${name} takes no value, not ${quote(plain(inline))}; --${name} alone would do`, command);
    return `--${name}`;
  }
  if (inline !== undefined) return `--${name}=${inline}`;
  const [next] = left;
  if (!isValue(next, known))
    throw usageError(`--${name} needs a value: --${name} ${hint.includes("|") ? hint : hint.toUpperCase()}`, command);
  left.shift();
  return `--${name}=${next}`;
}
