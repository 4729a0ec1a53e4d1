import type { ClipCheck } from "../../ports/provider.ts";
import type { ClipDeps, ClipJob, ClipLook } from "./clip-job.ts";
import { lookUntilThere } from "./clip-job.ts";
import { type ClipName, readVertexOperation, writeClipName } from "./clip-name.ts";
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
  return writeClipName({
    backend: "omni",
    mode,
    project,
    location: mode === "vertex" ? selected.location : "",
    id,
    output,
  });
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

/** Asks how a saved operation stands, with the backend that started it. */
export function checkSaved(name: ClipName, look: ClipLook, deps: ClipDeps): Promise<ClipCheck> {
  switch (name.backend) {
    case "veo":
      return checkVeo(name.operation, name.output, look, deps);
    case "omni":
      return checkOmni(name.id, name.output, look, deps);
    case "gcs":
      return lookUntilThere(() => readyInFolder(name.output, look, deps), deps.clock, look.signal);
  }
}
