import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { isSettled } from "../../src/domain/lifecycle.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import { isExpected } from "./audit.ts";
import { boot, type Incarnation } from "./boot.ts";
import type { FaultId } from "./faults.ts";
import { drawPolicy, type Ground } from "./ground.ts";
import type { Random } from "./random.ts";

/** Virtual ms that a user waits for an answer before they look elsewhere. */
const patienceMs = 20_000;
/** Virtual ms without any change after which a project counts as stuck although somebody drives it. */
const stuckMs = 200_000;

/** The people and the machine room of one run: they start, kill, ask, and at the end want their films. */
export interface Life {
  /** The part of the run in which everything may happen. */
  suffer(): Promise<void>;
  /** The part after the faults: every project must come to an end. */
  finish(): Promise<void>;
}

export function createLife(ground: Ground): Life {
  const { loop, faults, audit, disk, cloud, profile } = ground;
  const random: Random = ground.random.fork("life");
  const houses: Incarnation[] = [];
  const answered = new Map<ProjectId, number>();
  let films = 0;

  const sleep = (low: number, high: number) => loop.sleep(null, random.between(low, high));
  const alive = (): Incarnation[] => houses.filter(({ process }) => process.alive);
  const awake = (): Incarnation[] => alive().filter(({ process }) => process.stoppedUntilMs <= loop.elapsedMs());
  const projects = (): ProjectFacts[] => [...audit.latest.values()];

  /** Asks a process for something; a dead or stopped one never answers. */
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

  /** `vidpipe resume`: drives one project, follows it and ends with it. */
  async function startResume(id: ProjectId, options: ResumeOptions = {}): Promise<void> {
    const house = await boot(ground);
    houses.push(house);
    void follow(house, id, options);
  }

  async function follow(house: Incarnation, id: ProjectId, options: ResumeOptions): Promise<void> {
    await loop.gate(house.process, `${house.process.name} resumes`);
    await resume(house, id, options);
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

  async function create(house: Incarnation): Promise<void> {
    films += 1;
    const prompt = `A cat at night, film-${films}.`;
    const scenes = 1 + random.below(3);
    const cap = random.chance(0.3) ? Math.round(random.between(0.2, scenes * 1.3) * 100) / 100 : null;
    await ask(house, () => house.service.create({ prompt, sceneCount: scenes }, { maxCostUsd: cap }));
  }

  async function resume(house: Incarnation, id: ProjectId, options: ResumeOptions): Promise<void> {
    const act = async () => {
      await house.service.resume(id, options);
      audit.resumed(id);
    };
    const consented = () => (options.retryAmbiguous === true ? audit.withConsent(id, act) : act());
    await ask(house, consented);
  }

  /** What a user does about a project that came to a stop. */
  function choice(facts: ProjectFacts): ResumeOptions {
    const asked = answered.get(facts.project.id) ?? 0;
    answered.set(facts.project.id, asked + 1);
    const cap = facts.project.hold?.reason === "budget" && random.chance(0.8) ? { maxCostUsd: 100 } : {};
    if (asked > 2) return { skipBlocked: true, maxCostUsd: 100 };
    return random.pick<ResumeOptions>([
      { retryAmbiguous: true, ...cap },
      { retryAmbiguous: true, retryRefused: true, ...cap },
      { skipBlocked: true, ...cap },
      { retryRefused: true, ...cap },
      cap,
    ]);
  }

  async function answer(facts: ProjectFacts): Promise<void> {
    const house = random.pick(awake());
    const options = choice(facts);
    if (profile.several && random.chance(0.2)) return startResume(facts.project.id, options);
    return resume(house, facts.project.id, options);
  }

  /** Something a user does out of the blue. */
  async function meddle(facts: ProjectFacts): Promise<void> {
    const house = random.pick(awake());
    const { id } = facts.project;
    const acts: (() => Promise<unknown>)[] = [
      async () => {
        await house.service.cancel(id);
        audit.cancelledBy(house.process, id);
      },
      () => resume(house, id, {}),
      () => Promise.all([resume(house, id, {}), resume(house, id, {})]),
      () => house.service.restitch(id, random.pick([0, 0.5, 1])),
      () => house.service.get(id),
      () => house.service.ledger(id),
    ];
    const act = random.pick(acts);
    await ask(house, act);
  }

  /** Ends some or all processes, politely or not. */
  async function end(): Promise<void> {
    const victims = profile.several && random.chance(0.5) ? [random.pick(alive())] : alive();
    if (random.chance(0.25)) return endPolitely(victims);
    for (const { process } of victims) ground.kill(process);
  }

  async function endPolitely(victims: readonly Incarnation[]): Promise<void> {
    await Promise.race([Promise.all(victims.map(({ service }) => service.stop())), loop.sleep(null, patienceMs)]);
    for (const { process } of victims) process.alive = false;
  }

  /** The weather of the machine. */
  function blow(): void {
    const stored = projects().flatMap(({ artifacts }) => artifacts);
    const { points } = ground;
    occasion(0.1, "F7", () => cloud.storm(loop.elapsedMs() + random.between(10_000, 60_000)));
    occasion(0.1, "F24", () => loop.jump(random.pick([3_600_000, -3_600_000, 28_800_000, 3e11, -3e11, 40_000])));
    if (random.chance(0.4)) disk.setFull(false);
    occasion(0.1, "F21", () => disk.setFull(true));
    if (stored.length > 0) occasion(0.1, "F20", () => disk.rot(random.pick(stored).key));
    occasion(0.2, "F25", () => {
      ground.stopAtPoint = points + 1 + random.below(120);
    });
    const mayCrash = ground.crashes < profile.crashes && ground.crashAtPoint <= points;
    if (mayCrash && random.chance(0.9)) ground.crashAtPoint = points + 1 + random.below(120);
  }

  function occasion(probability: number, id: FaultId, happens: () => void): void {
    if (random.chance(probability) && faults.strikes(id)) happens();
  }

  async function revive(): Promise<void> {
    if (faults.strikes("POWER")) disk.losePower();
    await sleep(100, 8_000);
    if (faults.strikes("F29")) ground.policy = drawPolicy(random);
    const open = projects().filter(({ project }) => !isSettled(project.status));
    if (open.length > 0 && random.chance(0.3)) await startResume(random.pick(open).project.id);
    else await startServer();
    if (profile.several && random.chance(0.3)) await startServer();
  }

  async function join(): Promise<boolean> {
    const room = profile.several && alive().length < 3 && random.chance(0.15);
    if (!room || !faults.strikes("F26")) return false;
    await startServer();
    return true;
  }

  async function createAnother(): Promise<boolean> {
    if (films >= 2 || profile.rates.F30 === undefined || !random.chance(0.1)) return false;
    await create(random.pick(awake()));
    return true;
  }

  async function answerSomething(): Promise<boolean> {
    const stopped = projects().filter(({ project }) => ["held", "failed", "cancelled"].includes(project.status));
    if (stopped.length === 0 || !random.chance(0.4)) return false;
    await answer(random.pick(stopped));
    return true;
  }

  async function meddleSomewhere(): Promise<boolean> {
    if (projects().length === 0 || !faults.strikes("F30")) return false;
    await meddle(random.pick(projects()));
    return true;
  }

  async function endSometimes(): Promise<boolean> {
    if (ground.crashes >= profile.crashes || !random.chance(0.03)) return false;
    await end();
    return true;
  }

  /** Something happens: to the machine room, or by a user's hand. */
  async function moment(): Promise<void> {
    await sleep(500, 6_000);
    blow();
    if (alive().length === 0) return revive();
    const happenings = [join, createAnother, answerSomething, meddleSomewhere, endSometimes];
    if (awake().length > 0) for (const happens of happenings) if (await happens()) return;
  }

  async function suffer(): Promise<void> {
    const untilMs = random.between(25_000, 65_000);
    await startServer();
    const [first] = alive();
    if (first !== undefined) await create(first);
    blow();
    const isQuiet = () => Object.keys(profile.rates).length === 0 && projects().every(isOver);
    while (loop.elapsedMs() < untilMs && !(projects().length > 0 && isQuiet())) await moment();
  }

  /** Whether anything of a project still moves or could be moved by its user. */
  function isOver({ project }: ProjectFacts): boolean {
    if (project.status === "complete") return true;
    return isSettled(project.status) && (answered.get(project.id) ?? 0) > 4;
  }

  async function tend(facts: ProjectFacts): Promise<void> {
    const { id, status, updatedAtMs } = facts.project;
    if (isSettled(status)) return answer(facts);
    const driver = await alive()[0]?.repository.driver(id);
    if (!alive().some(({ process }) => process.name === driver)) return resume(random.pick(awake()), id, {});
    const quietMs = Math.min(loop.wallMs() - updatedAtMs, loop.elapsedMs() - audit.askedUntilMs());
    loop.must(quietMs <= stuckMs, `9.4 ${status}, driven by ${driver}, and nothing happens: ${standing(facts)}`);
  }

  const standing = ({ project, steps }: ProjectFacts): string =>
    [`hold ${project.hold?.reason}`, ...steps.map((step) => `${step.kind} ${step.position} ${step.status}`)].join(", ");

  async function finish(): Promise<void> {
    faults.calm();
    disk.setFull(false);
    disk.restore();
    ground.crashAtPoint = 0;
    ground.stopAtPoint = 0;
    while (projects().length === 0 || !projects().every(isOver)) {
      if (awake().length === 0) await startServer();
      if (projects().length === 0) await create(random.pick(awake()));
      for (const facts of projects().filter((p) => !isOver(p))) await tend(facts);
      await sleep(1_000, 6_000);
    }
    await Promise.all(awake().map(({ service }) => service.stop()));
  }

  return { suffer, finish };
}
