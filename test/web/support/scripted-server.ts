import { Hono } from "hono";
import { z } from "zod";
import { createPage } from "../../../src/web/page.ts";
import { keyframeSvg } from "./keyframe-svg.ts";
import {
  createScriptedFilm,
  type FilmState,
  listedJson,
  projectJson,
  type ScriptedFilm,
  storyboardJson,
} from "./scripted-film.ts";

type Body = Record<string, unknown>;

const SVG = { "Content-Type": "image/svg+xml" };

/** A request that changes something. */
export interface Asked {
  readonly path: string;
  readonly body: Body;
  readonly idempotencyKey: string | null;
}

/** Serves the real page over scripted films, in any state, without a provider. */
export interface ScriptedServer {
  readonly url: string;
  readonly films: ScriptedFilm[];
  /** Requests that change something, oldest first. */
  readonly asked: readonly Asked[];
  add(state?: Partial<FilmState>): ScriptedFilm;
  /** Stops the server and drops all its connections. */
  lose(): Promise<void>;
  /** Starts it again at the same address. */
  comeBack(): void;
  stop(): Promise<void>;
}

export interface ScriptedServerOptions {
  readonly port?: number;
  /** Required of every API request. */
  readonly token?: string;
  /** An MP4 for every clip and film. */
  readonly clipPath?: string;
  /** US dollars per clip. */
  readonly clipUsd?: number;
  /** Replaces fields of the empty plan that `GET plan` answers. */
  readonly plan?: Body;
  /** The references of `GET references`. */
  readonly cast?: readonly Body[];
  /** The takes of `GET takes`. */
  readonly takes?: readonly Body[];
  /** The answer of `GET cost`. */
  readonly receipt?: Body;
  readonly onCreate?: (film: ScriptedFilm, body: Body) => void;
  readonly onResume?: (film: ScriptedFilm, body: Body) => void;
  /** Sees a clip that was sent; the answer instead of the plan. */
  readonly onClip?: (film: ScriptedFilm, content: string) => Response | undefined;
  /** Answers `PATCH storyboard`; by default the change is accepted with an empty plan. */
  readonly onEdit?: (film: ScriptedFilm, body: Body) => Response | undefined;
  readonly onStitch?: (film: ScriptedFilm, body: Body) => void;
}

