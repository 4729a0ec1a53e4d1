import type { ProjectId } from "../../src/domain/ids.ts";
import { isSettled } from "../../src/domain/lifecycle.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import { isExpected } from "./audit.ts";
import { boot, type Incarnation } from "./boot.ts";
import type { Act } from "./editing-user.ts";
import type { Ground } from "./environment.ts";

/** Virtual ms that a user waits for an answer before they look elsewhere. */
export const patienceMs = 20_000;
/** The processes of one run, and how people talk to them. */
export interface Houses {
  alive(): Incarnation[];
  /** Those that are not stopped. */
  awake(): Incarnation[];
  /** Asks a process for something; a dead or stopped one never answers. */
  ask(house: Incarnation, what: () => Promise<unknown>): Promise<void>;
  startServer(): Promise<void>;
  /** `vidpipe resume`: drives one project, follows it and ends with it. */
  startResume(id: ProjectId, options?: ResumeOptions): Promise<void>;
  /** `vidpipe retake`, `vidpipe storyboard --import`, ...: says what is wanted, then sees to it. */
  startDirecting(id: ProjectId, act: Act): Promise<void>;
  resume(house: Incarnation, id: ProjectId, options: ResumeOptions): Promise<void>;
}

export function createHouses(ground: Ground): Houses {
  const { loop, audit } = ground;
  const houses: Incarnation[] = [];
  const alive = (): Incarnation[] => houses.filter(({ process }) => process.alive);

  async function ask(house: Incarnation, what: () => Promise<unknown>, longestMs = patienceMs): Promise<void> {
    const asked = what().catch((thrown: unknown) => {
      if (!isExpected(thrown)) loop.fail(`a call failed: ${thrown instanceof Error ? thrown.stack : thrown}`);
    });
    await Promise.race([asked, loop.sleep(null, longestMs)]);
    loop.note(`${house.process.name} was asked`);
  }

  async function startServer(): Promise<void> {
    const house = await boot(ground);
    houses.push(house);
    await ask(house, () => house.service.recover());
  }

  async function startResume(id: ProjectId, options: ResumeOptions = {}): Promise<void> {
    const house = await boot(ground);
    houses.push(house);
    void follow(house, id, options);
  }

  async function startDirecting(id: ProjectId, act: Act): Promise<void> {
    const house = await boot(ground);
    houses.push(house);
    void followAct(house, id, act);
  }

  async function follow(house: Incarnation, id: ProjectId, options: ResumeOptions): Promise<void> {
    await loop.gate(house.process, `${house.process.name} resumes`);
    await resume(house, id, options);
    await seeOut(house, id);
  }

  async function followAct(house: Incarnation, id: ProjectId, act: Act): Promise<void> {
    await loop.gate(house.process, `${house.process.name} directs`);
    await ask(house, () => act(house));
    await seeOut(house, id);
  }

  /** Watches until the project is settled, then ends. */
  async function seeOut(house: Incarnation, id: ProjectId): Promise<void> {
    await ask(
      house,
      async () => {
        const ticks = house.service.watch(id, new AbortController().signal);
        for await (const { project } of ticks) if (isSettled(project.status)) break;
      },
      Number.MAX_SAFE_INTEGER,
    );
    await ask(house, () => house.service.stop());
    house.process.alive = false;
    loop.note(`${house.process.name} ends`);
  }

  async function resume(house: Incarnation, id: ProjectId, options: ResumeOptions): Promise<void> {
    const act = async () => {
      await house.service.resume(id, options);
      audit.resumed(id);
    };
    const consented = () => (options.retryAmbiguous === true ? audit.withConsent(id, act) : act());
    await ask(house, consented);
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
