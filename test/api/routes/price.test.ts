import { afterAll, beforeAll, expect, test } from "bun:test";
import { EstimateAnswer } from "../../../src/api/schemas/costs.ts";
import { AcceptedAnswer, ProjectAnswer } from "../../../src/api/schemas/responses.ts";
import { never } from "../../support/never.ts";
import { openTestServer, type RunningTestServer, serveTestServer } from "../test-server.ts";

let up: RunningTestServer;
beforeAll(() => {
  up = serveTestServer(openTestServer());
});
afterAll(() => up.stop());

const storyboard = {
  title: "Two boats",
  style_guide: { visual_style: "plain", color_palette: "grey", camera_style: "still" },
  scenes: [0, 1].map((scene) => ({
    description: `boat ${scene}`,
    start_frame_prompt: "a",
    end_frame_prompt: `b ${scene}`,
    motion_prompt: "drift",
  })),
};

/** Every mixture of what a body may say of the price. */
const bodies = [{}, { scenes: 1 }, { scenes: 3 }, { scenes: null }, { storyboard }].flatMap((story) =>
  [{}, { until: "storyboard" }, { until: "keyframes" }, { until: "clips" }, { until: "film" }].flatMap((until) =>
    [{}, { max_cost: 0 }, { max_cost: 1.5 }, { max_cost: 100 }].map((cap) => ({
      prompt: "x",
      ...story,
      ...until,
      ...cap,
    })),
  ),
);

test("a film's cap, its answer's and its project's, is what the estimate told for the same body", async () => {
  for (const body of bodies) {
    const told = EstimateAnswer.parse(await (await up.post("/api/estimate", body)).json());
    const answer = AcceptedAnswer.parse(await (await up.post("/api/generate", body)).json());
    expect({ body, ...answer }).toMatchObject({
      body,
      max_usd: told.max_usd,
      total_usd: told.total_usd,
      most_usd: told.most_usd,
    });
    const project = ProjectAnswer.parse(await (await up.get(`/api/projects/${answer.project_id}`)).json());
    expect(project.cost.max_usd).toBe(told.max_usd);
    const given = "max_cost" in body ? body.max_cost : Number.POSITIVE_INFINITY;
    expect(told.max_usd).toBe(Math.min(told.most_usd, given));
    // A cap below the most is said.
    expect(told.notices).toHaveLength(told.max_usd < told.most_usd ? 1 : 0);
    await up.post(`/api/projects/${answer.project_id}/cancel`, {});
  }
});

test("resume tells its price and cap in a dry run, and then has them", async () => {
  const { project_id: id } = AcceptedAnswer.parse(
    await (await up.post("/api/generate", { prompt: "x", scenes: 2, until: "storyboard" })).json(),
  );
  for await (const _ of up.service.watch(await up.service.resolve(id), never));
  const path = `/api/projects/${id}/resume`;
  const told = EstimateAnswer.parse(await (await up.post(path, { until: "keyframes", dry_run: true })).json());
  expect(told).toMatchObject({ total_usd: 0.3, most_usd: 0.6, max_usd: 0.61 });
  const before = ProjectAnswer.parse(await (await up.get(`/api/projects/${id}`)).json());
  expect([before.status, before.cost.max_usd]).toEqual(["review", 0.03]);
  const answer = AcceptedAnswer.parse(await (await up.post(path, { until: "keyframes" })).json());
  expect(answer).toMatchObject({ total_usd: 0.3, most_usd: 0.6, max_usd: 0.61 });
});
