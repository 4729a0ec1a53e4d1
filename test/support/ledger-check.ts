import type { BillEntry } from "./google-fake/bill.ts";
import type { Records, SubmitRecord } from "./records.ts";

const KINDS = { text: "storyboard", image: "keyframe", clip: "clip" } as const satisfies Record<
  BillEntry["kind"],
  string
>;

const charged = (bill: readonly BillEntry[], kind: BillEntry["kind"]) =>
  bill.filter((entry) => entry.kind === kind && entry.charged);

/** What the ledger owns up to, and what it says it does not know, of one kind of call. */
function ledgerOf(submits: readonly SubmitRecord[], kind: string) {
  const counted = (...states: SubmitRecord["state"][]) =>
    submits.filter((submit) => submit.kind === kind && states.includes(submit.state)).length;
  return { known: counted("open", "spent"), unknown: counted("unknown", "intent") };
}

/** Clips per scene that its user agreed to buy although one may already have been bought. */
export type Consents = ReadonlyMap<number, number>;

/**
 * Compares the ledger with the fake's bill, at any moment. Returns every difference in words: none means that each
 * charge is in the ledger, by its operation or among the unknown ones, and that nothing was bought twice unasked.
 */
export function differences({ submits, files }: Records, bill: readonly BillEntry[], consents: Consents): string[] {
  return [
    ...countDifferences(submits, bill),
    ...operationDifferences(submits, charged(bill, "clip")),
    ...repeatedScenes(files, charged(bill, "clip"), consents),
    ...repeatedSubmits(submits, consents),
  ];
}

function countDifferences(submits: readonly SubmitRecord[], bill: readonly BillEntry[]): string[] {
  return (["text", "image", "clip"] as const).flatMap((kind) => {
    const { known, unknown } = ledgerOf(submits, KINDS[kind]);
    const billed = charged(bill, kind).length;
    if (known <= billed && billed <= known + unknown) return [];
    return [`${kind}: ${billed} billed, the ledger knows ${known} and is unsure of ${unknown}`];
  });
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

/** The stills that belong to a scene tell which scene a clip was bought for. */
function repeatedScenes(files: Records["files"], clips: readonly BillEntry[], consents: Consents): string[] {
  const stills = new Map(files.filter(({ role }) => role === "keyframe").map((file) => [file.position, file.sha256]));
  const bought = new Map<number, number>();
  const strangers = clips.filter(({ pictureSha256: [start, end] }) => {
    const scene = [...stills.keys()].find((k) => stills.get(k) === start && stills.get(k + 1) === end);
    if (scene !== undefined) bought.set(scene, (bought.get(scene) ?? 0) + 1);
    return scene === undefined;
  });
  return [
    ...strangers.map(({ operation }) => `${operation} was made from other stills than the stored ones`),
    ...[...bought]
      .filter(([scene, times]) => times > 1 + (consents.get(scene) ?? 0))
      .map(([scene, times]) => `the clip of scene ${scene + 1} was bought ${times} times`),
  ];
}

function repeatedSubmits(submits: readonly SubmitRecord[], consents: Consents): string[] {
  const clips = submits.filter(({ kind, state }) => kind === "clip" && state !== "released");
  const scenes = new Set(clips.map(({ position }) => position));
  return [...scenes].flatMap((scene) => {
    const orders = clips.filter(({ position }) => position === scene).length;
    const allowed = 1 + (consents.get(scene) ?? 0);
    return orders <= allowed ? [] : [`scene ${scene + 1} was ordered ${orders} times, allowed were ${allowed}`];
  });
}
