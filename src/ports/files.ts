/** Ports for files: the artifact store, folders and files of the user, archives. */
import type { ProjectId } from "../domain/ids.ts";
import type { Artifact } from "../domain/step.ts";
import type { Finding } from "./media.ts";
import type { FoundFile } from "./server.ts";

/** Where a file was put. */
export type StoredFile = Pick<Artifact, "key" | "sha256" | "bytes">;

/**
 * Hashes a whole open file (its descriptor) away from the thread that answers requests; null when it cannot, or the file
 * is so small that the caller does it sooner. The file must stay open meanwhile.
 */
export type FileHasher = (fd: number) => Promise<Pick<StoredFile, "sha256" | "bytes"> | null>;

/** A stored file with its row, and where it lies. */
export interface StoredPiece {
  readonly artifact: Artifact;
  readonly path: string;
}

/** What a file is called: `<project>/<name>-<start of sha256>.<extension>`. */
export interface FileSlot {
  readonly projectId: ProjectId;
  /** Lower-case words, digits and dashes, e.g. `clip-03`. */
  readonly name: string;
  readonly extension: "png" | "jpg" | "webp" | "mp4" | "json" | "bin";
}

/** A file that comes from elsewhere; `write` puts its content at a private path. */
export interface IncomingFile {
  readonly file: StoredFile;
  readonly write: (path: string) => Promise<void>;
}

/** Immutable files. A file is complete, checked and durable before it has a key. */
export interface ArtifactStore {
  /**
   * Gives `write` a private path, then hashes, syncs and renames what it left there.
   * Nothing remains when `write` throws. @throws VidpipeError storage.full, storage.io
   */
  put<T>(slot: FileSlot, write: (path: string) => Promise<T>): Promise<StoredFile & { readonly written: T }>;
  /** Gives `use` a private path; what is left there goes. @throws VidpipeError storage.full, storage.io */
  borrow<T>(slot: Omit<FileSlot, "projectId">, use: (path: string) => Promise<T>): Promise<T>;
  /**
   * The files of a project that is new here, one after the other, and then its rows, which `admit` writes: all of it or
   * nothing.
   * @throws VidpipeError project.conflict when it has files already, input.invalid when one is not what its hash says
   */
  importProject(id: ProjectId, files: AsyncIterable<IncomingFile>, admit: () => Promise<void>): Promise<void>;
  /**
   * Moves the files of an import of this project that a dead process did not finish into the trash, if there are any.
   * Called in a standstill in which no row names the project; synchronous like it. @throws VidpipeError storage.io
   */
  clearAbandonedImport(id: ProjectId): void;
  /** The whole stored file of a name, with or without a row; null where there is none. */
  find(projectId: ProjectId, name: string): Promise<(StoredFile & Pick<FileSlot, "extension">) | null>;
  pathOf(key: string): string;
  /** @throws VidpipeError storage.damaged when missing, or not the content its key was made from */
  read(key: string): Promise<Uint8Array>;
  /** True when the file is there with this length and hash. */
  intact(file: StoredFile): Promise<boolean>;
  /** Gives a file a second, public name in its project's folder, replacing what had that name. Returns its key. */
  publish(key: string, name: string): Promise<string>;
  /** Copies a file to a path outside, whole or not at all. @throws VidpipeError input.invalid, storage.full */
  export(key: string, destination: string): Promise<void>;
  /** Checks that `export` could write there; makes nothing. @throws VidpipeError input.invalid */
  checkExport(destination: string): Promise<void>;
  /** Every file in the folders of projects, sorted by key; links, temp files and hidden files are left out. */
  files(): Promise<readonly FoundFile[]>;
  /** Removes every file of a project, for good. */
  discard(id: ProjectId): Promise<void>;
  /** Free bytes where artifacts go. */
  freeBytes(): Promise<number>;
  /** Removes temp files of processes that are gone. Returns how many. */
  sweep(): Promise<number>;
}

/** A folder of plain files that people may read and edit themselves. Names are file names without a folder. */
export interface UserFolder {
  /** Every name there that is not hidden, links too, sorted; none where the folder does not exist. */
  names(): Promise<readonly string[]>;
  /** @throws VidpipeError input.invalid when it cannot be read, input.too_large */
  read(name: string, limitBytes: number): Promise<Uint8Array>;
  /** Writes a new file whole or not at all. @throws VidpipeError input.invalid when the name is taken, storage.full */
  write(name: string, content: Uint8Array): Promise<void>;
  /** Removes a file, if it is there. @throws VidpipeError storage.io */
  remove(name: string): Promise<void>;
  pathOf(name: string): string;
}

