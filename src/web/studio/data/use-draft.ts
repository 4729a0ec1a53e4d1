import { useState } from "preact/hooks";
import type { Storyboard } from "./api-types.ts";
import { parseDraft } from "./parse-draft.ts";
import { draftOf, isChanged, onTop, type StoryDraft } from "./story-draft.ts";

/**
 * A draft on top of a film's storyboard as it is now. It outlives reloads of the page and visits elsewhere, until it is
 * saved or dropped.
 */
export function useDraft(id: string, storyboard: Storyboard, revision: number) {
  const [draft, setDraft] = useState<StoryDraft>(() => keptDraft(id) ?? draftOf(storyboard, revision));
  const fitting = onTop(draft, storyboard, revision);
  const current = fitting ?? draft;
  const put = (next: StoryDraft) => {
    keep(id, isChanged(next) ? next : null);
    setDraft(next);
  };
  return {
    draft: current,
    changed: isChanged(current),
    /** The storyboard was changed elsewhere since this draft was started. */
    isLate: fitting === null,
    change: (next: (draft: StoryDraft) => StoryDraft) => put(next(current)),
    /** Bases the draft on the film as it is now: saving it then replaces that. */
    insist: () => put({ ...current, base: storyboard, revision }),
    /** Starts again from the film as it is now. */
    drop: () => put(draftOf(storyboard, revision)),
  };
}

export type Drafting = ReturnType<typeof useDraft>;

/** The number changes with the shape of a draft: a draft of an older page is not read. */
const keyOf = (id: string): string => `vidpipe-draft-1-${id}`;

/** A draft of this tab that was neither saved nor dropped. */
export function keptDraft(id: string): StoryDraft | null {
  const text = sessionStorage.getItem(keyOf(id));
  return text === null ? null : parseDraft(text);
}

function keep(id: string, draft: StoryDraft | null): void {
  if (draft === null) {
    sessionStorage.removeItem(keyOf(id));
    return;
  }
  try {
    sessionStorage.setItem(keyOf(id), JSON.stringify(draft));
  } catch {
    // The storage is full; the draft is still on the page.
  }
}
