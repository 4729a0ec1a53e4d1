import { open } from "node:fs/promises";
import { VidpipeError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/runtime.ts";
import type { Call, CallContext } from "./call.ts";
import type { Wire } from "./wire.ts";

/** Where a finished clip is. */
export type ClipSource =
  | { readonly kind: "inline"; readonly base64: string }
  /** `gs://`, or an address of one of Google's hosts. */
  | { readonly kind: "uri"; readonly uri: string };

/** Ms without a byte after which a download is given up. */
const IDLE_MS = 60_000;
/** Google answers file downloads with at most one redirect; more is a loop. */
const MAX_HOPS = 3;

/** What the backends share. */
export interface ClipDeps {
  readonly call: Call;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly storageBaseUrl: string;
  readonly maxClipBytes: number;
}

type DownloadDeps = ClipDeps & Omit<CallContext, "signal">;

const unusable = (what: string): VidpipeError =>
  new VidpipeError("media.invalid", `the finished clip ${what}; it is paid for and is fetched again from Google`);

/**
 * Writes a whole clip to a path as it came, replacing what was there.
 * @throws VidpipeError media.invalid when it is empty or too large, storage.full, storage.io, and the failures of a call
 */
export async function saveClip(
  source: ClipSource,
  path: string,
  deps: DownloadDeps,
  signal: AbortSignal,
): Promise<void> {
  if (source.kind === "inline") await writeWhole(path, [Buffer.from(source.base64, "base64")], deps.maxClipBytes);
  else await download(source.uri, path, deps, signal);
}

/** Asking for what an operation has made, and so was paid for. */
export const MADE = { what: "the finished clip", made: true } as const;

/** The Gemini API forgets a file after two days, and says then that it may not be read. */
export const madeFile = (uri: string) => ({ ...MADE, hidesAbsence: fileIdOf(uri) !== null });

function download(uri: string, path: string, deps: DownloadDeps, signal: AbortSignal): Promise<void> {
  const address = addressOf(uri, deps);
  const spec = { ...deps.purpose, ...madeFile(uri), signal, timeoutMs: IDLE_MS };
  return deps.call({ ...spec, maxBytes: Number.POSITIVE_INFINITY }, async (_, alive) => {
    const response = await follow(address, deps);
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    // A page or a message instead of the file is no clip, and the file is still there.
    const type = response.headers.get("content-type") ?? "";
    if (/^(text\/|application\/json)/i.test(type)) throw new Error(`${type} instead of the clip`);
    const claimed = Number(response.headers.get("content-length") ?? 0);
    if (claimed > deps.maxClipBytes) {
      void response.body.cancel();
      throw unusable(`claims ${claimed} bytes, more than the limit of ${deps.maxClipBytes}`);
    }
    await writeWhole(path, response.body, deps.maxClipBytes, alive);
  });
}

/** Asks for an address and follows redirects itself: the wire lets none leave Google, and so the login stays there too. */
async function follow(address: URL, { wire, session }: DownloadDeps): Promise<Response> {
  const headers = await session.authHeaders();
  let url = address;
  for (let hop = 0; hop <= MAX_HOPS; hop += 1) {
    const response = await wire.fetch(url, { headers });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    url = new URL(location, url);
  }
  throw new Error(`more than ${MAX_HOPS} redirects`);
}

/** The address of a clip; a file of the Gemini API is asked for where that API is configured to be. */
function addressOf(uri: string, { session, storageBaseUrl }: DownloadDeps): URL {
  const object = readGcsUri(uri);
  if (object !== null) return gcsUrl(storageBaseUrl, object.bucket, object.path, "alt=media");
  const file = fileIdOf(uri);
  if (file !== null) return new URL(`${session.baseUrl}/files/${file}:download?alt=media`);
  if (URL.canParse(uri)) return new URL(uri);
  throw unusable("has no address");
}

/** The id in an address of the Gemini API's file store; null for other addresses. */
export function fileIdOf(uri: string): string | null {
  return /^https:\/\/generativelanguage\.googleapis\.com\/(?:\w+\/)?files\/([a-z0-9-]+)/.exec(uri)?.[1] ?? null;
}

export function readGcsUri(uri: string): { readonly bucket: string; readonly path: string } | null {
  const [, bucket, path] = /^gs:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
  return bucket === undefined || path === undefined ? null : { bucket, path };
}

/** Cloud Storage's JSON API: an object, or with an empty path the bucket's list. */
export function gcsUrl(baseUrl: string, bucket: string, path: string, query: string): URL {
  const object = path === "" ? "o" : `o/${encodeURIComponent(path)}`;
  return new URL(`${baseUrl.replace(/\/+$/, "")}/storage/v1/b/${encodeURIComponent(bucket)}/${object}?${query}`);
}

async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
  alive: () => void = () => {},
): Promise<void> {
  await using file = await open(path, "w").catch(notStored);
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw unusable(`is longer than the limit of ${maxBytes} bytes`);
    await file.writeFile(chunk).catch(notStored);
    alive();
  }
  if (bytes === 0) throw unusable("is empty");
}

function notStored(thrown: unknown): never {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown error";
  if (code === "ENOSPC" || code === "EDQUOT")
    throw new VidpipeError("storage.full", "the disk is full; the clip is safe at Google: free some space and resume");
  throw new VidpipeError(
    "storage.io",
    `the clip could not be written (${code}); it is safe at Google: check the disk and resume`,
  );
}
