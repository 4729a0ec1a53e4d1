import { asVidpipeError, joined, type VidpipeError } from "../../domain/errors.ts";
import type { Call, CallContext } from "./call.ts";
import type { SelectedModel } from "./select-models.ts";

/** Ms without a sign of the answer to a question that takes Google no work. */
const TIMEOUT_MS = 20_000;

/** A model that is asked about, and who asks. */
export interface AccessQuestion extends CallContext {
  readonly selected: SelectedModel;
}

/**
 * Reads the description of each model (`models.get`), which is free of charge: Google answers it only to a login that it
 * takes, and only for models that it serves. @throws VidpipeError the failures of a call, joined
 */
export async function checkAccess(questions: readonly (() => Promise<AccessQuestion>)[], call: Call): Promise<void> {
  const failures = await Promise.all(
    questions.map(async (prepare): Promise<readonly VidpipeError[]> => {
      try {
        const { selected, session, purpose, signal } = await prepare();
        const spec = {
          ...purpose,
          what: `the free look at ${selected.model.id}`,
          ofModel: true,
          signal,
          timeoutMs: TIMEOUT_MS,
        };
        await call(spec, (abortSignal) => session.ai.models.get({ model: selected.wireId, config: { abortSignal } }));
        return [];
      } catch (thrown) {
        return [asVidpipeError(thrown)];
      }
    }),
  );
  // A login that is refused is refused in the same words for each model.
  const [first, ...others] = new Map(failures.flat().map((failure) => [failure.message, failure])).values();
  if (first !== undefined) throw joined(first, ...others);
}
