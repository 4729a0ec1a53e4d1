import { VidpipeError } from "../../domain/errors.ts";
import type { Mode } from "./models.ts";

/**
 * A clip's operation as it is saved: enough to find it again from a process with another configuration.
 * `output` is the Cloud Storage folder it writes to; null when the clip comes in the answer.
 */
export type ClipName =
  | { readonly backend: "veo"; readonly operation: string; readonly output: string | null }
  | {
      readonly backend: "omni";
      readonly mode: Mode;
      /** Empty on the Gemini API, as is the location. */
      readonly project: string;
      readonly location: string;
      readonly id: string;
      readonly output: string | null;
    }
  /** A clip found in its folder although its operation's name was lost. */
  | { readonly backend: "gcs"; readonly project: string; readonly output: string };

/** The parts of a Vertex operation's name. */
export interface VertexOperation {
  readonly project: string;
  readonly location: string;
  readonly model: string;
}

const VERTEX_OPERATION =
  /^projects\/([^/\s]+)\/locations\/([^/\s]+)\/publishers\/google\/models\/([^/\s]+)\/operations\/[^/\s]+$/;

/** What a Vertex operation's name says; null when it is not such a name. */
export function readVertexOperation(name: string): VertexOperation | null {
  const match = VERTEX_OPERATION.exec(name);
  const [, project, location, model] = match ?? [];
  return project === undefined || location === undefined || model === undefined ? null : { project, location, model };
}

/** An interaction's id as Google makes them; anything else could change the path of a request. */
export const isInteractionId = (id: string): boolean => /^[\w.~=-]{1,512}$/.test(id);

export function writeClipName(name: ClipName): string {
  const output = name.output === null ? "" : ` ${name.output}`;
  switch (name.backend) {
    case "veo":
      return `veo:${name.operation}${output}`;
    case "omni":
      return `omni:${name.mode}:${name.project}:${name.location}:${name.id}${output}`;
    case "gcs":
      return `gcs:${name.project}:${output}`;
  }
}

/** @throws VidpipeError internal when this provider never wrote such a name */
export function readClipName(saved: string): ClipName {
  const [head = "", output = null] = saved.split(" ");
  const [backend, ...rest] = head.split(":");
  const [mode, project = "", location = "", id = ""] = rest;
  if (backend === "veo" && readVertexOperation(rest.join(":")) !== null)
    return { backend, operation: rest.join(":"), output };
  if (backend === "omni" && (mode === "vertex" || mode === "gemini") && isInteractionId(id))
    return { backend, mode, project, location, id, output };
  if (backend === "gcs" && mode !== undefined && output !== null) return { backend, project: mode, output };
  throw new VidpipeError("internal", `"${saved.slice(0, 200)}" is not an operation of this provider`);
}
