import { useEffect, useState } from "preact/hooks";
import { useAction } from "../data/hooks.ts";

/** Something that was done, and how to undo it. */
interface Done {
  readonly text: string;
  undo(): Promise<void>;
}

let current: Done | null = null;
const listeners = new Set<(done: Done | null) => void>();

/** Says what was done at the foot of the page, until it is undone, put away, or something else is said. */
export function setNotice(done: Done | null): void {
  current = done;
  for (const listener of [...listeners]) listener(done);
}

export function Notice() {
  const [done, setDone] = useState(current);
  const action = useAction();
  useEffect(() => {
    listeners.add(setDone);
    return () => {
      listeners.delete(setDone);
    };
  }, []);
  return (
    <div role="status" class="notice-place">
      {done && (
        <div class="notice">
          <p>{action.problem ?? done.text}</p>
          <button
            type="button"
            disabled={action.busy}
            onClick={() => action.run(() => done.undo().then(() => setNotice(null)))}
          >
            Undo
          </button>
          <button type="button" aria-label="Dismiss this note" onClick={() => setNotice(null)}>
            ✕
          </button>
        </div>
      )}
    </div>
  );
}
