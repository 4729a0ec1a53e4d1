import { Hono } from "hono";
import { z } from "zod";
import { REFERENCE_KINDS } from "../../domain/direction.ts";
import { VidpipeError } from "../../domain/errors.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { ReferencePlace } from "../../editing/edit-references.ts";
import type { CastView, OwnFileEdit } from "../../services/editing.ts";
import { fileAnswer, servedPiece, withoutDamage } from "../files.ts";
import { clipBody } from "../middleware/clip-body.ts";
import { imageBody } from "../middleware/image-body.ts";
import { query } from "../middleware/query.ts";
import { described } from "../openapi/route-docs.ts";
import { EditAnswer, planAnswer } from "../schemas/editing.ts";
import { ClipQuery, PictureQuery, projectIdOf } from "../schemas/query.ts";
import { projectUrl } from "../schemas/responses.ts";
import type { RouteDeps } from "./route-deps.ts";

/** A character, place or thing in the film. */
export const ReferenceAnswer = z
  .strictObject({
    /** null: its picture is used for every keyframe. */
    name: z.string().nullable(),
    kind: z.enum(REFERENCE_KINDS).nullable(),
    /** Its description, which goes into every prompt of a scene that names it. */
    description: z.string().nullable(),
    /** Where `PUT` and `DELETE` change it, and `GET` shows the picture where there is one. */
    url: z.string(),
    /** null where there is only a description. */
    picture: z.strictObject({ media_type: z.string(), bytes: z.int(), sha256: z.string() }).nullable(),
  })
  .meta({ id: "Reference" });

/** The reference images of a project. */
export const ReferencesAnswer = z
  .strictObject({
    project_id: z.string(),
    revision: z.int(),
    references: z.array(ReferenceAnswer),
    /** Largest number of pictures it may have. */
    most: z.int(),
    /** Whether its image model uses them: the offline provider does not. */
    seen: z.boolean(),
  })
  .meta({ id: "References" });

/** The user's own files: reference images, and keyframes and clips that are not generated. */
export function referenceRoutes({ service, editing, clock }: RouteDeps) {
  const idOf = (typed: string) => projectIdOf(service, typed);

  /** Answers as an edit of the storyboard does. */
  async function put(
    id: ProjectId,
    edit: OwnFileEdit,
    { dry_run, revision }: z.output<typeof PictureQuery>,
    signal: AbortSignal,
  ) {
    const asked = revision === undefined ? edit : { ...edit, revision };
    if (dry_run === "true") {
      const forecast = await editing.forecastFile(id, asked, signal);
      return { ...planAnswer(await service.get(id), forecast), dry_run: true };
    }
    const view = await editing.setFile(id, asked, signal);
    return { ...planAnswer(view, await editing.forecast(id)), dry_run: false };
  }

  return new Hono()
    .get(
      "/projects/:id/references",
      described("The reference images of a project", { 200: ReferencesAnswer }),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        return c.json(referencesAnswer(id, await editing.cast(id)));
      },
    )
    .get("/projects/:id/references/:name", described("The image of a reference", { 200: "image/png" }), async (c) => {
      const id = await idOf(c.req.param("id"));
      const piece = await editing.reference(id, placeOf(c.req.param("name"))).catch(withoutDamage);
      return fileAnswer(servedPiece(piece), c.req.raw.headers);
    })
    .put(
      "/projects/:id/references/:name",
      described("Add or replace a reference image; buys nothing", { 200: EditAnswer }),
      query(PictureQuery),
      imageBody(),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const reference = placeOf(c.req.param("name"));
        const picture = c.req.valid("form");
        return c.json(await put(id, { reference, picture }, c.req.valid("query"), c.req.raw.signal));
      },
    )
    .delete(
      "/projects/:id/references/:name",
      described("Remove a reference; buys nothing", { 200: EditAnswer }),
      query(PictureQuery),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const reference = placeOf(c.req.param("name"));
        return c.json(await put(id, { reference, picture: null }, c.req.valid("query"), c.req.raw.signal));
      },
    )
    .put(
      "/projects/:id/keyframes/:still",
      described("Replace a keyframe with your own image; buys nothing", { 200: EditAnswer }),
      query(PictureQuery),
      imageBody(),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const typed = c.req.param("still");
        if (!/^\d{1,3}$/.test(typed)) throw new VidpipeError("project.not_found", "keyframes are numbered from 0");
        return c.json(
          await put(id, { still: Number(typed), picture: c.req.valid("form") }, c.req.valid("query"), c.req.raw.signal),
        );
      },
    )
    .put(
      "/projects/:id/clips/:n",
      described(
        "Use your own clip for a scene; buys nothing. Any video that can be joined, up to 512 MiB; the part that is used is at most 10 minutes long",
        { 200: EditAnswer },
      ),
      query(ClipQuery),
      clipBody(clock),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const typed = c.req.param("n");
        if (!/^\d{1,3}$/.test(typed)) throw new VidpipeError("project.not_found", "scenes are numbered from 0");
        const { in: inSeconds = null, out: outSeconds = null, ...asked } = c.req.valid("query");
        const answer = await editing.receive(async (path) => {
          await c.req.valid("form").save(path);
          const clip = { path, from: "the video", inSeconds, outSeconds };
          return put(id, { scene: Number(typed), clip }, asked, c.req.raw.signal);
        });
        return c.json(answer);
      },
    );
}

/** `-` and `-2` are those without a name; everything else is a name. */
function placeOf(typed: string): ReferencePlace {
  const [isUnnamed, number = "1"] = /^-(\d{1,3})?$/.exec(typed) ?? [];
  return isUnnamed === undefined ? { name: typed } : { unnamed: Math.max(1, Number(number)) };
}

const wordOf = (place: ReferencePlace): string =>
  "name" in place ? encodeURIComponent(place.name) : place.unnamed === 1 ? "-" : `-${place.unnamed}`;

function referencesAnswer(id: ProjectId, cast: CastView): z.infer<typeof ReferencesAnswer> {
  let unnamed = 0;
  const references = cast.references.map(({ name, kind = null, description = null, artifact }) => {
    const word = wordOf(name === null ? { unnamed: ++unnamed } : { name });
    const row = cast.pictures.find((picture) => picture.id === artifact?.id);
    const picture = row === undefined ? null : { media_type: row.mediaType, bytes: row.bytes, sha256: row.sha256 };
    return { name, kind, description, url: `${projectUrl(id)}/references/${word}`, picture };
  });
  return { project_id: id, revision: cast.revision, references, most: cast.most, seen: cast.seen };
}
