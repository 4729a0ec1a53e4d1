import { expect, test } from "bun:test";
import { layGround, openHouse } from "../support/house.ts";

const count = 40;

test(`a start takes up ${count} films at once, polls them in turn and finishes each without buying anything again`, async () => {
  let polls = 0;
  let underWay = 0;
  const most = { underWay: 0 };
  const polled = Promise.withResolvers<void>();
  const ground = layGround({
    clipMs: 120_000,
    before(call) {
      if (call.call === "poll" && ++polls >= count) polled.resolve();
      return undefined;
    },
  });
  const policy = { laneLimit: () => 100 };
  const first = openHouse(ground, { policy });
  const ids = [];
  for (let n = 0; n < count; n++)
    ids.push((await ground.clock.run(first.service.create({ prompt: `Film ${n}.`, sceneCount: 1 }))).id);
  await ground.clock.run(polled.promise);
  const bought = ground.provider.bills.length;
  first.kill();

  // Counts what the next process looks after at the same time.
  const slow = Object.assign(Object.create(ground.provider), {
    async checkClip(...args: Parameters<typeof ground.provider.checkClip>) {
      most.underWay = Math.max(most.underWay, ++underWay);
      await ground.clock.sleep(50, new AbortController().signal);
      underWay -= 1;
      return ground.provider.checkClip(...args);
    },
  });
  const heir = openHouse({ ...ground, provider: slow }, { policy });
  expect(await ground.clock.run(heir.service.recover())).toBe(count);
  for (const id of ids) expect(await ground.repository.driver(id)).toBe(heir.owner);
  for (const id of ids) expect((await heir.settle(id)).status).toBe("complete");

  expect(most.underWay).toBe(32);
  expect(ground.provider.bills).toHaveLength(bought);
});
