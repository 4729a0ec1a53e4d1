import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import { isSettled } from "../../domain/lifecycle.ts";
import { filesOf, ProjectRecord, readFormerRecord, recordFault, recordJson } from "../../domain/project-record.ts";
import { printable } from "../../domain/refusal.ts";
import type { Artifact } from "../../domain/step.ts";
import { foreignWord } from "./foreign-words.ts";

/** First file of a bundle: what it is, and the hash of everything else in it. */
export const MANIFEST_NAME = "vidpipe-bundle.json";
/** Second file: everything recorded about the project. */
export const RECORD_NAME = "project.json";
/** Most bytes of the manifest and of the record: thousands of scenes with all their takes. */
export const MOST_LIST_BYTES = 64 * 1024 ** 2;

const FORMAT = "vidpipe-bundle";

const Listed = z.strictObject({
  name: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(1),
});
const ManifestFields = z.strictObject({
  format: z.literal(FORMAT),
  /** Of the format, from 1. */
  version: z.int(),
  /** What made it, e.g. `vidpipe 2.0.0`; for people. */
  software: z.string().max(200),
  /** In the order of the archive. */
  files: z.array(Listed).min(1).max(200_000),
  /** sha256 of all the rest as JSON: finds accidental changes. */
  check: z.string(),
});
/** A manifest in the present shape, whichever version of the format it was read from. */
export type Manifest = Readonly<z.infer<typeof ManifestFields>>;

/** How one version of the format is read. */
export interface BundleReader {
  /** A manifest of this version, in the present shape. @throws VidpipeError input.invalid when it was changed or is damaged */
  readonly manifest: (bytes: Uint8Array) => Manifest;
  /** A record of this version, in the present shape. @throws z.ZodError when it is something else */
  readonly record: (json: unknown) => ProjectRecord;
}

/**
 * The reader of every version that was released, from version 1; the last is the version that is written. When an
 * older vidpipe could not read what this one writes, a reader is added at the end, and those before it keep the shapes
 * that they read and bring them to the present one. None is ever removed.
 */
export const BUNDLE_READERS: readonly BundleReader[] = [
  { manifest: manifestReader(1), record: readFormerRecord },
  // Paid answers, and why each call was made.
  { manifest: manifestReader(2), record: (json) => ProjectRecord.parse(json) },
];

const encoder = new TextEncoder();
const sha256Of = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** Where a stored file lies in a bundle. */
export const nameInBundle = ({ key }: Pick<Artifact, "key">): string => `artifacts/${key.slice(key.indexOf("/") + 1)}`;

/** The two lists that a bundle begins with. Pure; the same project makes the same bytes. */
export function bundleLists(
  record: ProjectRecord,
  software: string,
): { readonly manifest: Uint8Array; readonly record: Uint8Array } {
  const text = encoder.encode(`${JSON.stringify(recordJson(record))}\n`);
  const listed = { name: RECORD_NAME, sha256: sha256Of(text), bytes: text.length };
  const files = [listed, ...listOf(record)];
  const body: Omit<Manifest, "check"> = { format: FORMAT, version: BUNDLE_READERS.length, software, files };
  return { manifest: written({ ...body, check: checkOf(body) }), record: text };
}

/** A project's stored files as a manifest lists them. */
const listOf = ({ artifacts }: ProjectRecord): Manifest["files"] =>
  filesOf(artifacts).map(({ key, sha256, bytes }) => ({ name: nameInBundle({ key }), sha256, bytes }));

const checkOf = (body: Omit<Manifest, "check">): string => sha256Of(encoder.encode(JSON.stringify(body)));
const written = (manifest: Manifest): Uint8Array => encoder.encode(`${JSON.stringify(manifest, null, 2)}\n`);

const refuse = (why: string, cause?: unknown): never => {
  throw new VidpipeError("input.invalid", why, { cause });
};

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    return refuse("one of its lists is damaged", cause);
  }
}

/** @throws VidpipeError input.invalid when it is of something else, of a newer vidpipe, changed or damaged */
export function readManifest(bytes: Uint8Array, readers = BUNDLE_READERS): Manifest {
  const json = parseJson(bytes);
  const head = z.object({ format: z.literal(FORMAT), version: z.int() }).safeParse(json);
  if (!head.success) return refuse("it is not a vidpipe bundle");
  const { version } = head.data;
  if (version > readers.length)
    return refuse(`it was made by a newer vidpipe (version ${version} of the format): update this one`);
  return readers[version - 1]?.manifest(bytes) ?? refuse("its list of files is damaged");
}

/** Versions 1 and 2 have the same manifest. */
function manifestReader(version: number): BundleReader["manifest"] {
  return (bytes) => {
    const manifest = ManifestFields.safeParse(parseJson(bytes));
    if (!manifest.success) return refuse("its list of files is damaged", manifest.error);
    const { check, ...body } = manifest.data;
    const isWhole = check === checkOf(body) && Bun.deepEquals(written(manifest.data), bytes);
    return isWhole && body.version === version ? manifest.data : refuse("its list of files was changed");
  };
}

/**
 * What is recorded, once it fits the manifest and itself.
 * @throws VidpipeError input.invalid when it was changed or is damaged
 */
export function readRecord(bytes: Uint8Array, manifest: Manifest, readers = BUNDLE_READERS): ProjectRecord {
  const [listed, ...files] = manifest.files;
  if (listed?.name !== RECORD_NAME || listed.bytes !== bytes.length || listed.sha256 !== sha256Of(bytes))
    return refuse(`${RECORD_NAME} is not what its hash says`);
  const record = recordOf(parseJson(bytes), readers[manifest.version - 1]);
  const fault = recordFault(record);
  if (fault !== null) return refuse(`${RECORD_NAME} is damaged: ${fault}`);
  const odd = foreignWord(record);
  if (odd !== null) return refuse(`${RECORD_NAME} says what vidpipe never writes: ${odd}`);
  return Bun.deepEquals(listOf(record), files) ? record : refuse("its files are not those of the project");
}

function recordOf(json: unknown, reader: BundleReader | undefined): ProjectRecord {
  try {
    return reader?.record(json) ?? refuse("its list of files is damaged");
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    const where = printable(cause.issues[0]?.path.join(".") ?? "");
    return refuse(`${RECORD_NAME} is not understood by this version${where && ` (${where})`}`, cause);
  }
}

/**
 * Why a project cannot be exported or imported: unfinished work would continue in two places, and both would buy the
 * next step. Null when the project is settled.
 */
export function movingFault({ project, steps }: Pick<ProjectRecord, "project" | "steps">): string | null {
  const moving = steps.some(({ status }) => status === "running" || status === "waiting");
  return moving || !isSettled(project.status) ? "it has steps under way" : null;
}

/** Whether two records are of the same project in the same state, apart from leases, times and what may be spent. */
export const isSame = (one: ProjectRecord, other: ProjectRecord): boolean =>
  Bun.deepEquals(essence(one), essence(other));

function essence({ project, steps, events: _, ...rows }: ProjectRecord): unknown {
  const { epoch: _epoch, updatedAtMs: _updated, status: _status, message: _message, ...lasting } = project;
  const { maxCostUsd: _cap, ...same } = lasting;
  // A word or a reserve that was not used stays behind with an import, and so does the cap.
  const kept = steps.map(({ approvals: _approvals, reservedUsd: _reserved, ...step }) => step);
  return { ...rows, steps: kept, project: same };
}
