import { VidpipeError } from "../domain/errors.ts";
import type { Finding } from "../ports/media.ts";
import type { Clock, Log } from "../ports/runtime.ts";
import type { UserRecords } from "../ports/user-records.ts";
import type { World } from "../ports/world.ts";

/** Whose the database is: one that merely lay in the current folder may be anybody's, and its films would spend money. */
export type Adoption = ReturnType<typeof createAdoption>;

/** Remembers databases of this user by their marks. */
export type KnownData = ReturnType<typeof createKnownData>;

export function createKnownData(
  records: UserRecords,
  { path, isFound }: { readonly path: string; readonly isFound: boolean },
  { clock, log }: { readonly clock: Clock; readonly log: Log },
) {
  /** Marks of databases that this process made: they are known to it, whatever could be written down. */
  const made = new Set<string>();
  const write = (mark: string) =>
    records.write(`known-data/${mark}`, { database: path, known_since: new Date(clock.now()).toISOString() });
  return {
    knows: (mark: string): boolean => made.has(mark) || records.read(`known-data/${mark}`) !== undefined,
    /** @throws VidpipeError storage.unusable, naming the variable that chooses another folder */
    write,
    /** Remembers a database that this process makes; never throws: a film is not to wait for it. */
    remember(mark: string): void {
      made.add(mark);
      try {
        write(mark);
      } catch (thrown) {
        // A place that was named needs no record.
        if (isFound)
          log.warn(
            `${messageOf(thrown)}; this command goes on, and without it the next one takes the data folder for somebody else's; a database that VIDPIPE_STORAGE__DATABASE_URL names needs no record`,
          );
      }
    },
  };
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

const NOT_KNOWN = "the data in this folder was merely found here and is not known as yours";
const WAY =
  "if it is yours, run 'vidpipe adopt' in this folder once (or name the database in VIDPIPE_STORAGE__DATABASE_URL)";

const notAdopted = (): VidpipeError =>
  new VidpipeError("storage.not_adopted", `${NOT_KNOWN}: nothing was bought and nothing was changed; ${WAY}`);

/**
 * `isFound`: nobody but the current folder says that this database is to be used. Whether it is known is looked up once:
 * a process that began without it stays so.
 */
export function createAdoption({
  mark,
  isFound,
  known,
  providers,
}: {
  readonly mark: string | null;
  readonly isFound: boolean;
  readonly known: Pick<KnownData, "knows" | "write">;
  readonly providers: World["providers"];
}) {
  const isKnown = !isFound || (mark !== null && known.knows(mark));
  const isLocal = (provider: string) => providers.get(provider)?.local ?? false;
  return {
    /** Whether films that cost money may be made here. */
    isKnown,
    /** As a policy has it. Work of a local provider is free, whoever's film it is. */
    refusal: isKnown ? null : (provider: string): VidpipeError | null => (isLocal(provider) ? null : notAdopted()),
    /** For `doctor`, and for a server that starts or is asked whether it is ready. `blocks`: a film would be refused. */
    findings: (blocks = false): readonly Finding[] =>
      isKnown
        ? []
        : [
            {
              topic: "data",
              level: blocks ? "fail" : "warn",
              message: `${NOT_KNOWN}: it is shown, and nothing is bought for its films`,
              fix: WAY,
            },
          ],
    /** Remembers the database as this user's; starts nothing. @throws VidpipeError storage.unusable */
    adopt(): void {
      if (mark !== null) known.write(mark);
    },
  };
}