export function createScriptedServer(options: ScriptedServerOptions = {}): ScriptedServer {
  const page = createPage();
  const films: ScriptedFilm[] = [];
  const trash: ScriptedFilm[] = [];
  const asked: Asked[] = [];
  const now = () => Date.now();

  function add(state: Partial<FilmState> = {}): ScriptedFilm {
    const film = createScriptedFilm(Bun.randomUUIDv7(), state, now);
    films.unshift(film);
    return film;
  }

  const api = new Hono<{ Variables: { film: ScriptedFilm } }>();
  api.use(async (c, next) => {
    const wanted = options.token === undefined ? undefined : `Bearer ${options.token}`;
    if (wanted !== undefined && c.req.header("authorization") !== wanted)
      return c.json({ detail: "this server wants a token" }, 401);
    return next();
  });
  const counts = () =>
    Object.fromEntries(
      [...Map.groupBy(films, ({ state }) => state.status)].map(([status, group]) => [status, group.length]),
    );
  /** Cursors are places in the list. */
  api.get("/api/projects", (c) => {
    const { limit = "50", cursor = "0", q = "", status } = c.req.query();
    const words = q.toLowerCase().split(/\s+/);
    const found = films
      .filter(({ state }) => status === undefined || status.split(",").includes(state.status))
      .filter(({ state }) => words.every((word) => state.prompt.toLowerCase().includes(word)));
    const end = Number(cursor) + Number(limit);
    const projects = found.slice(Number(cursor), end).map(listedJson);
    return c.json({ projects, next_cursor: end < found.length ? String(end) : null, counts: counts() });
  });
  api.get("/api/events", () => {
    const text = `retry: 2000\n\nid: 1\nevent: start\ndata: ${JSON.stringify(counts())}\n\n`;
    return new Response(openStream(text), { headers: { "Content-Type": "text/event-stream" } });
  });
  api.get("/api/choices", (c) => c.json(CHOICES));
  api.post("/api/estimate", async (c) => c.json(estimateJson(await c.req.json(), options.clipUsd ?? 0.8)));
  api.post("/api/generate", async (c) => {
    const body = await note(c.req.raw, asked);
    const film = add(stateOf(body));
    options.onCreate?.(film, body);
    return c.json(accepted(film), 202);
  });
  api.post("/api/projects/:id/restore", (c) => {
    const [film] = trash.splice(0);
    if (film === undefined) return c.json({ detail: "project not found" }, 404);
    films.push(film);
    return c.json(accepted(film));
  });
  for (const path of ["/api/projects/:id", "/api/projects/:id/*"])
    api.use(path, async (c, next) => {
      const film = films.find(({ id }) => id === c.req.param("id"));
      if (film === undefined) return c.json({ detail: "project not found" }, 404);
      c.set("film", film);
      return next();
    });
  api.get("/api/projects/:id", (c) => c.json(projectJson(c.var.film)));
  api.delete("/api/projects/:id", (c) => {
    trash.push(...films.splice(films.indexOf(c.var.film), 1));
    return c.json({ project_id: c.var.film.id, restorable_until: new Date(now() + 86_400_000).toISOString() });
  });
  api.get("/api/projects/:id/storyboard", (c) => c.json(storyboardJson(c.var.film)));
  api.patch("/api/projects/:id/storyboard", async (c) => {
    const body = await note(c.req.raw, asked);
    return options.onEdit?.(c.var.film, body) ?? c.json({ ...nothingDue, ...options.plan });
  });
  const nothingDue = { complete: true, total_usd: 0, most_usd: 0, lines: [], next: [] };
  api.get("/api/projects/:id/plan", (c) => c.json({ ...nothingDue, ...options.plan }));
  api.get("/api/projects/:id/takes", (c) => c.json({ takes: options.takes ?? [] }));
  api.get("/api/projects/:id/cost", (c) => c.json(options.receipt ?? { ledger: [] }));
  api.get("/api/projects/:id/history", (c) => c.json({ revision: 0, revisions: [] }));
  api.get("/api/projects/:id/references", (c) => c.json({ references: options.cast ?? [], most: 3, seen: true }));
  api.get("/api/projects/:id/references/:name", (c) => c.body(keyframeSvg(3, "1:1"), 200, SVG));
  for (const kind of ["references", "keyframes", "clips"])
    api.on(["PUT", "DELETE"], `/api/projects/:id/${kind}/:place`, async (c) => {
      const { pathname, searchParams } = new URL(c.req.url);
      asked.push({ path: `${c.req.method} ${pathname}`, body: Object.fromEntries(searchParams), idempotencyKey: null });
      const refused = kind === "clips" ? options.onClip?.(c.var.film, await c.req.text()) : undefined;
      return refused ?? c.json({ ...nothingDue, ...options.plan });
    });
  api.get("/api/projects/:id/events", (c) => events(c.var.film, Number(c.req.header("last-event-id") ?? 0)));
  api.get("/api/projects/:id/scenes/:n/:file{(start|end)\\.png}", (c) => {
    const place = Number(c.req.param("n")) + (c.req.param("file") === "end.png" ? 1 : 0);
    return c.body(keyframeSvg(place, c.var.film.state.aspectRatio), 200, SVG);
  });
  const moving = () => new Response(Bun.file(options.clipPath ?? ""), { headers: { "Content-Type": "video/mp4" } });
  api.get("/api/projects/:id/scenes/:n/clip.mp4", moving);
  api.get("/api/projects/:id/film.mp4", moving);
  api.get("/api/projects/:id/animatic.mp4", moving);
  api.post("/api/projects/:id/:verb", async (c) => {
    const { film } = c.var;
    const body = await note(c.req.raw, asked);
    const acts: Readonly<Record<string, (() => void) | undefined>> = {
      cancel: () => film.status("cancelled", "cancelled; everything made so far is kept"),
      resume: () => options.onResume?.(film, body),
      stitch: () => options.onStitch?.(film, body),
    };
    const verb = c.req.param("verb");
    if (verb === "resume" && body.dry_run === true) return c.json(offerJson(film, body, options.clipUsd ?? 0.8));
    acts[verb]?.();
    if (body.dry_run === true) {
      const usd = Number(body.takes) * (options.clipUsd ?? 0.8);
      return c.json({ usd, total_usd: usd, most_usd: usd, max_usd: usd });
    }
    return c.json(accepted(film), 202);
  });

  const serve = (at: number) =>
    Bun.serve({
      hostname: "127.0.0.1",
      port: at,
      development: false,
      idleTimeout: 60,
      fetch: async (request) => (await page.answer(request)) ?? api.fetch(request),
    });
  let server = serve(options.port ?? 0);
  const port = server.port ?? 0;

  return {
    url: `http://127.0.0.1:${port}`,
    films,
    asked,
    add,
    lose: () => server.stop(true),
    comeBack: () => {
      server = serve(port);
    },
    stop: () => server.stop(true),
  };
}