/** Who may read what is kept. Where modes of files mean nothing (Windows) nothing is found. */
export interface DataModes {
  /** What others than its owner may read, as findings for `doctor`. @throws VidpipeError storage.io */
  inspect(): Promise<readonly Finding[]>;
  /** Takes it from them. Returns how many files and folders were changed. @throws VidpipeError storage.io, input.invalid under storage.mode umask */
  repair(): Promise<number>;
}

/** Files without a row, moved out of the projects' folders until they are put back or deleted. */
export interface OrphanTrash {
  /**
   * Moves a file in, under the time of this round; false when it is gone, was changed after `unchangedSinceMs`, or is
   * being imported. Synchronous, as are the next two, for use in a standstill of the database.
   */
  throwIn(key: string, unchangedSinceMs: number, nowMs: number): boolean;
  /** Moves a project's folder in; false unless it is an import that a dead process did not finish. */
  throwInAll(id: ProjectId, nowMs: number): boolean;
  /** Removes the mark that the files of a project are being imported. */
  settle(id: ProjectId): void;
  /** Projects whose import a dead process did not finish. */
  abandoned(): Promise<readonly ProjectId[]>;
  /** Keys of what is in it. */
  keys(): Promise<readonly string[]>;
  /** Puts back what has its place free, of one project or of all. Returns the keys. */
  putBack(id: ProjectId | null): Promise<readonly string[]>;
  /** Deletes for good what was moved in before a time, epoch ms. Returns how many files. */
  empty(beforeMs: number): Promise<number>;
}

/** One file of an archive. */
export interface ArchiveEntry {
  /** Path in the archive, with forward slashes, at most 100 ASCII characters. */
  readonly name: string;
  readonly content: Uint8Array | { readonly path: string; readonly bytes: number; readonly sha256: string };
}

/** An archive that is read from its beginning to its end. Failures are VidpipeError input.invalid. */
export interface ArchiveReader {
  /** The next file, once the one before was read; null where the archive properly ends. */
  next(): Promise<{ readonly name: string; readonly bytes: number } | null>;
  /** The current file's content. @throws VidpipeError input.invalid when it is longer than `limitBytes` */
  read(limitBytes: number): Promise<Uint8Array>;
  /** Writes the current file's content to a new file. */
  save(path: string): Promise<void>;
}

/** Places outside the data folder, as people name them. What is written there is whole or not there. */
export interface UserFiles {
  /** Makes a folder and those above it. @throws VidpipeError input.invalid when something else is in the way */
  makeFolder(path: string): Promise<void>;
  /** Writes a text file, over what stood there. @throws VidpipeError input.invalid, storage.full */
  writeText(path: string, text: string): Promise<void>;
  /** Gives a stored file a second name; its bytes are stored once where the file system can. */
  link(from: string, to: string): Promise<void>;
  /** Writes a plain tar archive; where `files` throws nothing is written. @throws VidpipeError input.invalid, storage.full, storage.damaged (a file is not what its hash says) */
  pack(path: string, files: Iterable<ArchiveEntry>): Promise<void>;
  /** Opens a plain tar archive of regular files; anything else in it is refused. @throws VidpipeError input.invalid */
  unpack<T>(path: string, read: (archive: ArchiveReader) => Promise<T>): Promise<T>;
}

/** Films at places that the user names, made without a data folder. What is there is whole. */
export interface FilmFiles {
  /**
   * The file that a film at `destination` would become. Makes nothing.
   * @throws VidpipeError input.invalid when something is in the way, or is there and may not be replaced
   */
  check(destination: string, mayReplace: boolean): Promise<string>;
  /**
   * Gives `write` a path for the film in a new folder beside `destination`, whose rest is scratch; then makes the film
   * durable there. Nothing else remains, also when `write` throws or the process is told to end.
   * @throws VidpipeError as check, storage.full, storage.io
   */
  make<T>(
    destination: string,
    mayReplace: boolean,
    write: (film: string, scratch: string) => Promise<T>,
  ): Promise<{ readonly path: string; readonly bytes: number; readonly written: T }>;
  /** Lends a folder where the system keeps temporary files. */
  lend<T>(use: (scratch: string) => Promise<T>): Promise<T>;
  /** Whether two paths lead to one file. */
  isSame(one: string, other: string): Promise<boolean>;
}
