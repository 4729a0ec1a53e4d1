import { useEffect, useState } from "preact/hooks";
import { useAction } from "../data/hooks.ts";
import { Button } from "./button.tsx";

/** An action that was done, and how to undo it. */
interface Done {
  readonly text: string;
  undo(): Promise<void>;
}

let current: Done | null = null;
const listeners = new Set<(done: Done | null) => void>();

/** Shows what was done at the bottom of the page until it is undone, dismissed or replaced. */
export function showToast(done: Done | null): void {
  current = done;
  for (const listener of [...listeners]) listener(done);
}

export function Toast() {
  const [done, setDone] = useState(current);
  const action = useAction();
  useEffect(() => {
    listeners.add(setDone);
    return () => {
      listeners.delete(setDone);
    };
  }, []);
  return (
    <div role="status" class="toast-place">
      {done && (
        <div class="toast">
          <p>{action.problem ?? done.text}</p>
          <Button action={action} onClick={() => action.run(() => done.undo().then(() => showToast(null)))}>
            Undo
          </Button>
          <Button aria-label="Dismiss" onClick={() => showToast(null)}>
            ✕
          </Button>
        </div>
      )}
    </div>
  );
}
