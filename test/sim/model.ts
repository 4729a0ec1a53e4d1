/**
 * The submit/lease protocol in plain values: two owners, one scene, every interleaving. It says what the code must
 * follow; the simulator checks that it does.
 */

/** What an owner is about to do with the scene it believes to drive. */
type Place = "idle" | "claimed" | "sent" | "answered" | "stored" | "polling";

interface ProcessIdentity {
  readonly alive: boolean;
  readonly stopped: boolean;
  /** Epoch under which it drives; 0 is never. */
  readonly epoch: number;
  readonly place: Place;
  /** Its last sign of life is too old for a call to leave: it slept past the limit. */
  readonly stale: boolean;
  /** Number of the intent its attempt committed. */
  readonly intent: number;
}

type Submit = "intent" | "open" | "unknown" | "spent" | "released";

export interface ModelState {
  readonly owners: readonly [ProcessIdentity, ProcessIdentity];
  /** The process that holds the lease, 0 or 1; null for none. */
  readonly driver: 0 | 1 | null;
  readonly epoch: number;
  /** The driver was silent for longer than the lease. */
  readonly silent: boolean;
  readonly step: "queued" | "running" | "waiting" | "ambiguous" | "done";
  /** Number of the operation the step looks after; 0 is none. */
  readonly operation: number;
  readonly submits: readonly Submit[];
  /** Requests the provider received, by intent. */
  readonly bills: readonly number[];
  /** Answers that are under way; a lost one never comes. */
  readonly lost: readonly boolean[];
  /** Intents whose answer is on the disk, looked at or not. */
  readonly kept: readonly number[];
  /** Purchases the user agreed to repeat. */
  readonly consents: number;
  readonly crashes: number;
  readonly stops: number;
  readonly expiries: number;
  readonly losses: number;
}

export interface ModelLimits {
  readonly crashes: number;
  readonly stops: number;
  readonly expiries: number;
  readonly losses: number;
  readonly consents: number;
  /** Checking the age of the lease and sending are one action; false: a process may be stopped between the two. */
  readonly checkedAtSend: boolean;
  /** A planted bug, to show that the search would see it. */
  readonly bug?:
    | "no intent"
    | "resend"
    | "no fence"
    | "no age check"
    | "age of the intent"
    | "takeover frees"
    | "kept is not asked";
}

export const LIMITS: ModelLimits = { crashes: 2, stops: 1, expiries: 1, losses: 1, consents: 1, checkedAtSend: true };

const fresh: ProcessIdentity = { alive: true, stopped: false, epoch: 0, place: "idle", stale: false, intent: 0 };

export const START: ModelState = {
  owners: [fresh, fresh],
  driver: null,
  epoch: 0,
  silent: false,
  step: "queued",
  operation: 0,
  submits: [],
  bills: [],
  lost: [],
  kept: [],
  consents: 0,
  crashes: 0,
  stops: 0,
  expiries: 0,
  losses: 0,
};

type Side = 0 | 1;
interface Move {
  readonly name: string;
  readonly to: ModelState;
}

function withOwner(state: ModelState, side: Side, change: Partial<ProcessIdentity>): ModelState {
  const [a, b] = state.owners;
  return { ...state, owners: side === 0 ? [{ ...a, ...change }, b] : [a, { ...b, ...change }] };
}

const setAt = <T>(list: readonly T[], index: number, value: T): readonly T[] =>
  list.map((item, place) => (place === index ? value : item));

/** What the world does to an owner. */
function worldMoves(state: ModelState, side: Side, limits: ModelLimits): Move[] {
  const owner = state.owners[side];
  const moves: Move[] = [];
  if (owner.alive && state.crashes < limits.crashes)
    moves.push({
      name: `${side} crashes`,
      to: withOwner({ ...state, crashes: state.crashes + 1 }, side, { ...fresh, alive: false }),
    });
  if (!owner.alive) moves.push({ name: `${side} restarts`, to: withOwner(state, side, fresh) });
  if (owner.alive && !owner.stopped && state.stops < limits.stops)
    moves.push({
      name: `${side} is stopped`,
      to: withOwner({ ...state, stops: state.stops + 1 }, side, { stopped: true }),
    });
  if (owner.stopped) moves.push({ name: `${side} wakes`, to: withOwner(state, side, { stopped: false }) });
  // The lease is longer than a sign of life may be old when a call leaves, so a process that slept past it knows.
  if (owner.stopped && state.driver === side && !state.silent && state.expiries < limits.expiries)
    moves.push({
      name: `the lease of ${side} runs out`,
      to: withOwner({ ...state, silent: true, expiries: state.expiries + 1 }, side, { stale: true }),
    });
  return moves;
}

