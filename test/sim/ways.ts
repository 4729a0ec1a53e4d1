import { reaches } from "../../src/domain/direction.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { StepId } from "../../src/domain/ids.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { Step } from "../../src/domain/step.ts";
import type { Way, WayBody } from "../../src/domain/way.ts";
import { plan } from "../../src/planning/plan.ts";
import { viewOf } from "../../src/planning/project-view.ts";
import type { Environment } from "./environment.ts";
import { ASKING, isAsking } from "./purchase-audit.ts";

/** The ways out of a stop that a project tells its user, and a check that each of them leads somewhere. */
export interface Ways {
  /** What the project says its user can do. */
  offered(facts: ProjectFacts): readonly ResumeOptions[];
  /** The user chose among them, of a project that stood like this, and nothing goes wrong any more. */
  followed(facts: ProjectFacts, options: ResumeOptions): void;
  /** Compares a project with what was chosen before. */
  look(facts: ProjectFacts): void;
}

const OPTIONS = {
  use_rejected: "useRejected",
  retry_rejected: "retryRejected",
  retry_ambiguous: "retryAmbiguous",
  retry_refused: "retryRefused",
  retry_gone: "retryGone",
  retry_skipped: "retrySkipped",
  skip_blocked: "skipBlocked",
  model: "model",
} as const satisfies Record<Exclude<keyof WayBody, "scene" | "piece">, keyof ResumeOptions>;

interface Chosen {
  readonly way: "use" | "buy";
  readonly status: Step["status"];
  /** Calls that had been made for the piece. */
  readonly calls: number;
}

/** What a way on asks for. */
const optionsOf = ({ request }: Way): ResumeOptions =>
  Object.fromEntries(
    Object.entries(OPTIONS).flatMap(([field, option]) =>
      field in request.body ? [[option, Reflect.get(request.body, field)]] : [],
    ),
  );

/** What the options do about a step that asks; null: nothing that a check could follow. */
function wayOf({ status }: Step, options: ResumeOptions, isUsable: boolean): Chosen["way"] | null {
  if (!isAsking(status)) return null;
  if (options[ASKING[status]] === true) return "buy";
  return options.useRejected === true && status === "rejected" && isUsable ? "use" : null;
}

export function createWays({ audit, loop }: Environment): Ways {
  const chosen = new Map<StepId, Chosen>();
  const waitsOf = (facts: ProjectFacts) => viewOf(facts, plan(facts), (key) => key).waits;
  const callsOf = ({ projectId, kind, inputKey }: Step): number =>
    audit.sends.filter((send) => send.projectId === projectId && send.kind === kind && send.inputKey === inputKey)
      .length;

  return {
    offered: (facts) =>
      waitsOf(facts).flatMap(({ ways }) =>
        ways.filter(({ request }) => request.path.endsWith("/resume")).map(optionsOf),
      ),
    followed(facts, options) {
      const isUsable = waitsOf(facts).every(
        ({ reason, ways }) => reason !== "rejected" || ways.some(({ action }) => action === "use_rejected"),
      );
      // What comes after the stage where the film is to stop was not asked about.
      const { status, until } = facts.project;
      const asked = plan(facts).steps.filter(({ kind }) => status === "review" || reaches(until, kind));
      for (const { step } of asked) {
        const way = step === null ? null : wayOf(step, options, isUsable);
        if (step !== null && way !== null) chosen.set(step.id, { way, status: step.status, calls: callsOf(step) });
      }
    },
    look(facts) {
      for (const step of facts.steps) {
        const before = chosen.get(step.id);
        if (before === undefined || before.status !== step.status) continue;
        chosen.delete(step.id);
        const isSame = before.way === "use" || callsOf(step) === before.calls;
        loop.must(!isSame, `9.4 to ${before.way} ${step.kind} ${step.position} led back: ${step.failure?.message}`);
      }
    },
  };
}
