import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { joined, VidpipeError } from "../../domain/errors.ts";
import { CrossfadeSeconds, plainTransition, TRANSITION_KINDS, type Transition } from "../../domain/transition.ts";
import { readJoinList } from "../../formats/join-list.ts";
import { problemLine } from "../../formats/problems.ts";
import type { FileToJoin } from "../../services/join-files.ts";
import type { CliContext } from "../context.ts";
import { plain } from "../output/text.ts";
import { numberFlag, textFlag } from "./flags.ts";
import { refuseFile } from "./storyboard-source.ts";
import { readText } from "./text-source.ts";
import { usageError } from "./usage-errors.ts";

const EXAMPLE = "vidpipe join shot1.mp4 shot2.mp4 -o film.mp4";

/** The files that the words of `join` or its list name, in their order. @throws VidpipeError input.invalid */
export async function filesToJoin(
  context: CliContext,
  words: readonly string[],
  list: string | undefined,
): Promise<readonly FileToJoin[]> {
  if (words.length > 0 && list !== undefined) throw usageError("give the files or --list, not both", "join");
  if (words.length === 0 && list === undefined)
    throw usageError(`join needs the files to join, e.g. ${EXAMPLE}`, "join");
  const files = list === undefined ? (await Promise.all(words.map(filesOfWord))).flat() : await listed(context, list);
  if (list === undefined) await checkFiles(files, ({ name }) => name);
  return files;
}

/** The files of a list; what is wrong with one is told with its line. */
async function listed(context: CliContext, list: string): Promise<readonly FileToJoin[]> {
  const text = await readText(context, list, { what: "the list of files", flag: "--list" });
  const [name, folder] = list === "-" ? ["standard input", "."] : [list, dirname(list)];
  const { files, problems } = readJoinList(text, plain(name));
  if (files === null) throw refuseFile(context, name, problems);
  const found = files.map(({ clip, line, transition, out }) => ({
    ...{ path: resolve(folder, clip), name: clip, line },
    ...{ transition, outSeconds: out },
  }));
  await checkFiles(found, ({ name: clip, line }) => `${name}: ${problemLine({ line, message: clip })}`);
  return found;
}

/** @throws VidpipeError input.invalid with all that are no files; `called` says how each is named */
async function checkFiles<File extends FileToJoin>(files: readonly File[], called: (file: File) => string) {
  const faults = await Promise.all(files.map(async (file) => faultOf(plain(called(file)), file)));
  const [first, ...others] = faults.flat();
  if (first !== undefined) throw joined(first, ...others);
}

/** What a shell would expand if it were not quoted. */
const PATTERN = /[*?[\]{}]/;

/** shot2 before shot10. */
const inNaturalOrder = new Intl.Collator("en", { numeric: true });

/** A word is a file of that name, else a pattern. */
async function filesOfWord(word: string): Promise<FileToJoin[]> {
  if (word === "-")
    throw new VidpipeError(
      "input.invalid",
      "- is standard input, which cannot be joined: a file is read at several places, so save it to one first",
    );
  if (!PATTERN.test(word) || (await kindOf(word)) !== null) return [{ path: resolve(word), name: word }];
  const found = await Array.fromAsync(new Bun.Glob(word).scan({ onlyFiles: false })).catch((cause: unknown) => {
    throw new VidpipeError("input.invalid", `${plain(word)} cannot be looked through`, { cause });
  });
  const kinds = await Promise.all(found.map(kindOf));
  const names = found.filter((_, place) => kinds[place] === "file").toSorted(inNaturalOrder.compare);
  if (names.length === 0) throw new VidpipeError("input.invalid", `no file matches ${plain(word)}`);
  return names.map((name) => ({ path: resolve(name), name }));
}

type Kind = "file" | "folder" | "other";

/** What is at a path, links followed; null for nothing, or what cannot be looked at. */
async function kindOf(path: string): Promise<Kind | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  if (found.isFile()) return "file";
  return found.isDirectory() ? "folder" : "other";
}

async function faultOf(called: string, { path, name }: FileToJoin): Promise<VidpipeError[]> {
  const kind = name === "" ? null : await kindOf(path);
  const mayBeRead = await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (kind === "file" && mayBeRead) return [];
  const faults = {
    file: "may not be read: check its permissions",
    folder: `is a folder: name the files in it, e.g. '${plain(name.replace(/\/+$/, ""))}/*.mp4'`,
    other: "is a pipe or a device: a file is read at several places, so save it to one first",
    missing: "was not found",
  };
  const what = name === "" ? "a file without a name" : called;
  return [new VidpipeError("input.invalid", `${what} ${faults[kind ?? "missing"]}`)];
}

/** Length of a transition whose length is not said, seconds. */
export const USUAL_SECONDS = 0.5;

/** How files pass into each other, as it was typed: `--crossfade 0.5` or `--transition dip:1`. @throws VidpipeError input.invalid */
export function transitionFlags(crossfade: string | undefined, transition: string | undefined): Transition {
  if (crossfade !== undefined && transition !== undefined)
    throw usageError("give --crossfade or --transition, not both", "join");
  if (transition === undefined)
    return plainTransition(numberFlag("--crossfade", crossfade, CrossfadeSeconds, "0.5") ?? 0);
  const [word, length] = transition.split(/:(.*)/s);
  const kind = textFlag("--transition", word, z.enum(TRANSITION_KINDS), "dip") ?? "cut";
  if (kind !== "cut")
    return { kind, seconds: numberFlag("--transition", length, CrossfadeSeconds.positive(), "0.5") ?? USUAL_SECONDS };
  if (length !== undefined) throw usageError("--transition cut has no length: cut alone would do", "join");
  return { kind, seconds: 0 };
}

/** Endings of a file that holds what is made. */
const MP4_NAME = /\.(mp4|m4v)$/i;

/** Where the film goes, as it was typed. @throws VidpipeError input.invalid when that says another format */
export function outputFlag(typed: string | undefined): string {
  const output = typed ?? "film.mp4";
  if (output === "-")
    throw usageError("-o - is standard output, where no film can be written: name a file, e.g. -o film.mp4", "join");
  if (MP4_NAME.test(output)) return output;
  throw usageError(`the film is an MP4: name it so, e.g. -o film.mp4, not ${plain(output)}`, "join");
}
