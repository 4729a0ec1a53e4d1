import { pipeline, Readable } from "node:stream";
import { createGzip, createZstdCompress, gzip } from "node:zlib";
import type { Context, MiddlewareHandler } from "hono";
import { API_HEADERS } from "../error-response.ts";
import { hasTag } from "../files.ts";
import type { ApiEnv } from "./auth.ts";

/** Answers below this are sent as they are, bytes: they fit into one packet. */
const leastBytes = 1_024;
/** How hard gzip tries, 1 to 9: beyond it the text of lists shrinks hardly more. */
const gzipLevel = 5;
/** Asked for all the time and tiny: nothing would be gained. */
const TINY = /^\/api\/(?:health|ready|projects\/[^/]+\/status)$/;

const ENCODINGS = ["zstd", "gzip"] as const;
type Encoding = (typeof ENCODINGS)[number];

/**
 * Gives answers in JSON an entity tag and sends them compressed; a client that has the answer already gets 304.
 * What is compressed holds no secret: no answer has a token or a key in it.
 */
export const representation: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  const { res } = c;
  const type = res.headers.get("content-type") ?? "";
  const isJson = type.startsWith("application/json");
  if (!(isJson || type.startsWith("text/plain")) || !isWhole(c)) return;
  const bytes = new Uint8Array(await res.arrayBuffer());
  const headers = new Headers(res.headers);
  const tag = isJson ? tagOf(headers, bytes) : null;
  if (tag !== null) headers.set("ETag", `W/${tag}`);
  c.res = tag !== null && isKnown(c, tag) ? notModified(tag) : await packed(c, bytes, headers);
};

/** Whether the answer is there at once, and worth looking at. */
const isWhole = (c: Context<ApiEnv>): boolean =>
  c.req.method === "GET" && c.res.status === 200 && c.get("streamed") !== true && !TINY.test(c.req.path);

/** The tag that the route gave, or one of the content; without the mark of a weak one. */
const tagOf = (headers: Headers, bytes: Uint8Array): string =>
  headers.get("etag")?.replace(/^W\//, "") ?? `"${Bun.hash(bytes).toString(36)}"`;

async function packed(c: Context, bytes: Uint8Array<ArrayBuffer>, headers: Headers): Promise<Response> {
  const encoding = bytes.length < leastBytes ? undefined : encodingFor(c);
  headers.append("Vary", "Accept-Encoding");
  if (encoding === undefined) return new Response(bytes, { headers });
  headers.set("Content-Encoding", encoding);
  const body = encoding === "zstd" ? await Bun.zstdCompress(bytes) : await gzipped(bytes);
  return new Response(new Uint8Array(body), { headers });
}

/** In a thread of Bun's own. */
const gzipped = (bytes: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    gzip(bytes, { level: gzipLevel }, (error, packed) => (error === null ? resolve(packed) : reject(error)));
  });

/** Whether the client named this tag as what it has; `tag` with its quotes. */
export const isKnown = (c: Context, tag: string): boolean => hasTag(c.req.header("if-none-match") ?? null, tag);

export const notModified = (tag: string): Response =>
  new Response(null, { status: 304, headers: { ...API_HEADERS, ETag: `W/${tag}`, Vary: "Accept-Encoding" } });

/** Text of any length as an answer, made only as fast as the client takes it. */
export function compressed(c: Context<ApiEnv>, type: string, text: AsyncIterable<string>): Response {
  c.set("streamed", true);
  const encoding = encodingFor(c);
  const headers = { "Content-Type": type, Vary: "Accept-Encoding" };
  const source = Readable.from(text, { objectMode: false });
  if (encoding === undefined) return new Response(webStream(source), { headers });
  const packer = encoding === "zstd" ? createZstdCompress() : createGzip({ level: gzipLevel });
  // When either end breaks off, the other one does too.
  pipeline(source, packer, () => {});
  return new Response(webStream(packer), { headers: { ...headers, "Content-Encoding": encoding } });
}

function webStream(source: Readable): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = source[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(new Uint8Array(Buffer.from(value)));
      },
      cancel: () => void source.destroy(),
    },
    { highWaterMark: 0 },
  );
}

/** The best encoding that the client takes; undefined for none. */
function encodingFor(c: Context): Encoding | undefined {
  const asked = (c.req.header("accept-encoding") ?? "").toLowerCase().split(",");
  const taken = new Map(
    asked.map((one) => {
      const [name = "", ...parameters] = one.split(";").map((part) => part.trim());
      return [name, !parameters.some((part) => /^q=0(\.0*)?$/.test(part))];
    }),
  );
  return ENCODINGS.find((encoding) => taken.get(encoding) ?? taken.get("*") ?? false);
}
