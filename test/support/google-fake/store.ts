/** Finished clips: the Gemini API's file store and Cloud Storage. */
import { json, rpcError } from "./answers.ts";
import { reset } from "./faults.ts";
import { clipBytes, hugeFile, type Job, type Jobs } from "./jobs.ts";

const missing = (): Response => rpcError({ code: 404, status: "NOT_FOUND", message: "File not found." });
/** How the file store says that a file is not there any more. */
const expired = (id: string): Response =>
  rpcError({
    code: 403,
    status: "PERMISSION_DENIED",
    message: `You do not have permission to access the File ${id} or it may not exist.`,
  });
const noBucket = (): Response => rpcError({ code: 404, status: "", message: "The specified bucket does not exist." });
const mp4Type = { "content-type": "video/mp4" };

export function fileInfo(id: string, jobs: Jobs): Response {
  const job = jobs.byFile(id);
  if (job === undefined) return missing();
  if (job.fault === "file_expired") return expired(id);
  job.fileLooks += 1;
  const state = job.fault === "file_processing" && job.fileLooks < 2 ? "PROCESSING" : "ACTIVE";
  return json({ name: `files/${id}`, mimeType: "video/mp4", sizeBytes: "1000", state, source: "GENERATED" });
}

export async function downloadFile(id: string, url: URL, jobs: Jobs): Promise<Response> {
  const job = jobs.byFile(id);
  if (job?.fault === "file_expired") return expired(id);
  return job === undefined ? missing() : await clipResponse(job, url);
}

export async function bucketObject(object: string, url: URL, jobs: Jobs): Promise<Response> {
  const job = jobs.inBucket("gs://").find(({ folder }) => folder?.endsWith(`/${object.replace(/[^/]*$/, "")}`));
  if (job?.fault === "bucket_deleted") return noBucket();
  return job === undefined ? missing() : await clipResponse(job, url);
}

export function bucketList(bucket: string, prefix: string, jobs: Jobs): Response {
  const done = jobs.inBucket(`gs://${bucket}/${prefix}`).filter((job) => job.fault !== "never_done");
  if (done.some(({ fault }) => fault === "bucket_deleted")) return noBucket();
  const items = done.map((job) => ({
    name: `${(job.folder ?? "").replace(`gs://${bucket}/`, "")}sample_0.mp4`,
    size: "1000",
  }));
  return json(items.length === 0 ? { kind: "storage#objects" } : { kind: "storage#objects", items });
}

async function clipResponse(job: Job, url: URL): Promise<Response> {
  const isFirst = !url.searchParams.has("hop");
  switch (job.fault) {
    case "video_huge":
      return new Response(Bun.file(hugeFile()), { headers: mp4Type });
    case "video_endless":
      return endless(Number.POSITIVE_INFINITY);
    case "video_reset":
      return endless(3);
    case "video_is_a_page":
      return new Response("<p>Sign in</p>", { headers: { "content-type": "text/html" } });
    case "redirected_home":
      if (isFirst) return redirect(`${url.pathname}?alt=media&hop=1`);
      break;
    case "redirected_elsewhere":
      return redirect("http://127.0.0.1:9/secret");
  }
  return new Response(await clipBytes(job), { headers: mp4Type });
}

const redirect = (location: string): Response => new Response(null, { status: 302, headers: { location } });

/** Chunks that begin like a clip; after so many the connection breaks. */
function endless(chunks: number): Response {
  let sent = 0;
  const start = Buffer.concat([Buffer.from([0, 0, 0, 32]), Buffer.from("ftypisom"), Buffer.alloc(65_524)]);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1;
      if (sent > chunks) controller.error(undefined);
      else controller.enqueue(sent === 1 ? start : new Uint8Array(65_536));
    },
  });
  return sent > chunks ? reset() : new Response(body, { headers: mp4Type });
}
