import type { ClipCheck, PaidAnswer } from "../../ports/provider.ts";
import type { CallContext, PaidCall } from "./call.ts";
import { type ClipJob, ended } from "./clip-job.ts";
import { type ClipName, readVertexOperation } from "./clip-name.ts";
import type { ClipDeps } from "./download.ts";
import { orInFolder, readyInFolder } from "./gcs.ts";
import { checkOmni, startOmni } from "./omni.ts";
import type { Address } from "./sessions.ts";
import { checkVeo, startVeo } from "./veo.ts";

/** Asks for one clip, once, with the backend its model speaks. @throws the failures of a call */
export const startClip = (job: ClipJob, callPaid: PaidCall): Promise<PaidAnswer> =>
  job.selected.model.backend === "veo" ? startVeo(job, callPaid) : startOmni(job, callPaid);

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
  return ended("Google says that the clip is done and gives none", true, true);
}

/** Null when the operation is done without a clip. */
function checkOnce(name: ClipName, look: CallContext, deps: ClipDeps): Promise<ClipCheck | null> {
  switch (name.backend) {
    case "veo":
      return orInFolder(name.output, look, deps, () => checkVeo(name.operation, name.output, look, deps));
    case "omni":
      return orInFolder(name.output, look, deps, () => checkOmni(name.id, name.output, look, deps));
    case "gcs":
      return readyInFolder(name.output, look, deps);
  }
}
