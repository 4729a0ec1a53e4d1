import type { ClipCheck } from "../../ports/provider.ts";
import type { CallContext } from "./call.ts";
import type { ClipJob } from "./clip-job.ts";
import { type ClipName, readVertexOperation, writeClipName } from "./clip-name.ts";
import type { ClipDeps } from "./download.ts";
import { readyInFolder } from "./gcs.ts";
import { checkOmni, startOmni } from "./omni.ts";
import type { Address } from "./sessions.ts";
import { checkVeo, startVeo } from "./veo.ts";

/** Buys one clip with the backend its model speaks. Gives the name to save. */
export async function startClip(job: ClipJob, deps: ClipDeps): Promise<string> {
  const { output, options, selected } = job;
  if (selected.model.backend === "veo")
    return writeClipName({ backend: "veo", operation: await startVeo(job, deps), output });
  const { mode, project } = options;
  const id = await startOmni(job, deps);
  const location = mode === "vertex" ? selected.location : "";
  return writeClipName({ backend: "omni", mode, project, location, id, output });
}

/** Where a saved operation is asked about, whatever today's configuration says. */
export function addressOf(name: ClipName): Address {
  switch (name.backend) {
    case "veo": {
      const { project = "", location = "" } = readVertexOperation(name.operation) ?? {};
      return { mode: "vertex", project, location };
    }
    case "omni":
      return { mode: name.mode, project: name.project, location: name.location };
    case "gcs":
      return { mode: "vertex", project: name.project, location: "global" };
  }
}

/** Looks at an operation that is done but shows no clip, and ms between them: the clip sometimes comes later. */
const EMPTY_LOOKS = 4;
const EMPTY_PAUSE_MS = 5_000;

/** Asks how a saved operation stands, with the backend that started it. */
export async function checkSaved(name: ClipName, look: CallContext, deps: ClipDeps): Promise<ClipCheck> {
  for (let looks = 1; looks <= EMPTY_LOOKS; looks += 1) {
    const check = await checkOnce(name, look, deps);
    if (check !== null) return check;
    if (looks < EMPTY_LOOKS) await deps.clock.sleep(EMPTY_PAUSE_MS, look.signal);
  }
  const reason = "Google says that the clip is done but has none; count it as charged";
  return { kind: "failed", reason, retryable: true, charged: true };
}

/** Null when the operation is done without a clip. */
function checkOnce(name: ClipName, look: CallContext, deps: ClipDeps): Promise<ClipCheck | null> {
  switch (name.backend) {
    case "veo":
      return checkVeo(name.operation, name.output, look, deps);
    case "omni":
      return checkOmni(name.id, name.output, look, deps);
    case "gcs":
      return readyInFolder(name.output, look, deps);
  }
}
