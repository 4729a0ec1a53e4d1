import { join } from "node:path";
import bundle from "./index.html";

/** One file as it is sent. `plain` and `zipped` hold the same text. */
interface PageFile {
  readonly contentType: string;
  readonly etag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer>;
}

/** Paths of the page's screens: each of them gets the page. */
const SCREENS = /^\/(new|films\/[0-9a-f-]{1,64})?$/;
/** Names of files have an extension. */
const FILE = /\.\w+$/;
/** The page loads only from this server. Blobs are images and clips fetched with a token. */
const POLICY = [
  "default-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
const SECURITY_HEADERS = {
  "Content-Security-Policy": POLICY,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  Vary: "Accept-Encoding",
} as const;
/** File names contain a hash of the content, so a file never changes. */
const FOREVER = "public, max-age=31536000, immutable";

/** The web page, served beside the API. Its files are read or built at the first request that needs them. */
export function createPage() {
  let files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  const load = () => {
    files ??= loadFiles().catch((error) => {
      files = undefined;
      throw error;
    });
    return files;
  };
  return {
    /** The page or one of its files; undefined for every other path, which the API answers. */
    async answer(request: Request): Promise<Response | undefined> {
      if (request.method !== "GET" && request.method !== "HEAD") return undefined;
      const { pathname } = new URL(request.url);
      const isScreen = SCREENS.test(pathname);
      if (pathname.startsWith("/api/") || !(isScreen || FILE.test(pathname))) return undefined;
      const file = (await load()).get(isScreen ? "/" : pathname);
      return file && fileAnswer(file, request.headers, isScreen ? "no-cache" : FOREVER);
    },
  };
}

function fileAnswer(file: PageFile, asked: Headers, caching: string): Response {
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    "Cache-Control": caching,
    "Content-Type": file.contentType,
    ETag: file.etag,
  };
  if (asked.get("if-none-match")?.includes(file.etag)) return new Response(null, { status: 304, headers });
  if (!/\bgzip\b/.test(asked.get("accept-encoding") ?? "")) return new Response(file.plain, { headers });
  return new Response(file.zipped, { headers: { ...headers, "Content-Encoding": "gzip" } });
}

/** The files embedded in the compiled program; from source they are built here, once. */
async function loadFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const parts = bundle.files?.map(({ path }) => Bun.file(path)) ?? (await buildFiles());
  const files = await Promise.all(parts.map(async (part) => [nameOf(part), await fileOf(part)] as const));
  return new Map(files);
}

async function buildFiles() {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "index.html")],
    target: "browser",
    minify: true,
  });
  return outputs.map((output) => Object.assign(output, { name: output.path }));
}

const nameOf = ({ name = "" }: { readonly name?: string }): string =>
  name.endsWith(".html") ? "/" : `/${name.slice(name.lastIndexOf("/") + 1)}`;

async function fileOf(part: Blob): Promise<PageFile> {
  const plain = new Uint8Array(await part.arrayBuffer());
  return {
    contentType: part.type,
    etag: `"${Bun.hash(plain).toString(36)}"`,
    plain,
    zipped: Bun.gzipSync(plain, { level: 9 }),
  };
}
