import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { VidpipeError } from "../domain/errors.ts";

/** Longest configuration file that is read, in bytes; a real one has a few thousand. */
const MAX_CONFIG_BYTES = 1_048_576;

interface TextFile {
  readonly text: string;
  /** True when every user of this machine may read it. */
  readonly isPublic: boolean;
}

const ABSENT = new Set(["ENOENT", "ENOTDIR"]);
/** The name of a failed system call's error, e.g. EACCES, for people. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "unreadable";

/** Whether it is a pipe, a socket or a device. */
function isOddFile(path: string): boolean {
  const there = statSync(path);
  return !there.isFile() && !there.isDirectory();
}

/** Reads at most one byte above the limit: devices and pipes have no end. */
function readUpToLimit(file: number): Uint8Array {
  const buffer = new Uint8Array(MAX_CONFIG_BYTES + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(file, buffer, length, buffer.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

function decode(bytes: Uint8Array, name: string): string {
  if (bytes.length > MAX_CONFIG_BYTES)
    throw new VidpipeError("config.invalid", `${name} is larger than 1 MiB: this is not a vidpipe configuration`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new VidpipeError("config.invalid", `${name} is not UTF-8 text`, { cause });
  }
}

/**
 * Reads a configuration file; undefined when there is none. One that nobody named, `isFound`, must be a regular file: a
 * planted pipe would be waited for.
 * @throws VidpipeError config.invalid when it cannot be read, is not text, or is too large
 */
export function findTextFile(path: string, name: string, isFound: boolean): TextFile | undefined {
  let file: number | undefined;
  try {
    if (isFound && isOddFile(path)) throw new VidpipeError("config.invalid", `${name} is not a regular file`);
    file = openSync(path, "r");
    const mode = process.platform === "win32" ? 0 : fstatSync(file).mode;
    return { text: decode(readUpToLimit(file), name), isPublic: (mode & 0o004) !== 0 };
  } catch (thrown) {
    if (thrown instanceof VidpipeError) throw thrown;
    const code = codeOf(thrown);
    if (ABSENT.has(code)) return undefined;
    const why = code === "EISDIR" ? "is a directory" : `cannot be read (${code})`;
    throw new VidpipeError("config.invalid", `${name} ${why}`, { cause: thrown });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
