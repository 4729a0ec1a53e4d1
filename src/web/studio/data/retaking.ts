import { useState } from "preact/hooks";
import type { Retake, Take } from "./api-types.ts";
import { editingApi } from "./directing.ts";
import { usePurchase } from "./hooks.ts";
import { isMoving } from "./steps.ts";

const isUnderWay = ({ status }: Take): boolean => status === "queued" || isMoving(status);

/**
 * Orders further takes of one piece, one order at a time. `known`: the takes of the piece that are seen so far;
 * `onOrdered` is called once an order is accepted.
 */
export function useRetake(id: string, known: readonly Take[], onOrdered: () => void) {
  const { buy, ...action } = usePurchase();
  // An order takes a moment to be seen; a second press until then would be a second order.
  const [awaited, setAwaited] = useState(0);
  return {
    action,
    /** An order is on its way or in progress: another press would be another order. */
    isMaking: known.length < awaited || known.some(isUnderWay),
    order: (wanted: Retake) =>
      buy(wanted, async (key) => {
        await editingApi.retake(id, wanted, key);
        setAwaited(known.length + wanted.takes);
        onOrdered();
      }),
    /** Stops waiting for what was ordered, e.g. when another number of takes is chosen. */
    forget: () => setAwaited(0),
  };
}
