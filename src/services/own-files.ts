import type { Project } from "../domain/project.ts";
import type { UserFiles } from "../editing/new-project.ts";
import type { ClipInput } from "../editing/user-clips.ts";
import type { ReferenceInput, StillInput } from "../editing/user-images.ts";
import { storeClips } from "./clip-intake.ts";
import { type ImageMode, type ImageStore, storeReferences, storeStills } from "./image-intake.ts";
import { checkSignal } from "./interrupt.ts";

/** The user's own files for a new project. */
export interface OwnFiles {
  readonly references?: readonly ReferenceInput[];
  readonly stills?: readonly StillInput[];
  readonly clips?: readonly ClipInput[];
}

/** Checks or stores all files of a new project. Where one is refused nothing remains. @throws VidpipeError as above */
export async function storeUserFiles(
  store: ImageStore,
  project: Project,
  { references = [], stills = [], clips = [] }: OwnFiles,
  mode: ImageMode,
  signal: AbortSignal,
): Promise<UserFiles> {
  try {
    const files = {
      references: await storeReferences(store, project, references, mode, signal),
      stills: await storeStills(store, project, stills, mode, signal),
      clips: await storeClips(store, project, clips, mode, signal),
    };
    checkSignal(signal);
    return files;
  } catch (thrown) {
    if (mode === "store") await store.artifacts.discard(project.id);
    throw thrown;
  }
}
