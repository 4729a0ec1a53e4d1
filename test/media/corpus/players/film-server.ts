/** Serves one film on loopback with byte ranges, and a page whose script seeks, plays and looks at it. */
import { SQUARE_MIDDLES } from "../picture.ts";

/** What the page sees: red, green and blue of each square's middle, where the film was, and what went wrong. */
export interface Look {
  readonly at: number;
  readonly squares: readonly (readonly [number, number, number])[];
}

/** Runs in the page. `lookAt` seeks and looks; `playOver` plays from one time to another and looks at every frame. */
const SCRIPT = `
const video = document.querySelector("video");
const canvas = document.createElement("canvas");
const pen = canvas.getContext("2d", { willReadFrequently: true });
const middles = ${JSON.stringify(SQUARE_MIDDLES)};
const failed = new Promise((_, reject) => {
  video.addEventListener("error", () => reject(new Error("error event: " + video.error?.message)));
});
failed.catch(() => {});
const until = (name) => Promise.race([failed, new Promise((done) => video.addEventListener(name, done, { once: true }))]);
const ready = video.readyState >= 2 ? Promise.resolve() : until("loadeddata");
function look(at) {
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  pen.drawImage(video, 0, 0);
  const squares = middles.map(([x, y]) => {
    const { data } = pen.getImageData(Math.round(x * canvas.width) - 2, Math.round(y * canvas.height) - 2, 4, 4);
    const mean = (channel) => data.filter((_, index) => index % 4 === channel).reduce((a, b) => a + b, 0) / 16;
    return [mean(0), mean(1), mean(2)];
  });
  return { at, squares };
}
async function seek(at) {
  await ready;
  const seeked = until("seeked");
  // The picture may be drawn a moment after the event; the same picture need not be drawn again.
  const drawn = new Promise((done) => video.requestVideoFrameCallback(done));
  video.currentTime = at;
  await seeked;
  await Promise.race([drawn, new Promise((done) => setTimeout(done, 500))]);
}
globalThis.lookAt = async (times) => {
  const looks = [];
  for (const at of times) {
    await seek(at);
    looks.push(look(video.currentTime));
  }
  return looks;
};
globalThis.playOver = async (from, to) => {
  await seek(from);
  const looks = [];
  const over = new Promise((done) => {
    const next = (_, { mediaTime }) => {
      looks.push(look(mediaTime));
      if (mediaTime >= to || video.ended) done();
      else video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
    video.addEventListener("ended", done, { once: true });
  });
  await video.play();
  await Promise.race([failed, over]);
  video.pause();
  return looks;
};
globalThis.facts = async () => {
  await ready;
  return { seconds: video.duration, width: video.videoWidth, height: video.videoHeight };
};
`;

const PAGE = `<!doctype html><meta charset="utf-8"><title>A film</title><link rel="icon" href="data:,">
<video src="/film.mp4" preload="auto" muted playsinline></video><script>${SCRIPT}</script>`;

/** Bytes of a request's range; null for all. */
function rangeOf(request: Request, size: number): { readonly from: number; readonly to: number } | null {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
  if (from === undefined) return null;
  return { from: Number(from), to: Math.min(size - 1, to === "" || to === undefined ? size - 1 : Number(to)) };
}

export interface FilmServer extends AsyncDisposable {
  readonly url: string;
}

export function serveFilm(path: string): FilmServer {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      if (new URL(request.url).pathname !== "/film.mp4")
        return new Response(PAGE, { headers: { "content-type": "text/html" } });
      const film = Bun.file(path);
      const headers = { "content-type": "video/mp4", "accept-ranges": "bytes" };
      const range = rangeOf(request, film.size);
      if (range === null) return new Response(film, { headers });
      const content = `bytes ${range.from}-${range.to}/${film.size}`;
      const part = film.slice(range.from, range.to + 1);
      return new Response(part, { status: 206, headers: { ...headers, "content-range": content } });
    },
  });
  return { url: server.url.href, [Symbol.asyncDispose]: () => server.stop(true) };
}
