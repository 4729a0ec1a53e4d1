/** Random orders of corpus clips, joined by the product and judged. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { asVidpipeError } from "../../../src/domain/errors.ts";
import { TRANSITION_KINDS, type Transition } from "../../../src/domain/transition.ts";
import { realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";
import { faultsOf } from "./judge.ts";
import { clipFile } from "./make.ts";
import type { Recipe } from "./recipe.ts";
import { RECIPES } from "./recipes.ts";
import { type Order, shownSeconds } from "./truth.ts";

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Seconds of transitions; 0.32 s at 25 fps keeps sound on the grid of its packets. */
const LENGTHS = [0.08, 0.12, 0.2, 0.32, 0.4];

/** Part of a clip that a fade may take: its flash, in the middle, is always seen alone. */
const FADE_PART = 0.35;

/** Part of the clips of a set that are as most models send them. */
const PLAIN_PART = 0.4;

const isPlain = ({ treatment, name }: Recipe) => treatment === "copy" && name.startsWith("plain");

/** The order of a seed: 3 to 8 clips, each of the corpus as likely as any other, and plain ones between. */
export function orderOf(seed: number): Order {
  const random = randomFrom(seed);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  };
  const plain = RECIPES.filter(isPlain);
  const clips = Array.from({ length: 3 + Math.floor(random() * 6) }, () =>
    pick(random() < PLAIN_PART ? plain : RECIPES),
  );
  const transitions = clips.slice(1).map((right, index): Transition => {
    const shorter = Math.min(shownSeconds(right), shownSeconds(clips[index] ?? right));
    const [kind, seconds] = [pick(TRANSITION_KINDS), pick(LENGTHS)];
    const fits = seconds <= shorter * FADE_PART;
    return kind === "cut" || !fits ? { kind: "cut", seconds: 0 } : { kind, seconds };
  });
  return { clips, transitions };
}

/** An order for people. */
export const orderLine = ({ clips, transitions }: Order): string =>
  clips
    .map(({ name }, index) => {
      const { kind, seconds } = transitions[index] ?? { kind: "cut", seconds: 0 };
      const end = index === clips.length - 1;
      return end ? name : `${name} > ${seconds === 0 ? "" : `${kind} ${seconds} > `}`;
    })
    .join("");

const folder = tempFolder();
const tool = realTool({ tempDir: join(folder, "temp") });
let count = 0;

/** The film of an order. @throws VidpipeError when it cannot be joined */
export async function joined({ clips, transitions }: Order): Promise<string> {
  count += 1;
  const film = join(folder, `${count}.mp4`);
  const paths = await Promise.all(clips.map(clipFile));
  await tool.stitch({ clips: paths, crossfadeSeconds: 0, transitions }, film, () => {}, never);
  return film;
}

/** Joins an order and judges the film: what is wrong with it, or why there is none; empty when it is right. */
export async function tryOrder(order: Order): Promise<readonly string[]> {
  try {
    const film = await joined(order);
    const faults = [...(await faultsOf(film, order)), ...(await treatmentFaults(order))];
    await rm(film, { force: true });
    return faults;
  } catch (thrown) {
    const { code, message } = asVidpipeError(thrown);
    return [`not joined: ${code}: ${message}`];
  }
}

/** Packets that were copied where they must not be, in the words of the plan. */
async function treatmentFaults({ clips, transitions }: Order): Promise<readonly string[]> {
  const paths = await Promise.all(clips.map(clipFile));
  const rows = await tool.explain({ clips: paths, crossfadeSeconds: 0, transitions }, never);
  return clips.flatMap(({ name, treatment }, index) => {
    const [, how, , why] = rows.find(([what]) => what === `clip ${index + 1}`) ?? [];
    return treatment === "encode" && how === "copy" ? [`${name} is copied (${why}); it must be encoded`] : [];
  });
}

/** The order without clips that are not needed for it to fail; one that still fails with fewer is taken. */
export async function shrunk(order: Order): Promise<Order> {
  for (const [index] of order.clips.entries()) {
    if (order.clips.length <= 2) return order;
    const clips = order.clips.toSpliced(index, 1);
    const smaller = { clips, transitions: order.transitions.toSpliced(Math.min(index, clips.length - 1), 1) };
    if ((await tryOrder(smaller)).length > 0) return shrunk(smaller);
  }
  return order;
}

/** An order several times over, with cuts between. */
export const repeated = ({ clips, transitions }: Order, times: number): Order => ({
  clips: Array.from({ length: times }, () => clips).flat(),
  transitions: Array.from({ length: times }, (_, index) => [
    ...(index === 0 ? [] : [{ kind: "cut", seconds: 0 } as const]),
    ...transitions,
  ]).flat(),
});

/** One clip between two plain ones, by cuts or, where it is long enough, by crossfades. */
export function ordersAround(recipe: Recipe): readonly Order[] {
  const [before, after] = RECIPES.filter(isPlain);
  if (before === undefined || after === undefined) throw new RangeError("the corpus has no plain clips");
  const clips = [before, recipe, after];
  const all = (transition: Transition) => ({ clips, transitions: [transition, transition] });
  const cuts = all({ kind: "cut", seconds: 0 });
  return shownSeconds(recipe) < 0.8 ? [cuts] : [cuts, all({ kind: "crossfade", seconds: 0.28 })];
}
