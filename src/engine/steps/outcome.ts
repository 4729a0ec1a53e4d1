import type { SubmitId } from "../../domain/ids.ts";
import type { ArtifactRole, MediaInfo, MediaType } from "../../domain/media.ts";
import type { Project } from "../../domain/project.ts";
import type { Artifact, ArtifactRef, Step, StepOrder } from "../../domain/step.ts";
import type { Storyboard } from "../../domain/storyboard.ts";
import type { StoredFile } from "../../ports/files.ts";
import type { Complaint, ModelProvider } from "../../ports/provider.ts";
import type { World } from "../../ports/world.ts";
import type { AnswerFile } from "../keep-answer.ts";
import type { Buy } from "../paid-call.ts";

/** A file a step made; it is durable, but no row names it yet. */
export interface MadeFile {
  readonly file: StoredFile;
  readonly role: ArtifactRole;
  readonly mediaType: MediaType;
  readonly media: MediaInfo | null;
  readonly report: Readonly<Record<string, unknown>> | null;
}

/** What a step returns; the orchestrator commits it. Failures are thrown instead. */
export type Outcome =
  | { readonly kind: "written"; readonly storyboard: Storyboard }
  | { readonly kind: "made"; readonly made: MadeFile }
  /** The provider works on it: poll again later. `operationName` is set by the paid call only. */
  | { readonly kind: "waiting"; readonly operationName?: string }
  /** It was answered and the answer is of no use as it is. */
  | {
      readonly kind: "unusable";
      readonly reason: string;
      readonly truncated?: boolean;
      /** A whole file that only does not fit. */
      readonly made?: MadeFile;
      /** What is kept can be used if the user says so. */
      readonly isUsable?: boolean;
    }
  | { readonly kind: "refused"; readonly reason: string; readonly charged: boolean }
  /** The provider's job ended without a clip. */
  | { readonly kind: "ended"; readonly reason: string; readonly retryable: boolean; readonly charged: boolean };

/** What a step may use: its frozen order and the ports it needs, nothing that writes state. */
export interface StepContext<Order extends StepOrder = StepOrder>
  extends Pick<Step, "position" | "operation" | "fit">,
    Pick<World, "media" | "captions" | "artifacts"> {
  readonly order: Order;
  /** The paid call that this step is made from; null when it is free. */
  readonly submitId: SubmitId | null;
  /** Sends the paid call, or gives the answer that is kept of it. */
  readonly buy: Buy;
  /** What was wrong with the answer before; null for the first call. */
  readonly complaint: Complaint | null;
  /** The file that was made of the answer before it was checked; null: it is to be fetched. */
  readonly result: Artifact | null;
  /** Whether that file was rejected before. */
  readonly resultRejected: boolean;
  /** Records a file as it came, before it is checked. */
  readonly keepResult: (file: AnswerFile) => Promise<void>;
  readonly project: Pick<Project, "id" | "models" | "direction">;
  readonly provider: ModelProvider;
  /** The row behind a parent's reference. */
  readonly artifact: (ref: ArtifactRef) => Artifact;
  readonly onProgress: (fraction: number) => void;
  /** Aborts when the project is cancelled or the process stops. */
  readonly signal: AbortSignal;
  /** Aborts only when waiting any longer is impossible: a paid call under way is left to answer. */
  readonly paidSignal: AbortSignal;
}
