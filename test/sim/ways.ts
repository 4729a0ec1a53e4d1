import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { StepId } from "../../src/domain/ids.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { Step } from "../../src/domain/step.ts";
import { plan } from "../../src/planning/plan.ts";
import { viewOf } from "../../src/planning/project-view.ts";
import type { Environment } from "./environment.ts";

/** The ways out of a stop that a project tells its user, and a check that each of them leads somewhere. */
export interface Ways {
  /** What the project says its user can do. */
  offered(facts: ProjectFacts): readonly ResumeOptions[];
  /** The user chose among them, of a project that stood like this, and nothing goes wrong any more. */
  followed(facts: ProjectFacts, options: ResumeOptions): void;
  /** Compares a project with what was chosen before. */
  look(facts: ProjectFacts): void;
}

const FLAGS: Readonly<Record<string, ResumeOptions>> = {
  "--use-rejected": { useRejected: true },
  "--retry-rejected": { retryRejected: true },
  "--retry-ambiguous": { retryAmbiguous: true },
  "--retry-refused": { retryRefused: true },
  "--skip-blocked": { skipBlocked: true },
};

const ASKING = { ambiguous: "retryAmbiguous", refused: "retryRefused", rejected: "retryRejected" } as const;
const isAsking = (status: Step["status"]): status is keyof typeof ASKING => Object.hasOwn(ASKING, status);

interface Chosen {
  readonly way: "use" | "buy";
  readonly status: Step["status"];
  /** Calls that had been made for the piece. */
  readonly calls: number;
}

export function createWays({ audit, loop }: Environment): Ways {
  const chosen = new Map<StepId, Chosen>();
  const waitsOf = (facts: ProjectFacts) => viewOf(facts, plan(facts), (key) => key).waits;
  const callsOf = ({ projectId, kind, inputKey }: Step): number =>
    audit.sends.filter((send) => send.projectId === projectId && send.kind === kind && send.inputKey === inputKey)
      .length;

  return {
    offered: (facts) =>
      waitsOf(facts).flatMap(({ next }) =>
        next.map((command) => command.split(" ").reduce((all, word) => ({ ...all, ...FLAGS[word] }), {})),
      ),
    followed(facts, options) {
      const { steps } = plan(facts);
      const canUse = waitsOf(facts).every(
        ({ reason, next }) => reason !== "rejected" || /--use-rejected/.test(next.join()),
      );
      for (const { step } of steps) {
        if (step === null || !isAsking(step.status)) continue;
        const { status } = step;
        if (options[ASKING[status]] === true) chosen.set(step.id, { way: "buy", status, calls: callsOf(step) });
        else if (options.useRejected === true && status === "rejected" && canUse)
          chosen.set(step.id, { way: "use", status, calls: callsOf(step) });
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
