import type { BillEntry } from "./google-fake/bill.ts";
import type { Records, SubmitRecord } from "./records.ts";

const KINDS = { text: "storyboard", image: "keyframe", clip: "clip" } as const satisfies Record<
  BillEntry["kind"],
  string
>;

/** Purchases of a piece that its price covers: a storyboard's three calls, a still and its one repeat, one clip. */
const COVERED = { text: 3, image: 2, clip: 1 } as const satisfies Record<BillEntry["kind"], number>;

const charged = (bill: readonly BillEntry[], kind: BillEntry["kind"]) =>
  bill.filter((entry) => entry.kind === kind && entry.charged);

/** The name under which consents to a piece are counted. */
export const pieceOf = ({ kind, position }: { readonly kind: string; readonly position: number }): string =>
  `${kind} ${position}`;

/** Purchases that the user agreed to although the piece may already have been bought, by the piece's name. */
export type Consents = ReadonlyMap<string, number>;

/**
 * Compares the ledger with the fake's bill, at any moment. Returns every difference in words: none means that each
 * charge is in the ledger, known or among the unknown ones and with at least its price, that nothing was bought beyond
 * what its price covers and the user agreed to, and that nothing was bought beside an answer that is kept.
 */
export function differences({ submits, files }: Records, bill: readonly BillEntry[], consents: Consents): string[] {
  return [
    ...countDifferences(submits, bill),
    ...uncoveredBill(submits, bill),
    ...operationDifferences(submits, charged(bill, "clip")),
    ...repeatedPieces(files, bill, consents),
    ...repeatedSubmits(submits, consents),
    ...boughtBeside(submits),
  ];
}

function countDifferences(submits: readonly SubmitRecord[], bill: readonly BillEntry[]): string[] {
  return (["text", "image", "clip"] as const).flatMap((kind) => {
    const counted = (...states: SubmitRecord["state"][]) =>
      submits.filter((submit) => submit.kind === KINDS[kind] && states.includes(submit.state)).length;
    const [known, unknown] = [counted("open", "spent"), counted("unknown", "intent")];
    const billed = charged(bill, kind).length;
    if (known <= billed && billed <= known + unknown) return [];
    return [`${kind}: ${billed} billed, the ledger knows ${known} and is unsure of ${unknown}`];
  });
}

/** What is billed, each entry by the worst reading of its request, is no more than what the ledger counts. */
function uncoveredBill(submits: readonly SubmitRecord[], bill: readonly BillEntry[]): string[] {
  const sum = (rows: readonly { usd: number }[]) => rows.reduce((total, { usd }) => total + usd, 0);
  const billedUsd = sum(bill.filter((entry) => entry.charged));
  const countedUsd = sum(submits.filter(({ state }) => state !== "released"));
  return billedUsd <= countedUsd + 1e-6 ? [] : [`billed are $${billedUsd}, the ledger counts $${countedUsd}`];
}

/** An operation's name as the bill has it: the ledger may say more, such as the mode and the place. */
const sameOperation = (ledger: string | null, billed: string): boolean => ledger?.endsWith(billed) === true;

function operationDifferences(submits: readonly SubmitRecord[], clips: readonly BillEntry[]): string[] {
  const named = submits.filter((submit) => submit.operation !== null && submit.state !== "released");
  return [
    ...named
      .filter(({ operation }) => clips.filter((clip) => sameOperation(operation, clip.operation)).length !== 1)
      .map(({ operation }) => `the ledger names ${operation}, which was not billed once`),
    ...clips
      .filter((clip) => named.filter(({ operation }) => sameOperation(operation, clip.operation)).length > 1)
      .map((clip) => `${clip.operation} is in the ledger more than once`),
  ];
}

/** The stored stills tell which piece a charge was for: a still is drawn from the one before, a clip between its two. */
function repeatedPieces(files: Records["files"], bill: readonly BillEntry[], consents: Consents): string[] {
  const stills = new Map(files.filter(({ role }) => role === "keyframe").map((file) => [file.position, file.sha256]));
  const placeOf = ({ kind, pictureSha256: [first, second] }: BillEntry): number | undefined => {
    if (kind === "text" || (kind === "image" && first === undefined)) return 0;
    const before = [...stills.keys()].find((k) => stills.get(k) === first);
    if (before === undefined || kind === "image") return before === undefined ? undefined : before + 1;
    return stills.get(before + 1) === second ? before : undefined;
  };
  const bought = new Map<string, { readonly entry: BillEntry; times: number }>();
  const strangers = bill.filter((entry) => {
    const position = placeOf(entry);
    if (position === undefined) return true;
    const piece = pieceOf({ kind: KINDS[entry.kind], position });
    const { times } = bought.get(piece) ?? { times: 0 };
    bought.set(piece, { entry, times: times + (entry.charged ? 1 : 0) });
    return false;
  });
  return [
    ...strangers.map(({ kind, operation }) => `${kind} ${operation} was made from other stills than the stored ones`),
    ...[...bought].flatMap(([piece, { entry, times }]) => {
      const allowed = COVERED[entry.kind] + (consents.get(piece) ?? 0);
      return times <= allowed ? [] : [`${piece} was bought ${times} times, allowed were ${allowed}`];
    }),
  ];
}

/** Each purchase has its reason, and each reason its number. */
function repeatedSubmits(submits: readonly SubmitRecord[], consents: Consents): string[] {
  const orders = submits.filter(({ state }) => state !== "released");
  return [...new Set(orders.map(pieceOf))].flatMap((piece) => {
    const own = orders.filter((submit) => pieceOf(submit) === piece);
    const isClip = own[0]?.kind === "clip";
    const allowed = {
      first: 1,
      repeat: isClip ? 0 : 1,
      complaint: own[0]?.kind === "storyboard" ? 2 : 0,
      approval: consents.get(piece) ?? 0,
    } as const satisfies Record<SubmitRecord["because"], number>;
    return (["first", "repeat", "complaint", "approval"] as const).flatMap((reason) => {
      const times = own.filter(({ because }) => because === reason).length;
      const most = allowed[reason];
      return times <= most ? [] : [`${piece} was ordered ${times} times as ${reason}, allowed were ${most}`];
    });
  });
}

/** An answer that is kept is neither lost nor bought again, unless it did not fit or the user said so. */
function boughtBeside(submits: readonly SubmitRecord[]): string[] {
  const orders = submits.filter(({ state }) => state !== "released");
  return orders
    .filter(({ kept }) => kept)
    .flatMap((submit) => {
      const own = orders.filter(({ step_id }) => step_id === submit.step_id);
      const next = own[own.indexOf(submit) + 1];
      return [
        ...(submit.state === "unknown" ? [`${pieceOf(submit)}: an answer is kept and its call counts as lost`] : []),
        ...(next?.because === "repeat" ? [`${pieceOf(submit)} was bought again beside an answer that is kept`] : []),
      ];
    });
}
