import { type ModelLimits, type ModelState, movesOf, START } from "./model.ts";

/** What a search of all interleavings found. */
export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** The shortest way to a state that must not be; null when there is none. */
  readonly violation: { readonly what: string; readonly path: readonly string[] } | null;
}

interface Visit {
  readonly state: ModelState;
  readonly from: Visit | null;
  readonly name: string;
}

/** What must never be, in a state or across a move. */
const PROMISES: readonly (readonly [string, (before: ModelState, move: string, state: ModelState) => boolean])[] = [
  ["sent without a committed intent", (_, __, { bills, submits }) => bills.some((b) => submits[b - 1] === undefined)],
  ["sent twice under one intent", (_, __, { bills }) => new Set(bills).size < bills.length],
  ["bought twice without anybody's word", (_, __, { bills, consents }) => bills.length > 1 + consents],
  ["billed, and counted as free", (_, __, { bills, submits }) => bills.some((b) => submits[b - 1] === "released")],
  ["the epoch went back", (before, _, { epoch }) => epoch < before.epoch],
  ["a finished step was undone", (before, _, { step }) => before.step === "done" && step !== "done"],
  ["done without an operation", (_, __, { step, operation }) => step === "done" && operation === 0],
  [
    "bought again although its answer is kept",
    (before, move) => / agrees to buy again/.test(move) && before.kept.includes(before.submits.length),
  ],
  ["sent while the step waits for somebody's word", (before, move) => / sends/.test(move) && before.step !== "running"],
];

/** A state in which nothing happens any more must be an end, or wait for the user. */
const isStuck = (state: ModelState, moves: number): boolean =>
  moves === 0 && state.step !== "done" && state.step !== "ambiguous";

function pathTo(visit: Visit): string[] {
  const names: string[] = [];
  for (let at: Visit | null = visit; at !== null && at.from !== null; at = at.from) names.unshift(at.name);
  return names;
}

/** Breadth first over every interleaving. `tolerated` names what this search is not about. */
export function explore(limits: ModelLimits, tolerated: readonly string[] = []): Exploration {
  const promises = PROMISES.filter(([what]) => !tolerated.includes(what));
  const seen = new Set<string>([JSON.stringify(START)]);
  const queue: Visit[] = [{ state: START, from: null, name: "start" }];
  let transitions = 0;
  const found = (what: string, visit: Visit): Exploration => ({
    states: seen.size,
    transitions,
    violation: { what, path: pathTo(visit) },
  });
  // The queue grows while it is read: states come in the order of their distance from the start.
  for (const visit of queue) {
    const moves = movesOf(visit.state, limits);
    if (isStuck(visit.state, moves.length)) return found("stuck", visit);
    for (const { name, to } of moves) {
      transitions += 1;
      const next: Visit = { state: to, from: visit, name };
      const broken = promises.find(([, isBroken]) => isBroken(visit.state, name, to));
      if (broken !== undefined) return found(broken[0], next);
      const key = JSON.stringify(to);
      if (!seen.has(key)) queue.push(next);
      seen.add(key);
    }
  }
  return { states: seen.size, transitions, violation: null };
}
