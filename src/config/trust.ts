/** Which values count that stand in files of a folder that nobody named. */
import { z } from "zod";
import type { FoundRule } from "../domain/settings.ts";
import type { UserRecords } from "../ports/user-records.ts";
import { describeSource, type GivenSettings } from "./layers.ts";
import { DATABASE_SCHEME, isBelow, realPath } from "./locations.ts";
import type { SettingTable, Values } from "./setting-table.ts";

/** Stands for a secret. */
export const MASK = "********";

/** A value of a found file that is not in force. */
export interface Untrusted {
  readonly key: string;
  /** Its source in one phrase, e.g. `.env VIDPIPE_SERVER__AUTH_TOKEN`. */
  readonly origin: string;
  /** The file as it is shown: `config.yaml` or `.env`. */
  readonly holder: string;
  /** What it would be, masked when it is a secret. */
  readonly value: unknown;
  /** Of the key with the value as it was written; another value has another one. */
  readonly hash: string;
  /** What stands in for it is what nearly everybody wants: nothing refuses to start for it. */
  readonly isPassedOver: boolean;
}

/** Keys that the user trusts in a folder, each with the hash of the value that they were shown. */
export type TrustedKeys = Readonly<Record<string, string>>;

/** The current folder, when its files were merely found. */
export interface FoundFolder {
  /** Its real path. */
  readonly folder: string;
  /** Keys that count because the user said so. */
  readonly trusted: readonly string[];
  /** What does not count, in the order of the documentation. */
  readonly untrusted: readonly Untrusted[];
}

/** What was set, and the values that makes, paths absolute. */
export interface Reading {
  readonly given: GivenSettings;
  readonly values: Values;
}

const isGuarded = ({ foundRules }: SettingTable, key: string): boolean => {
  const rule = foundRules.get(key);
  return rule !== "film" && rule !== "account";
};

/** Keys whose values come from a found file and that such a file may not set just like that. */
export const guardedKeys = (given: GivenSettings, table: SettingTable): readonly string[] =>
  table.keys.filter((key) => given.get(key)?.source.isFound === true && isGuarded(table, key));

const hashOf = (key: string, value: unknown): string =>
  new Bun.CryptoHasher("sha256").update(JSON.stringify([key, value])).digest("hex");

function valueIn({ core, ofProviders }: Values, key: string): unknown {
  if (ofProviders.has(key)) return ofProviders.get(key);
  const value: unknown = Object.entries(core).find(([name]) => name === key)?.[1];
  return typeof value === "string" && value.startsWith(DATABASE_SCHEME) ? value.slice(DATABASE_SCHEME.length) : value;
}

/** Whether a value of a file in `folder` counts under a rule; `safe` is what holds without it. */
function counts(rule: FoundRule, value: unknown, safe: unknown, folder: string): boolean {
  if (rule === "own") return false;
  if (rule === "place") return typeof value === "string" && isBelow(value, folder);
  if (typeof rule === "string") return true;
  return "allows" in rule ? rule.allows(value) : rule.looseness(value) <= rule.looseness(safe);
}

/** What does not count of a found folder: `all` is with its files, `without` is what holds if they were not there. */
export function untrustedIn(all: Reading, without: Reading, table: SettingTable, folder: string): Untrusted[] {
  return guardedKeys(all.given, table).flatMap((key) => {
    const rule = table.foundRules.get(key);
    const source = all.given.get(key)?.source;
    const value = valueIn(all.values, key);
    const safe = valueIn(without.values, key);
    if (source === undefined || rule === undefined || Bun.deepEquals(value, safe)) return [];
    if (counts(rule, value, safe, folder)) return [];
    const isPassedOver = typeof rule === "object" && "allows" in rule && rule.isPassedOver === true;
    const shown = table.secrets.has(key) ? MASK : value;
    const hash = hashOf(key, all.given.get(key)?.value);
    return [{ key, origin: describeSource(source), holder: source.holder, value: shown, hash, isPassedOver }];
  });
}

/** The trusted folders by their real paths: only what the user was shown is trusted. */
const TrustedFolders = z.record(z.string(), z.record(z.string(), z.string()));
const recorded = (records: UserRecords | undefined): Readonly<Record<string, TrustedKeys>> =>
  TrustedFolders.safeParse(records?.read("trusted-folders")).data ?? {};

/** What the user trusts in a folder. */
export const trustedKeys = (records: UserRecords | undefined, folder: string): TrustedKeys => {
  const folders = recorded(records);
  return Object.hasOwn(folders, folder) ? (folders[folder] ?? {}) : {};
};

/** Values as keys that are trusted. */
export const keysOf = (shown: readonly Untrusted[]): TrustedKeys =>
  Object.fromEntries(shown.map(({ key, hash }) => [key, hash]));

/** Records that these values of a folder count. @throws VidpipeError storage.unusable */
export function trustFolder(records: UserRecords, folder: string, shown: readonly Untrusted[]): void {
  const keys = { ...trustedKeys(records, folder), ...keysOf(shown) };
  records.write("trusted-folders", { ...recorded(records), [folder]: keys });
}

/** Forgets a folder, also one that is not there any more; false when it was not trusted. @throws VidpipeError storage.unusable */
export function untrustFolder(records: UserRecords, path: string): { readonly folder: string; readonly was: boolean } {
  const folder = realPath(path) ?? path;
  const { [folder]: known, ...others } = recorded(records);
  if (known !== undefined) records.write("trusted-folders", others);
  return { folder, was: known !== undefined };
}
