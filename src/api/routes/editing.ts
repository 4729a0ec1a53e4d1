import { Hono } from "hono";
import type { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { Storyboard } from "../../domain/storyboard.ts";
import type { ProjectView } from "../../domain/view.ts";
import type { StoryboardEdit } from "../../editing/edit-storyboard.ts";
import type { HeldKey } from "../../ports/server.ts";
import type { ApiEnv } from "../middleware/auth.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { described, IDEMPOTENT } from "../openapi/route-docs.ts";
import {
  choiceOf,
  EditAnswer,
  EditBody,
  HistoryAnswer,
  historyAnswer,
  PickBody,
  PlanAnswer,
  planAnswer,
  RetakeBody,
  RetakeQuoteAnswer,
  RevertBody,
  retakeOf,
  retakeQuoteAnswer,
  TakesAnswer,
  takesAnswer,
} from "../schemas/editing.ts";
import { projectIdOf } from "../schemas/query.ts";
import { AcceptedAnswer, acceptedAnswer } from "../schemas/responses.ts";
import { noSuchScene, storyboardOf, withEdits } from "../schemas/storyboard.ts";
import type { RouteDeps } from "./route-deps.ts";

type Edit = z.output<typeof EditBody>;

/** How often a merge is tried while other clients change the same project. */
const mostMerges = 5;

/** Editing a project: plan and price first, then edits, retakes, picks and reverts. */
export function editingRoutes({ service, editing, assets, idempotent }: RouteDeps) {
  const idOf = (typed: string) => projectIdOf(service, typed);

  /** What a body asks for, applied to the project as it is now. */
  async function editOf(id: ProjectId, body: Edit): Promise<StoryboardEdit> {
    const { patch, storyboard, scenes = [], revision } = body;
    if (storyboard !== undefined)
      return { storyboard: storyboardOf(storyboard), patch, ...(revision !== undefined && { revision }) };
    const now = await service.get(id);
    return { storyboard: withEdits(written(id, now.storyboard), scenes), patch, revision: revision ?? now.revision };
  }

  async function edit(id: ProjectId, body: Edit, signal: AbortSignal): Promise<z.infer<typeof EditAnswer>> {
    if (!body.dry_run) {
      const view = await change(id, body, mostMerges, signal);
      return { ...planAnswer(view, await editing.forecast(id)), dry_run: false };
    }
    const forecast = await editing.forecastEdit(id, await editOf(id, body), signal);
    return { ...planAnswer(await service.get(id), forecast), dry_run: true };
  }

  /** Edits of single scenes are merged with what another client changes at the same moment. */
  async function change(id: ProjectId, body: Edit, tries: number, signal: AbortSignal): Promise<ProjectView> {
    const asked = await editOf(id, body);
    try {
      return await editing.editStoryboard(id, asked, signal);
    } catch (thrown) {
      const merges = body.revision === undefined && asked.revision !== undefined && tries > 1;
      if (!merges || (await service.get(id)).revision === asked.revision) throw thrown;
      return change(id, body, tries - 1, signal);
    }
  }

  async function checkScene(id: ProjectId, scene: number): Promise<void> {
    const { scenes } = written(id, (await service.get(id)).storyboard);
    if (scene >= scenes.length) throw noSuchScene(scene, scenes.length);
  }

  return new Hono<ApiEnv>()
    .get(
      "/projects/:id/plan",
      described("What is current, stale and missing, and what resuming would buy", { 200: PlanAnswer }),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const forecast = await editing.forecast(id);
        return c.json(planAnswer(await service.get(id), forecast));
      },
    )
    .patch(
      "/projects/:id/storyboard",
      described("Change the storyboard, or preview a change; buys nothing", { 200: EditAnswer }),
      jsonBody(EditBody),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const body = c.req.valid("json");
        return c.json(await edit(id, body, c.req.raw.signal));
      },
    )
    .post(
      "/projects/:id/retakes",
      described(
        "Make new takes of a keyframe or clip; the film keeps its take until another one is picked",
        { 200: RetakeQuoteAnswer, 202: AcceptedAnswer },
        IDEMPOTENT,
      ),
      jsonBody(RetakeBody),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const body = c.req.valid("json");
        const wanted = retakeOf(body);
        const order = async (key?: HeldKey) => {
          await checkScene(id, body.scene);
          return editing.retake(id, wanted, key);
        };
        if (!body.dry_run) return c.json(await idempotent(c, body, order, id), 202);
        await checkScene(id, body.scene);
        return c.json(retakeQuoteAnswer(id, body.takes, await editing.quoteRetake(id, wanted)));
      },
    )
    .get("/projects/:id/takes", described("Every take of every keyframe and clip", { 200: TakesAnswer }), async (c) =>
      c.json(takesAnswer(await assets.gallery(await idOf(c.req.param("id"))))),
    )
    .post(
      "/projects/:id/picks",
      described("Use a finished take in the film", { 202: AcceptedAnswer }),
      jsonBody(PickBody),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        const body = c.req.valid("json");
        await checkScene(id, body.scene);
        return c.json(acceptedAnswer(await editing.pick(id, choiceOf(body))), 202);
      },
    )
    .get("/projects/:id/history", described("The revisions of the project", { 200: HistoryAnswer }), async (c) => {
      const id = await idOf(c.req.param("id"));
      return c.json(historyAnswer(id, await editing.history(id)));
    })
    .post(
      "/projects/:id/revert",
      described("Restore an earlier revision; its files are reused", { 202: AcceptedAnswer }),
      jsonBody(RevertBody),
      async (c) => {
        const id = await idOf(c.req.param("id"));
        return c.json(acceptedAnswer(await editing.revert(id, c.req.valid("json").revision)), 202);
      },
    );
}

/** @throws VidpipeError project.conflict before there is a storyboard */
function written(id: ProjectId, storyboard: Storyboard | null): Storyboard {
  if (storyboard !== null) return storyboard;
  throw new VidpipeError("project.conflict", `project ${id} has no storyboard yet: wait until it is written`);
}
