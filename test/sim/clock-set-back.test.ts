import { expect, test } from "bun:test";
import { layGround, openHouse } from "../support/house.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;

test("what a clock set back left in the future is due at the takeover, even when somebody wrote in between", async () => {
  const ground = layGround({ keyframeMs: 2_000, clipMs: 60_000 });
  const { clock, repository } = ground;
  const first = openHouse(ground);
  const { id } = await clock.run(first.service.create({ prompt: "A cat at night.", sceneCount: 2 }));
  await clock.run(clock.sleep(20_000, new AbortController().signal));
  first.kill();
  clock.jump(-hourMs);
  await repository.change(id, null, () => [{ type: "project", patch: { maxCostUsd: 50 } }]);
  await clock.run(openHouse(ground).service.recover());
  const { steps } = await repository.facts(id);
  const waiting = steps.filter((step) => step.status === "waiting");
  expect(waiting.length).toBeGreaterThan(0);
  expect(waiting.filter((step) => step.dueAtMs > clock.now() + minuteMs)).toEqual([]);
});
