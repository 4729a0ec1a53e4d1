import { asVidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { AspectRatio } from "../domain/media.ts";
import { nameOf } from "../domain/piece-name.ts";
import { type Artifact, submitOfReply } from "../domain/step.ts";
import { COUNTS } from "../ports/repository.ts";
import type { Backup, FoundFile } from "../ports/server.ts";
import type { World } from "../ports/world.ts";
import { everyProject } from "./every-project.ts";
import { checkSignal } from "./interrupt.ts";
import { decoded } from "./media-check.ts";
import { createOrphanFiles, type OrphanFilesDeps, orphanGraceMs, publishedName } from "./orphan-files.ts";

/** Something that differs from what is recorded. */
export interface Problem {
  /** `database`: pages or rows; `missing`: a row's file; `damaged`: its content; `stray`: a file without a row. */
  readonly kind: "database" | "missing" | "damaged" | "stray";
  readonly projectId: ProjectId | null;
  /** The file below the artifact folder, if it is one. */
  readonly key: string | null;
  /** One line: what is wrong and what to do. */
  readonly message: string;
}

/** What a verification checked. */
export interface Verification {
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
  readonly problems: number;
}

/** Use cases that check files against rows, move orphan files and back up the database. */
export type IntegrityService = ReturnType<typeof createIntegrityService>;

type Tell = (kind: Problem["kind"], projectId: ProjectId | null, key: string | null, message: string) => void;

const dayMs = 24 * 3_600_000;

const mend = "put it back from a backup, or have its scene made again";

/** One verification under way. */
interface Round {
  readonly world: World;
  readonly tell: Tell;
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** Keys of the files that are there. */
  readonly present: ReadonlySet<string>;
  /** Keys of the files in the trash. */
  readonly thrownAway: ReadonlySet<string>;
}

export function createIntegrityService(deps: OrphanFilesDeps & { readonly world: World }) {
  const { world, orphanTrash } = deps;
  const { repository, artifacts, clock, log } = world;
  const orphans = createOrphanFiles(deps);
  return {
    ...orphans,
    /** Copies the database while it is in use. @throws VidpipeError input.invalid when a file is in the way */
    async backUp(
      destination: string,
      { replace }: { readonly replace: boolean },
      signal: AbortSignal,
    ): Promise<Backup> {
      checkSignal(signal, "nothing was written");
      return repository.backUp(destination, { replace, owner: world.owner });
    },
    /**
     * Reads the whole database in the background where nobody has for a day; what is damaged is told in the log.
     */
    async checkDaily(signal: AbortSignal): Promise<void> {
      const checked = await repository.checkedAtMs();
      if (checked !== null && clock.now() - checked < dayMs) return;
      const damage = await repository.check(signal);
      if (damage === null) return log.debug("the database was read to its end and is whole");
      log.error("the database is damaged: stop vidpipe and put a backup of it in its place", { damage });
    },
    /**
     * Checks one project, or all of them and the database: every row's file has its length and content and decodes,
     * every file has a row. Only what dead processes left unfinished is cleared first. Problems are told as they are
     * found. With `quick` nothing is decoded.
     * @throws VidpipeError run.interrupted, project.not_found
     */
    async verify(
      id: ProjectId | null,
      { quick }: { readonly quick: boolean },
      report: (problem: Problem) => void,
      signal: AbortSignal,
    ): Promise<Verification> {
      let problems = 0;
      const tell: Tell = (kind, projectId, key, message) => {
        problems += 1;
        report({ kind, projectId, key, message });
      };
      await orphans.tidy(signal);
      const findings = await repository.inspect();
      for (const { level, message, fix } of findings)
        if (level === "fail") tell("database", null, null, `${message}; ${fix}`);
      if (findings.some(({ topic, level }) => topic === COUNTS && level !== "ok")) await repository.recount();
      // Files before rows: what is stored meanwhile has its row by then, and is not taken for an orphan.
      const found = (await artifacts.files()).filter((file) => id === null || file.projectId === id);
      const recorded = await recordsOf(world, id, tell);
      const present = new Set(found.map(({ key }) => key));
      const round: Round = { world, tell, quick, signal, present, thrownAway: new Set(await orphanTrash.keys()) };
      const rows = [...recorded.values()].flatMap((facts) =>
        facts === null ? [] : checkedFiles(facts).map((artifact) => ({ artifact, facts })),
      );
      for (const { artifact, facts } of rows) await checkArtifact(round, artifact, facts);
      const inTrash = await repository.trash.expired(Number.MAX_SAFE_INTEGER);
      const checked = found.filter((file) => !inTrash.includes(file.projectId));
      for (const file of checked) await checkFile(world, file, recorded.get(file.projectId), tell);
      const bytes = rows.reduce((sum, { artifact }) => sum + artifact.bytes, 0);
      return { projects: recorded.size, files: rows.length, bytes, problems };
    },
  };
}

/** What is recorded of one project or of all; null, and told, where the rows cannot be read. */
async function recordsOf({ repository }: World, id: ProjectId | null, tell: Tell) {
  const recorded = new Map<ProjectId, ProjectFacts | null>();
  for await (const project of id === null ? everyId(repository) : [id]) {
    const facts = await repository.facts(project).catch((thrown: unknown) => {
      const { code, message } = asVidpipeError(thrown);
      if (code !== "storage.damaged") throw thrown;
      tell("database", project, null, `project ${project}: ${message}`);
      return null;
    });
    recorded.set(project, facts);
  }
  return recorded;
}

async function* everyId(repository: World["repository"]): AsyncGenerator<ProjectId> {
  for await (const slice of everyProject(repository)) yield* slice.map((head) => head.id);
}

/** The rows whose files are checked: an answer that a piece was made of as it is counts as that piece. */
function checkedFiles({ artifacts }: ProjectFacts): readonly Artifact[] {
  const made = new Set(artifacts.flatMap(({ role, key }) => (role === "answer" ? [] : key)));
  return artifacts.filter(({ role, key }) => role !== "answer" || !made.has(key));
}

/** What to do about a file that is not what was stored. */
function mendingOf({ project, steps, submits }: ProjectFacts, { id, role, stepId }: Artifact): string {
  if (role !== "answer") return mend;
  const submit = submits.find(({ replyId, resultId }) => replyId === id || resultId === id);
  const step = steps.find((one) => one.id === stepId);
  const what = `it is the kept answer of a paid call for ${step === undefined ? "a piece" : `the ${nameOf(step)}`}`;
  if (step?.status === "done" || submit?.verdict === "used")
    return `${what}, which was used already: put it back from a backup, or leave it; the film does not need it`;
  return `${what}: put it back from a backup, or 'vidpipe resume ${project.id}' tells what buying it again costs and asks before it does`;
}

async function checkArtifact(round: Round, artifact: Artifact, facts: ProjectFacts): Promise<void> {
  const { world, tell, signal } = round;
  checkSignal(signal, "nothing was changed");
  const { key, projectId, bytes } = artifact;
  if (!round.present.has(key)) {
    const how = round.thrownAway.has(key)
      ? "vidpipe verify --put-back takes it out of the trash"
      : mendingOf(facts, artifact);
    return tell("missing", projectId, key, `${key} is missing: ${how}`);
  }
  if (!(await world.artifacts.intact(artifact)))
    return tell(
      "damaged",
      projectId,
      key,
      `${key} is not the ${bytes} bytes that were stored: ${mendingOf(facts, artifact)}`,
    );
  const fault = round.quick ? null : await decodingFault(round, artifact, facts.project.request.aspectRatio);
  if (fault !== null) tell("damaged", projectId, key, `${key} does not decode: ${fault}`);
}

/** What is wrong with a file's content; null when all of it decodes. */
async function decodingFault(
  { world, signal }: Round,
  artifact: Artifact,
  aspectRatio: AspectRatio,
): Promise<string | null> {
  try {
    await decoded(world.media, world.artifacts.pathOf(artifact.key), artifact, aspectRatio, signal);
    return null;
  } catch (thrown) {
    const { code, message } = asVidpipeError(thrown);
    if (code !== "media.invalid" && code !== "storage.damaged") throw thrown;
    return message;
  }
}

/** What a stored reply without a row is, and the way out. It is never swept: it was paid for. */
function wayOfReply(facts: ProjectFacts | undefined, paidCall: string): string {
  const submit = facts?.submits.find(({ id }) => id === paidCall);
  const step = facts?.steps.find(({ id }) => id === submit?.stepId);
  if (facts === undefined || submit === undefined || step === undefined)
    return "is the answer to a paid call that is not recorded: the records are older than it; put back a newer backup of the database, and keep the file until then";
  const what = `is the answer to a paid call for the ${nameOf(step)} and has no row`;
  if (step.status === "done" || submit.replyId !== null)
    return `${what}; the ${nameOf(step)} does not need it: keep it or remove it by hand`;
  return `${what}: a crash left it; 'vidpipe resume ${facts.project.id}' takes it up and buys nothing for it`;
}

/** Checks a file that may have no row. `facts`: undefined when its project is not recorded, null when its rows cannot be read. */
async function checkFile(
  { artifacts, clock }: World,
  { key, projectId, modifiedAtMs }: FoundFile,
  facts: ProjectFacts | null | undefined,
  tell: Tell,
): Promise<void> {
  if (facts === null || facts?.artifacts.some((artifact) => artifact.key === key)) return;
  if (clock.now() - modifiedAtMs < orphanGraceMs) return;
  const stray = (message: string) => tell("stray", projectId, key, `${key} ${message}`);
  const paidCall = submitOfReply(key);
  if (paidCall !== null) return stray(wayOfReply(facts, paidCall));
  if (facts === undefined)
    return stray(
      "belongs to no recorded project: keep it if a newer backup is to be put back or another database uses this folder, else vidpipe verify --collect-all moves it into the trash",
    );
  const published = publishedName.exec(key)?.[1];
  if (published === undefined)
    return stray(
      "has no row: a crash left it, or the records are older than it; nothing uses it, vidpipe verify --collect moves it into the trash",
    );
  for (const film of facts.artifacts) if (film.role === published && (await artifacts.intact({ ...film, key }))) return;
  const again = published === "final" ? "stitch" : "resume --until animatic";
  tell("damaged", projectId, key, `${key} is none of the stored films: vidpipe ${again} ${projectId} makes it again`);
}