/** A kept answer is used: its operation is looked at from now on. */
const used = (state: ModelState, intent: number): ModelState => ({
  ...state,
  step: "waiting",
  operation: intent,
  submits: setAt(state.submits, intent - 1, "open"),
});

/** Another owner takes over; what the last one left running is put where it is safe. */
function takeover(state: ModelState, side: Side, limits: ModelLimits): ModelState {
  const epoch = state.epoch + 1;
  const taken = withOwner({ ...state, driver: side, epoch, silent: false }, side, {
    epoch,
    place: "idle",
    stale: false,
  });
  if (state.step !== "running") return taken;
  if (state.operation > 0) return { ...taken, step: "waiting" };
  const live = state.submits.lastIndexOf("intent");
  if (state.kept.includes(live + 1) && limits.bug !== "kept is not asked") return used(taken, live + 1);
  const doubt = limits.bug === "takeover frees" ? "released" : "unknown";
  return { ...taken, step: "ambiguous", submits: live < 0 ? state.submits : setAt(state.submits, live, doubt) };
}

function leaseMoves(state: ModelState, side: Side, limits: ModelLimits): Move[] {
  const owner = state.owners[side];
  const held = state.driver !== null && state.owners[state.driver].alive && !state.silent && state.driver !== side;
  const drives = state.driver === side && owner.epoch === state.epoch;
  if (held || drives || owner.place !== "idle" || state.step === "done") return [];
  return [{ name: `${side} takes over`, to: takeover(state, side, limits) }];
}

/** A heartbeat; a process that lost the project meanwhile learns it from the fencing token. */
function renewMoves(state: ModelState, side: Side): Move[] {
  if (!state.owners[side].stale || state.owners[side].place !== "idle") return [];
  const silent = state.driver === side ? false : state.silent;
  return [{ name: `${side} renews`, to: withOwner({ ...state, silent }, side, { stale: false }) }];
}

/** An owner's change is written only under the epoch it drives in. */
const isFenced = (state: ModelState, side: Side, limits: ModelLimits): boolean =>
  limits.bug !== "no fence" && state.owners[side].epoch !== state.epoch;

function claimMoves(state: ModelState, side: Side, limits: ModelLimits): Move[] {
  const owner = state.owners[side];
  if (owner.place !== "idle" || owner.epoch === 0 || isFenced(state, side, limits)) return [];
  if (state.step === "queued") {
    const submits: readonly Submit[] = limits.bug === "no intent" ? state.submits : [...state.submits, "intent"];
    const to = { ...state, step: "running" as const, submits };
    return [
      {
        name: `${side} commits an intent`,
        to: withOwner(to, side, {
          place: "claimed",
          intent: submits.length,
          ...(limits.bug === "age of the intent" ? { stale: false } : {}),
        }),
      },
    ];
  }
  if (state.step === "waiting")
    return [{ name: `${side} looks`, to: withOwner({ ...state, step: "running" }, side, { place: "polling" }) }];
  return [];
}

function sendMoves(state: ModelState, side: Side, limits: ModelLimits): Move[] {
  const owner = state.owners[side];
  if (owner.place !== "claimed") return [];
  const stale = owner.stale && limits.bug !== "no age check" && limits.checkedAtSend;
  if (stale)
    return [
      {
        name: `${side} holds the call back and renews`,
        to: withOwner(
          { ...released(state, side, limits), silent: state.driver === side ? false : state.silent },
          side,
          { place: "idle", stale: false },
        ),
      },
    ];
  const bills = [...state.bills, owner.intent];
  const sent = withOwner({ ...state, bills, lost: [...state.lost, false] }, side, { place: "sent" });
  const moves = [{ name: `${side} sends`, to: sent }];
  if (state.losses < limits.losses)
    moves.push({
      name: `${side} sends, the answer will be lost`,
      to: { ...sent, losses: state.losses + 1, lost: setAt(sent.lost, sent.lost.length - 1, true) },
    });
  return moves;
}

/** A call that never left costs nothing, if this owner may still say so. */
function released(state: ModelState, side: Side, limits: ModelLimits): ModelState {
  if (isFenced(state, side, limits) || state.step !== "running") return state;
  return { ...state, step: "queued", submits: setAt(state.submits, state.owners[side].intent - 1, "released") };
}

