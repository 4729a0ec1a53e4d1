import { z } from "zod";
import type { PaidAnswer, Reading } from "../../ports/provider.ts";
import { readBody, unusable } from "./answer-body.ts";
import { isInteractionId, readVertexOperation, writeClipName } from "./clip-name.ts";
import { plainText } from "./error-body.ts";
import type { Backend } from "./models.ts";
import type { FrozenOptions } from "./select-models.ts";

/** What is known of a clip's request besides its answer. */
export interface ClipRequest {
  /** Null where the catalog no longer has the model: then any well-formed operation is taken for its own. */
  readonly model: { readonly backend: Backend; readonly wireId: string; readonly location: string } | null;
  readonly options: Pick<FrozenOptions, "mode" | "project" | "location">;
  /** Folder in Cloud Storage for this submit alone; null: the clip comes in the answer. */
  readonly output: string | null;
}

const Started = z.looseObject({
  name: z.string().optional().catch(undefined),
  id: z.string().optional().catch(undefined),
});

/** The name to save of a clip that was taken on. Pure, never throws. */
export function readOperationAnswer(answer: PaidAnswer, request: ClipRequest): Reading<string> {
  const body = readBody(answer);
  if (body.kind !== "content") return body;
  const { name = "", id = "" } = Started.safeParse(body.content).data ?? {};
  const isVeo = request.model === null ? name !== "" : request.model.backend === "veo";
  return isVeo ? readVeo(name, request) : readOmni(id, request);
}

function readVeo(name: string, { model, options, output }: ClipRequest): Reading<string> {
  const read = readVertexOperation(name);
  const isOurs =
    read !== null &&
    (model === null || (read.model === model.wireId && read.location === model.location)) &&
    // Google may write the project by its number.
    (read.project === options.project || /^\d+$/.test(read.project));
  if (isOurs) return { kind: "content", content: writeClipName({ backend: "veo", operation: name, output }) };
  return noOperation(name);
}

function readOmni(id: string, { model, options, output }: ClipRequest): Reading<string> {
  const { mode, project } = options;
  const at = { mode, project, location: mode === "vertex" ? (model?.location ?? options.location) : "" };
  if (isInteractionId(id)) return { kind: "content", content: writeClipName({ backend: "omni", ...at, id, output }) };
  return noOperation(id);
}

function noOperation(name: string): Reading<string> {
  const what = name === "" ? "no operation" : `an operation that is not ours (${plainText(name)})`;
  return unusable(`Google took the request and answered with ${what}`);
}
