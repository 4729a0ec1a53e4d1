import { type Context, Hono } from "hono";
import { VidpipeError } from "../../domain/errors.ts";
import type { HeldKey } from "../../ports/server.ts";
import { fileAnswer, type ServedFile } from "../files.ts";
import type { ApiEnv } from "../middleware/auth.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { described, IDEMPOTENT } from "../openapi/route-docs.ts";
import { EstimateAnswer, estimateAnswer } from "../schemas/costs.ts";
import { ChoicesAnswer, choicesAnswer } from "../schemas/provider-options.ts";
import { projectIdOf } from "../schemas/query.ts";
import { creationOf, EmptyBody, GenerateBody, ResumeBody, resumptionOf, StitchBody } from "../schemas/requests.ts";
import { AcceptedAnswer, acceptedAnswer, ProjectAnswer, projectAnswer } from "../schemas/responses.ts";
import type { RouteDeps } from "./route-deps.ts";

/** The project routes, below `/api`: v1's paths, methods, codes and field names, and those that control a project. */
export function projectRoutes({ service, idempotent, admit }: RouteDeps) {
  const idOf = (typed: string) => projectIdOf(service, typed);

  return new Hono<ApiEnv>()
    .post(
      "/generate",
      described("Make a film from a prompt", { 202: AcceptedAnswer }, IDEMPOTENT),
      jsonBody(GenerateBody),
      async (c) => {
        const body = c.req.valid("json");
        const accepted = await idempotent(c, body, async (key) => {
          await admit();
          const [input, options] = creationOf(body);
          return service.create(input, options, c.req.raw.signal, key);
        });
        return c.json(accepted, 202);
      },
    )
    .post(
      "/estimate",
      described("What a film would cost, and the cap that making it sets; starts nothing", { 200: EstimateAnswer }),
      jsonBody(GenerateBody),
      (c) => c.json(estimateAnswer(service.estimate(...creationOf(c.req.valid("json"))))),
    )
    .get("/choices", described("The options for a new film", { 200: ChoicesAnswer }), (c) =>
      c.json(choicesAnswer(service.choices())),
    )
    .get("/projects/:id", described("A project with its scenes", { 200: ProjectAnswer }), async (c) =>
      c.json(projectAnswer(await service.get(await idOf(c.req.param("id"))))),
    )
    .get("/projects/:id/download", described("The finished film", { 200: "video/mp4" }), async (c) => {
      const id = await idOf(c.req.param("id"));
      const path = await service.finalPath(id);
      return video(c, path, `video_${id}`, "attachment");
    })
    .get(
      "/projects/:id/film.mp4",
      described("The newest finished film, also while another one is being made", { 200: "video/mp4" }),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const { final } = await service.get(id);
        if (final === null) throw new VidpipeError("project.not_found", `project ${id} has no film`);
        return video(c, final.path, `video_${id}`, "inline");
      },
    )
    .get("/projects/:id/animatic.mp4", described("The newest animatic", { 200: "video/mp4" }), async (c) => {
      const id = await idOf(c.req.param("id"));
      const { animatic } = await service.get(id);
      if (animatic === null) throw new VidpipeError("project.not_found", `project ${id} has no animatic`);
      return video(c, animatic.path, `animatic_${id}`, "inline");
    })
    .post(
      "/projects/:id/resume",
      described(
        "Resume a project where it stopped, and accept the price of what is left",
        { 200: EstimateAnswer, 202: AcceptedAnswer },
        IDEMPOTENT,
      ),
      jsonBody(ResumeBody, "optional"),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const body = c.req.valid("json");
        if (body.dry_run === true)
          return c.json(estimateAnswer(await service.estimateResume(id, resumptionOf(body))), 200);
        const go = (key?: HeldKey) => service.resume(id, resumptionOf(body), c.req.raw.signal, key);
        return c.json(await idempotent(c, body, go, id), 202);
      },
    )
    .post(
      "/projects/:id/cancel",
      described("Stop a project and keep its files", { 202: AcceptedAnswer }),
      jsonBody(EmptyBody, "optional"),
      async (c) => c.json(acceptedAnswer(await service.cancel(await idOf(c.req.param("id")))), 202),
    )
    .post(
      "/projects/:id/stitch",
      described("Join the clips again", { 202: AcceptedAnswer }, IDEMPOTENT),
      jsonBody(StitchBody),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const body = c.req.valid("json");
        const join = (key?: HeldKey) =>
          service.restitch(id, body.crossfade, body.boundary_frame, c.req.raw.signal, key);
        return c.json(await idempotent(c, body, join, id), 202);
      },
    );
}

const video = (c: Context, path: string, name: string, disposition: ServedFile["disposition"]): Promise<Response> =>
  fileAnswer({ path, mediaType: "video/mp4", name: `${name}.mp4`, disposition }, c.req.raw.headers);
