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
  /** What stands in for it is what nearly everybody wants: nothing refuses to start for it. */
  readonly isPassedOver: boolean;
}

/** The current folder, when its files were merely found. */
export interface FoundFolder {
  /** Its real path. */
  readonly folder: string;
  /** Of the guarded keys in its files with their values; another value of any of them is another hash. */
  readonly hash: string;
  /** The user said that these values count. */
  readonly isTrusted: boolean;
  /** What does not count, in the order of the documentation; empty when the folder is trusted. */
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

/** The hash of what the files of a folder say about guarded keys, whatever other sources say. */
export function hashOf(givenThere: GivenSettings, table: SettingTable): string {
  const guarded = guardedKeys(givenThere, table).map((key) => [key, givenThere.get(key)?.value]);
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(guarded)).digest("hex");
}

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
    return [{ key, origin: describeSource(source), holder: source.holder, value: shown, isPassedOver }];
  });
}

/** The trusted folders: the hash of each by its real path. */
const TrustedFolders = z.record(z.string(), z.string());
const recorded = (records: UserRecords | undefined): Readonly<Record<string, string>> =>
  TrustedFolders.safeParse(records?.read("trusted-folders")).data ?? {};

/** Whether the user trusts what the files of this folder say now. */
export const isTrustedFolder = (records: UserRecords | undefined, folder: string, hash: string): boolean => {
  const folders = recorded(records);
  return Object.hasOwn(folders, folder) && folders[folder] === hash;
};

/** Records that what a folder says now counts. @throws VidpipeError storage.unusable */
export function trustFolder(records: UserRecords, { folder, hash }: Pick<FoundFolder, "folder" | "hash">): void {
  records.write("trusted-folders", { ...recorded(records), [folder]: hash });
}

/** Forgets a folder, also one that is not there any more; false when it was not trusted. @throws VidpipeError storage.unusable */
export function untrustFolder(records: UserRecords, path: string): { readonly folder: string; readonly was: boolean } {
  const folder = realPath(path) ?? path;
  const { [folder]: known, ...others } = recorded(records);
  if (known !== undefined) records.write("trusted-folders", others);
  return { folder, was: known !== undefined };
}
