import type { StepFailure } from "../domain/step.ts";
import { waitsForLogin } from "../planning/waiting.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { Log } from "../ports/runtime.ts";
import type { ClosedLane } from "./lane-throttle.ts";

const providerOf = (lane: string): string => lane.slice(0, lane.indexOf("/"));

/** Watches refused logins: says once that one is refused and once that it works, and tells when it may be another one. */
export function createLoginWatch(providers: ReadonlyMap<string, ModelProvider>, log: Log) {
  /** How each refused provider's login looked when it was refused. */
  const refused = new Map<string, string>();
  const stampOf = (name: string): string => providers.get(name)?.loginStamp?.() ?? "";
  const waitingOn = (closed: readonly ClosedLane[], names: readonly string[]): readonly string[] =>
    closed
      .filter(({ lane, because }) => waitsForLogin(because) && names.includes(providerOf(lane)))
      .map(({ lane }) => lane);
  return {
    /** How the login of a lane's provider looks now: taken before a call begins. */
    stampOf: (lane: string): string => stampOf(providerOf(lane)),
    refused(lane: string, { message }: StepFailure, stamp: string): void {
      const provider = providerOf(lane);
      if (!refused.has(provider))
        log.warn("a login is refused: films wait for another one", { provider, error: message });
      refused.set(provider, stamp);
    },
    /** A call of the lane got through. Returns the lanes that waited for the same login. */
    accepted(lane: string, closed: readonly ClosedLane[]): readonly string[] {
      const provider = providerOf(lane);
      if (!refused.delete(provider)) return [];
      log.info("the login works again: films go on", { provider });
      return waitingOn(closed, [provider]);
    },
    /** The lanes that wait for a login which may be another one since it was refused; each time it changes. */
    renewed(closed: readonly ClosedLane[]): readonly string[] {
      const names = [...refused].filter(([name, stamp]) => stampOf(name) !== stamp).map(([name]) => name);
      for (const name of names) refused.set(name, stampOf(name));
      return waitingOn(closed, names);
    },
  };
}
