import type { Context } from "hono";
import type { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { ProjectId } from "../../domain/ids.ts";
import { cured } from "../../domain/refusal.ts";
import type { ProjectView } from "../../domain/view.ts";
import type { HeldKey } from "../../ports/server.ts";
import type { Idempotency } from "../../services/idempotency.ts";
import type { ProjectService } from "../../services/projects.ts";
import { AcceptedAnswer, acceptedAnswer } from "../schemas/responses.ts";
import { type ApiEnv, callerName } from "./auth.ts";

/** Longest Idempotency-Key, characters; a UUID has 36. */
const maxKeyLength = 255;

/**
 * Carries out requests that may cost money, once for each Idempotency-Key, and answers 202 with the project's status.
 * With a key, `work` hands it to the transaction that records what is asked. `id` is the project that the request is
 * about; left out, the one that it makes. @throws VidpipeError input.malformed for a bad key
 */
export const createIdempotentRequests =
  (idempotency: Pick<Idempotency, "once">, service: Pick<ProjectService, "get">) =>
  async (
    c: Context<ApiEnv>,
    body: object,
    work: (key?: HeldKey) => Promise<ProjectView>,
    id?: ProjectId,
  ): Promise<z.infer<typeof AcceptedAnswer>> => {
    const key = c.req.header("idempotency-key");
    if (key === undefined) return acceptedAnswer(await work());
    if (key === "" || key.length > maxKeyLength || !/^[ -~]*$/.test(key))
      throw new VidpipeError(
        "input.malformed",
        `Idempotency-Key ${cured(`must be 1 to ${maxKeyLength} plain characters`, key, "a new UUID such as 0193f0c4-7a1e-7000-8000-000000000000")}`,
        {
          field: "Idempotency-Key",
        },
      );
    const asked = JSON.stringify([c.req.method, c.req.path, body]);
    const fingerprint = new Bun.CryptoHasher("sha256").update(asked).digest("hex");
    // Each caller has keys of its own.
    const request = { key: `${callerName(c)}/${key}`, fingerprint };
    const { answer, replayed } = await idempotency.once(
      request,
      {
        work: async (held) => acceptedAnswer(await work(held)),
        recall: async (made) => acceptedAnswer(await service.get(id ?? made)),
        parse: (recorded) => AcceptedAnswer.parse(recorded),
      },
      c.req.raw.signal,
    );
    if (replayed) c.header("Idempotency-Replayed", "true");
    return answer;
  };

export type IdempotentRequests = ReturnType<typeof createIdempotentRequests>;
