/**
 * What is remembered in the user's own folder, outside every project: JSON, one file per name. `known-data` has a record
 * for each database, named by its mark: processes that write at the same time lose nothing.
 */
export type UserRecordName = "trusted-folders" | `known-data/${string}`;

/** Decisions of this user that no folder can make about itself. */
export interface UserRecords {
  /** Absolute path of the folder they are in, also before it exists; null when no home folder is known. */
  readonly folder: string | null;
  /** What was written last, as parsed JSON; undefined when nothing is there or it cannot be read: then nothing is known. */
  read(name: UserRecordName): unknown;
  /**
   * Replaces a record, whole or not at all; only the user may read it.
   * @throws VidpipeError storage.unusable, naming the variable that chooses another folder
   */
  write(name: UserRecordName, value: unknown): void;
}
