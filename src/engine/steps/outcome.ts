import type { ArtifactRole, MediaInfo } from "../../domain/media.ts";
import type { Project } from "../../domain/project.ts";
import type { Artifact, ArtifactRef, Step, StepOrder } from "../../domain/step.ts";
import type { Storyboard } from "../../domain/storyboard.ts";
import type { StoredFile } from "../../ports/files.ts";
import type { ModelProvider } from "../../ports/provider.ts";
import type { World } from "../../ports/world.ts";

/** A file a step made; it is durable, but no row names it yet. */
export interface MadeFile {
  readonly file: StoredFile;
  readonly role: ArtifactRole;
  readonly mediaType: string;
  readonly media: MediaInfo | null;
  readonly report: Readonly<Record<string, unknown>> | null;
}

/** What a step returns; the orchestrator commits it. Failures are thrown instead. */
export type Outcome =
  | { readonly kind: "written"; readonly storyboard: Storyboard; readonly calls: number }
  | { readonly kind: "made"; readonly made: MadeFile }
  /** The provider works on it: poll again later. `operationName` is set by the paid call only. */
  | { readonly kind: "waiting"; readonly operationName?: string }
  | { readonly kind: "refused"; readonly reason: string; readonly charged: boolean }
  /** The provider's job ended without a clip. */
  | { readonly kind: "ended"; readonly reason: string; readonly retryable: boolean; readonly charged: boolean };

/** What a step may use: its frozen order and the ports it needs, nothing that writes state. */
export interface StepContext<Order extends StepOrder = StepOrder>
  extends Pick<Step, "position" | "operation">,
    Pick<World, "media" | "captions" | "artifacts"> {
  readonly order: Order;
  /** The paid call that was written down for this try; null when it is free. */
  readonly submitId: string | null;
  readonly project: Pick<Project, "id" | "models">;
  readonly provider: ModelProvider;
  /** The row behind a parent's reference. */
  readonly artifact: (ref: ArtifactRef) => Artifact;
  readonly onProgress: (fraction: number) => void;
  /** Aborts when the project is cancelled or the process stops. */
  readonly signal: AbortSignal;
  /** Aborts only when waiting any longer is impossible: a paid call under way is left to answer. */
  readonly paidSignal: AbortSignal;
}
