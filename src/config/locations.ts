import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { VidpipeError } from "../domain/errors.ts";
import { cured } from "../domain/refusal.ts";
import { EXAMPLES } from "./examples.ts";

/** What stands before the path in a database URL. */
export const DATABASE_SCHEME = "sqlite:///";
/** `sqlite:///path`, and version 1's `sqlite+aiosqlite:///path`; a fourth slash makes the path absolute. */
const DATABASE_URL = /^sqlite(?:\+aiosqlite)?:\/\/\/([^?#]*[^/?#])$/;

/** The file a database URL names, as written there. @throws VidpipeError config.invalid */
export function databaseFile(url: string, subject: string): string {
  const file = DATABASE_URL.exec(url)?.[1];
  if (file === undefined || file === ":memory:")
    throw new VidpipeError(
      "config.invalid",
      `${subject} ${cured("must be sqlite:///FILE (four slashes for an absolute path)", url, EXAMPLES["storage.database_url"])}`,
    );
  return file;
}

/** A configured path made absolute: `~/` is the home folder, anything relative starts at `folder`. */
export function absolutePath(path: string, folder: string, home: string | undefined, subject: string): string {
  if (path !== "~" && !/^~[/\\]/.test(path)) return isAbsolute(path) ? path : resolve(folder, path);
  if (home === undefined || home === "")
    throw new VidpipeError(
      "config.invalid",
      `${subject} ${cured("starts with ~, but HOME is not set: write the whole path", path, resolve(folder, path.slice(2)))}`,
    );
  return join(home, path.slice(1));
}

/** The command that is looked up in PATH when a configured program has no folder, else its absolute path. */
export function programPath(path: string, folder: string, home: string | undefined, subject: string): string {
  return dirname(path) === "." && !path.startsWith(".") ? path : absolutePath(path, folder, home, subject);
}

/** A path without links in it; undefined when it is not there. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Where a path leads once it is made; undefined when it is a link that leads nowhere yet, or cannot be looked at. */
function futurePath(path: string): string | undefined {
  const real = realPath(path);
  if (real !== undefined) return real;
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return undefined;
  } catch {
    return undefined;
  }
  const parent = dirname(path) === path ? undefined : futurePath(dirname(path));
  return parent === undefined ? undefined : join(parent, basename(path));
}

/** Whether an absolute path is below a folder, whatever links there are on the way. */
export function isBelow(path: string, folder: string): boolean {
  const real = futurePath(path);
  if (real === undefined) return false;
  const way = relative(realPath(folder) ?? folder, real);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
