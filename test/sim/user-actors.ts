import type { ProjectId } from "../../src/domain/ids.ts";
import { isSettled } from "../../src/domain/lifecycle.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import { never } from "../support/never.ts";
import { isExpected } from "./audit.ts";
import { boot, type Incarnation } from "./boot.ts";
import type { Act } from "./editing-user.ts";
import type { Environment } from "./environment.ts";

/** Virtual ms that a user waits for an answer before they look elsewhere. */
export const patienceMs = 20_000;
/** The processes of one run, and how people talk to them. */
export interface UserActors {
  alive(): Incarnation[];
  /** Those that are not stopped. */
  awake(): Incarnation[];
  /** Asks a process for something; a dead or stopped one never answers. */
  ask(testApp: Incarnation, what: () => Promise<unknown>): Promise<void>;
  startServer(): Promise<void>;
  /** `vidpipe resume`: drives one project, follows it and ends with it. */
  startResume(id: ProjectId, options?: ResumeOptions): Promise<void>;
  /** `vidpipe retake`, `vidpipe storyboard --import`, ...: says what is wanted, then sees to it. */
  startDirecting(id: ProjectId, act: Act): Promise<void>;
  /** True when the process did it, in time. */
  resume(testApp: Incarnation, id: ProjectId, options: ResumeOptions): Promise<boolean>;
}

export function createUserActors(environment: Environment): UserActors {
  const { loop, audit } = environment;
  const actors: Incarnation[] = [];
  const alive = (): Incarnation[] => actors.filter(({ process }) => process.alive);

  /** Whatever the process does meanwhile with the money of a film, it was asked to. */
  const ask = (testApp: Incarnation, what: () => Promise<unknown>): Promise<void> =>
    listen(testApp, () => audit.withWord(testApp.process, null, {}, what), patienceMs);

  async function listen(testApp: Incarnation, what: () => Promise<unknown>, longestMs: number): Promise<void> {
    const asked = what().catch((thrown: unknown) => {
      if (!isExpected(thrown)) loop.fail(`a call failed: ${thrown instanceof Error ? thrown.stack : thrown}`);
    });
    await Promise.race([asked, loop.sleep(null, longestMs)]);
    loop.note(`${testApp.process.name} was asked`);
  }

  async function startServer(): Promise<void> {
    const testApp = await boot(environment);
    actors.push(testApp);
    await ask(testApp, () => testApp.service.recover(never));
  }

  async function startResume(id: ProjectId, options: ResumeOptions = {}): Promise<void> {
    const testApp = await boot(environment);
    actors.push(testApp);
    void follow(testApp, id, options);
  }

  async function startDirecting(id: ProjectId, act: Act): Promise<void> {
    const testApp = await boot(environment);
    actors.push(testApp);
    void followAct(testApp, id, act);
  }

  async function follow(testApp: Incarnation, id: ProjectId, options: ResumeOptions): Promise<void> {
    await loop.gate(testApp.process, `${testApp.process.name} resumes`);
    await resume(testApp, id, options);
    await seeOut(testApp, id);
  }

  async function followAct(testApp: Incarnation, id: ProjectId, act: Act): Promise<void> {
    await loop.gate(testApp.process, `${testApp.process.name} directs`);
    await ask(testApp, () => act(testApp));
    await seeOut(testApp, id);
  }

  /** Watches until the project is settled, then ends. */
  async function seeOut(testApp: Incarnation, id: ProjectId): Promise<void> {
    await listen(
      testApp,
      async () => {
        const ticks = testApp.service.watch(id, new AbortController().signal);
        for await (const { project } of ticks) if (isSettled(project.status)) break;
      },
      Number.MAX_SAFE_INTEGER,
    );
    testApp.process.isEnding = true;
    await listen(testApp, () => testApp.service.stop(), patienceMs);
    testApp.process.alive = false;
    loop.note(`${testApp.process.name} ends`);
  }

  async function resume(testApp: Incarnation, id: ProjectId, options: ResumeOptions): Promise<boolean> {
    let isDone = false;
    const { retryAmbiguous, retryRefused, retryRejected, retryGone, retrySkipped } = options;
    if (retryAmbiguous || retryRefused || retryRejected || retryGone || retrySkipped) audit.direction.ordersMore(id);
    const act = async () => {
      await testApp.service.resume(id, options, never);
      audit.resumed(id);
      isDone = true;
    };
    await ask(testApp, () => audit.withWord(testApp.process, id, options, act));
    return isDone;
  }

  return {
    alive,
    awake: () => alive().filter(({ process }) => process.stoppedUntilMs <= loop.elapsedMs()),
    ask,
    startServer,
    startResume,
    startDirecting,
    resume,
  };
}