function answerMoves(state: ModelState, side: Side, limits: ModelLimits): Move[] {
  const owner = state.owners[side];
  if (owner.place !== "sent") return [];
  const bill = state.bills.lastIndexOf(owner.intent);
  if (state.lost[bill] !== true)
    return [{ name: `${side} hears the name`, to: withOwner(state, side, { place: "answered" }) }];
  if (limits.bug === "resend")
    return [
      {
        name: `${side} sends again`,
        to: withOwner(
          { ...state, bills: [...state.bills, owner.intent], lost: setAt([...state.lost, false], bill, true) },
          side,
          { place: "sent" },
        ),
      },
    ];
  const idle = withOwner(state, side, { place: "idle" });
  if (isFenced(state, side, limits) || state.step !== "running") return [{ name: `${side} hears nothing`, to: idle }];
  const to = {
    ...idle,
    step: "ambiguous" as const,
    submits: setAt(state.submits, owner.intent - 1, "unknown" as const),
  };
  return [{ name: `${side} hears nothing`, to }];
}

/** What came is kept before anybody looks at it, whoever drives now. */
function storeMoves(state: ModelState, side: Side): Move[] {
  const owner = state.owners[side];
  if (owner.place !== "answered") return [];
  const kept = { ...state, kept: [...state.kept, owner.intent].toSorted((a, b) => a - b) };
  return [{ name: `${side} stores the answer`, to: withOwner(kept, side, { place: "stored" }) }];
}

/** The name is a money fact: it is written under any epoch. */
function commitMoves(state: ModelState, side: Side, limits: ModelLimits): Move[] {
  const owner = state.owners[side];
  if (owner.place !== "stored") return [];
  const idle = withOwner(state, side, { place: "idle" });
  const at = owner.intent - 1;
  const ours = owner.epoch === state.epoch && state.step === "running" && state.submits[at] === "intent";
  const open = (submit: Submit) => setAt(state.submits, at, submit);
  if (ours || limits.bug === "no fence")
    return [
      {
        name: `${side} writes the name`,
        to: { ...idle, step: "waiting", operation: owner.intent, submits: open("open") },
      },
    ];
  if (state.step === "ambiguous" && state.operation === 0)
    return [
      {
        name: `${side} writes a late name`,
        to: { ...idle, step: "waiting", operation: owner.intent, submits: open("open") },
      },
    ];
  return [{ name: `${side} writes a late name down as spent`, to: { ...idle, submits: open("spent") } }];
}

function pollMoves(state: ModelState, side: Side, limits: ModelLimits): Move[] {
  const owner = state.owners[side];
  if (owner.place !== "polling") return [];
  const idle = withOwner(state, side, { place: "idle" });
  if (isFenced(state, side, limits) || state.step !== "running") return [{ name: `${side} is fenced`, to: idle }];
  return [
    { name: `${side} finds it running`, to: { ...idle, step: "waiting" } },
    {
      name: `${side} stores the clip`,
      to: { ...idle, step: "done", submits: setAt(state.submits, state.operation - 1, "spent") },
    },
  ];
}

/** The user answers for a lost call: what was stored since is used, else they may agree to buy again. */
function userMoves(state: ModelState, limits: ModelLimits): Move[] {
  if (state.step !== "ambiguous") return [];
  const last = state.submits.length;
  if (state.kept.includes(last) && state.operation === 0 && limits.bug !== "kept is not asked")
    return [{ name: "the user resumes: the kept answer is used", to: used(state, last) }];
  if (state.consents >= limits.consents) return [];
  return [{ name: "the user agrees to buy again", to: { ...state, step: "queued", consents: state.consents + 1 } }];
}

/** Everything that may happen next. */
export function movesOf(state: ModelState, limits: ModelLimits): readonly Move[] {
  const sides: readonly Side[] = [0, 1];
  const byOwner = sides.flatMap((side) => {
    const world = worldMoves(state, side, limits);
    const { alive, stopped } = state.owners[side];
    if (!alive || stopped) return world;
    const own = [leaseMoves, renewMoves, claimMoves, sendMoves, answerMoves, storeMoves, commitMoves, pollMoves];
    return [...world, ...own.flatMap((moves) => moves(state, side, limits))];
  });
  return [...byOwner, ...userMoves(state, limits)];
}
