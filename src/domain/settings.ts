import { z } from "zod";

/** A value that a found file may only make stricter. */
interface Stricter {
  /** How loose a value is: the found one counts when it is not looser than what holds without it. */
  readonly looseness: (value: unknown) => number;
  /** The values that count, for people: "only a lower one". */
  readonly words: string;
}

/** A value that a found file may set to some values only. */
interface Checked {
  /** Whether this value counts; a path is absolute. */
  readonly allows: (value: unknown) => boolean;
  readonly words: string;
  /** Another value is passed over with a line, since what stands in for it is what nearly everybody wants. */
  readonly isPassedOver?: boolean;
}

/**
 * Whether a file that merely lies in the current folder may set a value; every other source may set any. The folder may
 * be somebody else's: it may shape films, say whose account is used, and make vidpipe stricter.
 */
export type FoundRule =
  /** Yes: it shapes films, or how work is paced and told. It names no host, program or file and loosens nothing. */
  | "film"
  /** Yes: it says whose account is used. */
  | "account"
  /** A path: below the file's own folder. */
  | "place"
  /** No: it says who may reach vidpipe, whom it talks to, what it runs, or what things cost. */
  | "own"
  | Stricter
  | Checked;

/** A number that only counts when it is lower; null is no limit. */
export const onlyLower: FoundRule = {
  looseness: (value) => (typeof value === "number" ? value : Number.POSITIVE_INFINITY),
  words: "only a lower one",
};

/** A number that only counts when it is higher. */
export const onlyHigher: FoundRule = { looseness: (value) => -Number(value), words: "only a higher one" };

/** Words from strict to loose, those of one group alike; any other value is looser than all of them. */
export const onlyStricter = (...groups: readonly (readonly string[])[]): FoundRule => ({
  looseness: (value) => {
    const place = groups.findIndex((words) => words.some((word) => word === value));
    return place === -1 ? groups.length : place;
  },
  words: `only a stricter one (${groups.map((words) => words.join(" and ")).join(", then ")})`,
});

/** How one setting of a section is read, and what everything around it has to know. */
export interface SettingDefinition {
  /** With its default. A message continues the sentence "<key> ...". Reading a value twice gives the same value. */
  readonly schema: z.ZodType;
  /** One line for people: what it does, and what stands in when it is unset. */
  readonly description: string;
  /** A value that would do, as it is typed into a variable; of a secret, where to get one. Every refusal ends with it. */
  readonly example: string;
  /** Variables of other programs that fill it when it is not set by vidpipe's own names; the first one wins. */
  readonly variables?: readonly string[];
  /** Its value is never shown. */
  readonly isSecret?: boolean;
  /** A path; a relative one starts where it was written. */
  readonly isPath?: boolean;
  /** What a file may set that merely lies in the current folder; there is no default. */
  readonly found: FoundRule;
}

/** A part of config.yaml that belongs to one provider. */
export interface SettingsSection {
  /** Its name in config.yaml, e.g. `google_cloud`. */
  readonly name: string;
  /** By their names inside the section, in the order of the documentation. */
  readonly settings: Readonly<Record<string, SettingDefinition>>;
  /**
   * Values that no user sets, found from the environment, such as the place of a login; by names of their own. `isFound`
   * says whether a file that nobody named or trusted has set a setting of the section.
   */
  readonly discover?: (
    env: Readonly<Record<string, string | undefined>>,
    isFound: (name: string) => boolean,
  ) => Readonly<Record<string, unknown>>;
}

/** What the variables of all settings begin with. */
export const VARIABLE_PREFIX = "VIDPIPE_";

/** The variable of a setting: `pipeline.max_scenes` is `VIDPIPE_PIPELINE__MAX_SCENES`. */
export const variableOf = (key: string): string => `${VARIABLE_PREFIX}${key.toUpperCase().replaceAll(".", "__")}`;

/** The origin of a web page, exactly as browsers send it. */
export const ORIGIN = /^https?:\/\/[\w.:[\]-]{1,253}$/;
/** A Host header, or the host of a URL, with its port if it has one. */
export const HOST = /^[\w.:[\]-]{1,260}$/;

/** How a setting gets a value, in one phrase. */
export const howToSet = (key: string, value: string): string =>
  `set ${key} to ${value} (environment: ${variableOf(key)}=${value})`;

/** Values of a section by their names inside it, checked, paths absolute, with what was discovered. */
export type SectionValues = Readonly<Record<string, unknown>>;

const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** A number that was typed, as a number; everything else as it is. */
export const toNumber = (value: unknown) => (typeof value === "string" && NUMERIC.test(value) ? Number(value) : value);

/** A number within bounds, both included; `of` says of what. */
export function number(min: number, max: number, of = "a number") {
  const expected = `must be ${of} from ${min} to ${max.toLocaleString("en-US")}`;
  return z.preprocess(toNumber, z.number(expected).min(min, expected).max(max, expected));
}

/** A whole number within bounds, both included. */
export function whole(min: number, max: number) {
  const expected = `must be a whole number from ${min} to ${max.toLocaleString("en-US")}`;
  return z.preprocess(toNumber, z.int(expected).min(min, expected).max(max, expected));
}

const SWITCH_WORDS = new Map([
  ...["true", "yes", "on", "1"].map((word) => [word, true] as const),
  ...["false", "no", "off", "0"].map((word) => [word, false] as const),
]);
const toSwitch = (value: unknown) =>
  typeof value === "boolean" ? value : SWITCH_WORDS.get(String(value).toLowerCase());
/** true or false, in any of the usual words. */
export const onOff = z.preprocess(toSwitch, z.boolean("must be true or false"));

const toText = (value: unknown) => (typeof value === "number" ? String(value) : value);
/** One line of text, at most 2,000 characters. */
export const text = z.preprocess(
  toText,
  z
    .string("must be text")
    .max(2_000, "must be 2,000 characters or fewer")
    .regex(/^[^\p{Cc}]*$/u, "must not contain control characters"),
);

export const toLowerCase = (value: unknown) => (typeof value === "string" ? value.toLowerCase() : value);

const listWith = (words: readonly string[], last: string): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
/** "a, b or c" */
export const listOfWords = (words: readonly string[]): string => listWith(words, "or");
/** "a, b and c" */
export const listOfAll = (words: readonly string[]): string => listWith(words, "and");

/** One of some words, in any case. */
export const oneOf = <const T extends readonly string[]>(words: T) =>
  z.preprocess(toLowerCase, z.enum(words, `must be ${listOfWords(words)}`));

/** A key or a token. */
export const secret = z.string("must be text").regex(/^[\x21-\x7e]{1,500}$/, "must be one line of plain characters");

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** A key must not travel unencrypted, except to a server on this machine. */
function isSafeUrl(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname)));
}
/** The address of a service. */
export const baseUrl = z
  .string("must be a URL")
  .refine(isSafeUrl, "must be a URL that starts with https:// (http:// only for this machine)");

/** An address that receives the user's key: it counts on hosts of the domains. On this machine others may listen. */
export const onlyAddressesOf = (domains: readonly string[]): FoundRule => ({
  allows: (value) => {
    const hostname = typeof value === "string" ? (URL.parse(value)?.hostname ?? "") : "";
    return domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
  },
  words: `only at ${listOfAll(domains)}`,
});

const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
/** Whether a server that listens there can be reached only from this machine. */
export const isLoopback = (host: string): boolean => LOOPBACK_HOST.test(host);
