import { type Context, Hono } from "hono";
import type { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { PieceName } from "../../services/assets.ts";
import { bytesAnswer, fileAnswer, servedPiece, shortHash, withoutDamage } from "../files.ts";
import { query } from "../middleware/query.ts";
import { described } from "../openapi/route-docs.ts";
import { ScenesAnswer, StepsAnswer, scenesAnswer, stepsAnswer } from "../schemas/assets.ts";
import { CostAnswer, costAnswer } from "../schemas/costs.ts";
import { FileQuery, projectIdOf, StillQuery } from "../schemas/query.ts";
import { StoryboardAnswer, storyboardAnswer } from "../schemas/storyboard.ts";
import { createThumbnails, thumbnailWidth } from "../thumbnails.ts";
import type { RouteDeps } from "./route-deps.ts";

/** Everything that was made for a project, read only: scenes, takes, files, steps and costs. */
export function assetRoutes({ service, assets }: RouteDeps) {
  const thumbnailOf = createThumbnails();
  const galleryOf = async (typed: string) => assets.gallery(await projectIdOf(service, typed));

  /** The file a path names, by its row. @throws VidpipeError project.not_found */
  async function pieceOf(
    c: Context,
    kind: PieceName["kind"],
    edge: 0 | 1,
    { take, answer }: z.output<typeof FileQuery>,
  ) {
    const scene = c.req.param("n") ?? "";
    if (!/^\d{1,3}$/.test(scene)) throw new VidpipeError("project.not_found", "scenes are numbered from 0");
    const id = await projectIdOf(service, c.req.param("id") ?? "");
    const position = Number(scene) + edge;
    const named = {
      kind,
      position,
      scene: Number(scene),
      ...(take !== undefined && { take }),
      ...(answer !== undefined && { answer }),
    };
    return assets.piece(id, named).catch(withoutDamage);
  }

  async function still(c: Context, edge: 0 | 1, { w, ...named }: z.output<typeof StillQuery>) {
    const piece = await pieceOf(c, "keyframe", edge, named);
    if (w === undefined) return fileAnswer(servedPiece(piece), c.req.raw.headers);
    const { sha256 } = piece.artifact;
    const served = {
      ...servedPiece(piece),
      mediaType: "image/webp" as const,
      tag: `${shortHash(sha256)}-${thumbnailWidth(w)}`,
    };
    const make = () => thumbnailOf(sha256, w, () => assets.readPiece(piece));
    return bytesAnswer({ ...served, name: served.name.replace(/\w+$/, "webp") }, make, c.req.raw.headers);
  }

  return new Hono()
    .get("/projects/:id/scenes", described("All scenes with their takes", { 200: ScenesAnswer }), async (c) =>
      c.json(scenesAnswer(await galleryOf(c.req.param("id")))),
    )
    .get("/projects/:id/steps", described("All steps, oldest first", { 200: StepsAnswer }), async (c) =>
      c.json(stepsAnswer(await galleryOf(c.req.param("id")))),
    )
    .get("/projects/:id/storyboard", described("The storyboard", { 200: StoryboardAnswer }), async (c) => {
      const { project } = await galleryOf(c.req.param("id"));
      if (project.storyboard === null)
        throw new VidpipeError("project.conflict", `project ${project.id} is ${project.status}: no storyboard yet`);
      return c.json(storyboardAnswer(project.storyboard));
    })
    .get("/projects/:id/cost", described("What the project has cost, call by call", { 200: CostAnswer }), async (c) =>
      c.json(costAnswer(await galleryOf(c.req.param("id")))),
    )
    .get(
      "/projects/:id/scenes/:n/start.png",
      described("The keyframe a scene starts with", { 200: "image/png" }),
      query(StillQuery),
      (c) => still(c, 0, c.req.valid("query")),
    )
    .get(
      "/projects/:id/scenes/:n/end.png",
      described("The keyframe a scene ends with", { 200: "image/png" }),
      query(StillQuery),
      (c) => still(c, 1, c.req.valid("query")),
    )
    .get(
      "/projects/:id/scenes/:n/clip.mp4",
      described("The clip of a scene", { 200: "video/mp4" }),
      query(FileQuery),
      async (c) => {
        const piece = await pieceOf(c, "clip", 0, c.req.valid("query"));
        return fileAnswer(servedPiece(piece), c.req.raw.headers);
      },
    );
}