async function note(request: Request, asked: Asked[]): Promise<Body> {
  const body: Body = z.record(z.string(), z.unknown()).parse(await request.json());
  const { pathname } = new URL(request.url);
  asked.push({ path: pathname, body, idempotencyKey: request.headers.get("idempotency-key") });
  return body;
}

const stateOf = (body: Body): Partial<FilmState> => ({
  prompt: String(body.prompt),
  provider: String(body.provider),
  aspectRatio: String(body.aspect_ratio),
  clipDuration: Number(body.clip_duration),
  crossfade: Number(body.crossfade),
});

/** What resuming would buy: a clip, unless it is left out or used as it is. */
function offerJson({ state: { cost } }: ScriptedFilm, body: Body, clipUsd: number) {
  const usd = body.skip_blocked === true || body.use_rejected === true ? 0 : clipUsd;
  const committed = cost.spent_usd + cost.reserved_usd + cost.unknown_usd;
  const max_usd = Math.min(Math.max(cost.max_usd ?? 0, committed + usd), Number(body.max_cost ?? 1e6));
  return { total_usd: usd, most_usd: usd, max_usd, notices: max_usd < committed + usd ? ["the cap is less"] : [] };
}

const accepted = (film: ScriptedFilm) => ({
  project_id: film.id,
  status: film.state.status,
  status_url: `/api/projects/${film.id}/status`,
});

function events(film: ScriptedFilm, after: number): Response {
  const encoder = new TextEncoder();
  let leave = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (frame: string) => controller.enqueue(encoder.encode(frame));
      send("retry: 2000\n\n");
      for (const frame of film.framesAfter(after)) send(frame);
      leave = film.listen(send);
    },
    cancel: () => leave(),
  });
  return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
}

/** A stream that says something and stays open. */
const openStream = (text: string): ReadableStream<Uint8Array> =>
  new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) });

const CHOICES = {
  defaults: { style: "cinematic", aspect_ratio: "16:9", clip_duration: 6, crossfade: 0, max_scenes: 15 },
  providers: [
    {
      name: "offline",
      aliases: ["animatic"],
      label: "Offline",
      local: true,
      clip_durations: [1, 2, 3, 4, 5, 6, 7, 8],
    },
    { name: "google", aliases: [], label: "Google", local: false, clip_durations: [4, 6, 8] },
  ],
};

function estimateJson(body: Body, clipUsd: number) {
  const scenes = typeof body.scenes === "number" ? body.scenes : 5;
  const seconds = Number(body.clip_duration ?? 6);
  const price = body.provider === "offline" ? 0 : 1;
  const as_of = price === 0 ? null : "2026-11-01";
  const line = (stage: string, model: string, pieces: number, quantity: number, unit: string, usd: number) => ({
    stage,
    model,
    pieces,
    quantity,
    unit,
    usd: Math.round(usd * price * 1e6) / 1e6,
    most_usd: Math.round(usd * price * 1e6) / 1e6,
    as_of,
  });
  const linesFor = (count: number) => [
    line("storyboard", price ? "text-model" : "offline", 1, 1, "call", 0.012),
    line("keyframes", price ? "image-model" : "offline", count + 1, count + 1, "image", 0.039 * (count + 1)),
    line("clips", price ? "video-model" : "offline", count, count * seconds, "second", clipUsd * count),
  ];
  const total = (count: number) => linesFor(count).reduce((sum, { usd }) => sum + usd, 0);
  return {
    provider: body.provider ?? "offline",
    scenes,
    scenes_are_given: typeof body.scenes === "number",
    max_scenes: typeof body.scenes === "number" ? scenes : 15,
    lines: linesFor(scenes),
    total_usd: total(scenes),
    most_usd: total(typeof body.scenes === "number" ? scenes : 15),
    max_usd: Math.min(total(typeof body.scenes === "number" ? scenes : 15), Number(body.max_cost ?? 1e6)),
    notices: [],
  };
}
