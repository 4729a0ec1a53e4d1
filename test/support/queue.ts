import { never } from "./never.ts";
import type { Bill } from "./scripted-provider.ts";
import { createTestApp, createTestStores } from "./test-app.ts";

/** Ms of virtual time that a storyboard, a still and a clip take. */
export const TIMES = { storyboardMs: 5_000, keyframeMs: 8_000, clipMs: 60_000 } as const;

/** What became of films that were all asked for at the same moment, in that order. */
export interface Queue {
  readonly statuses: readonly string[];
  /** Virtual ms from the request to the finished film. */
  readonly finishedAtMs: readonly number[];
  readonly bills: readonly Bill[];
}

/** Queues films at one process in virtual time and waits for all of them; 8 calls of a kind are under way at once. */
export async function queueFilms(films: number, scenes: number): Promise<Queue> {
  const { clock, service, provider } = createTestApp(createTestStores(TIMES));
  const startMs = clock.now();
  const asked = Array.from({ length: films }, (_, n) =>
    service.create({ prompt: `Film ${n}`, sceneCount: scenes }, {}, never),
  );
  const made = await clock.run(Promise.all(asked));
  const watched = made.map(async ({ id }) => {
    for await (const _ of service.watch(id, new AbortController().signal));
    return clock.now() - startMs;
  });
  const finishedAtMs = await clock.run(Promise.all(watched));
  const views = await clock.run(Promise.all(made.map(({ id }) => service.get(id))));
  return { statuses: views.map(({ status }) => status), finishedAtMs, bills: provider.bills };
}
