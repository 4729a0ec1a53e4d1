import { useState } from "preact/hooks";
import type { Retake, Take } from "./api-types.ts";
import { editingApi } from "./directing.ts";
import { type Action, usePurchase } from "./hooks.ts";
import { isMoving } from "./steps.ts";

/** Ordering further takes of one piece, one order at a time. */
export interface Retaking {
  readonly action: Action;
  /** An order is on its way or under way: another press would be another order. */
  readonly isMaking: boolean;
  order(wanted: Retake): void;
  /** What was awaited is no longer waited for, e.g. when another number of takes is chosen. */
  forget(): void;
}

const isUnderWay = ({ status }: Take): boolean => status === "queued" || isMoving(status);

/** `known`: the takes of the piece that are seen so far; `onOrdered` is called once an order is taken. */
export function useRetake(id: string, known: readonly Take[], onOrdered: () => void): Retaking {
  const { buy, ...action } = usePurchase();
  // An order takes a moment to be seen; a second press until then would be a second order.
  const [awaited, setAwaited] = useState(0);
  return {
    action,
    isMaking: known.length < awaited || known.some(isUnderWay),
    order: (wanted) =>
      buy(wanted, async (key) => {
        await editingApi.retake(id, wanted, key);
        setAwaited(known.length + wanted.takes);
        onOrdered();
      }),
    forget: () => setAwaited(0),
  };
}
