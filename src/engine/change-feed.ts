import type { ProjectId } from "../domain/ids.ts";

/** Tells watchers in this process that a project changed; the facts themselves are read from the repository. */
export type ChangeFeed = ReturnType<typeof createChangeFeed>;

export function createChangeFeed() {
  const listeners = new Map<ProjectId, Set<() => void>>();
  const everyones = new Set<() => void>();
  return {
    publish(id: ProjectId): void {
      for (const listener of listeners.get(id) ?? []) listener();
      for (const listener of everyones) listener();
    },
    /** Calls `listener` after each change of any project until the returned function is called. */
    subscribeAll(listener: () => void): () => void {
      everyones.add(listener);
      return () => void everyones.delete(listener);
    },
    /** Calls `listener` after each change until the returned function is called. */
    subscribe(id: ProjectId, listener: () => void): () => void {
      const own = listeners.get(id) ?? new Set();
      listeners.set(id, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0) listeners.delete(id);
      };
    },
  };
}
