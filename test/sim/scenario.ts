import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { isSettled } from "../../src/domain/lifecycle.ts";
import { committedUsd, spendOf } from "../../src/domain/money.ts";
import { letsRun, type ResumeOptions } from "../../src/domain/project.ts";
import { never } from "../support/never.ts";
import type { Incarnation } from "./boot.ts";
import { filmOf } from "./editing-audit.ts";
import { type Act, createEditingUser } from "./editing-user.ts";
import { drawPolicy, type Environment } from "./environment.ts";
import { createFaultInjector } from "./fault-injector.ts";
import { createObedientUser } from "./obedient-user.ts";
import type { Random } from "./random.ts";
import { createUserActors, patienceMs } from "./user-actors.ts";
import { createWays } from "./ways.ts";

/** Virtual ms without any change after which a project counts as stuck although a process drives it. */
const stuckMs = 200_000;
const dayMs = 86_400_000;

/** The users and faults of one run: processes are started and killed, users ask, and at the end every film must be made. */
export interface Scenario {
  /** The part of the run in which everything may happen. */
  suffer(): Promise<void>;
  /** The part after the faults: every project must come to an end. */
  finish(): Promise<void>;
}

export function createScenario(environment: Environment): Scenario {
  const { loop, faults, audit, disk, profile } = environment;
  const random: Random = environment.random.fork("life");
  const directing = createEditingUser(environment);
  /** Apart, so that a run without direction is what it was before anybody directed. */
  const whims = environment.random.fork("whims");
  const { alive, awake, ask, startServer, startResume, startDirecting, resume } = createUserActors(environment);
  const blow = createFaultInjector(environment, random);
  const ways = createWays(environment);
  const obedient = createObedientUser(environment, ways);
  const answered = new Map<ProjectId, number>();
  let films = 0;

  const sleep = (low: number, high: number) => loop.sleep(null, random.between(low, high));
  const projects = (): ProjectFacts[] => [...audit.latest.values()];

  async function create(testApp: Incarnation): Promise<void> {
    films += 1;
    const prompt = `A cat at night, film-${films}.`;
    const scenes = 1 + random.below(3);
    const cap = random.random(profile.caps ?? 0.3)
      ? { maxCostUsd: Math.round(random.between(0.2, scenes * 1.3) * 100) / 100 }
      : {};
    await ask(testApp, () => testApp.service.create({ prompt, sceneCount: scenes }, cap, never));
  }

  /** What a user does about a project that came to a stop: mostly one of the things that it says they can do. */
  function choice(facts: ProjectFacts): ResumeOptions {
    const asked = answered.get(facts.project.id) ?? 0;
    answered.set(facts.project.id, asked + 1);
    const more = random.random(0.5) ? 100 : committedUsd(spendOf(facts.submits)) + random.below(4) / 2;
    const cap = facts.project.hold?.reason === "budget" && random.random(0.8) ? { maxCostUsd: more } : {};
    if (asked > 3) return obedient.choose(facts);
    const offered = ways.offered(facts);
    if (offered.length > 0 && random.random(0.7)) return { ...random.pick(offered), ...cap };
    return random.pick<ResumeOptions>([
      { retryAmbiguous: true, ...cap },
      { retryAmbiguous: true, retryRefused: true, retryRejected: true, ...cap },
      { useRejected: true, skipBlocked: true, ...cap },
      { retrySkipped: true, ...cap },
      { skipBlocked: true, ...cap },
      { retryRefused: true, ...cap },
      cap,
    ]);
  }

  async function answer(facts: ProjectFacts): Promise<void> {
    const testApp = await someone();
    if (facts.project.status === "review" && whims.random(profile.directs * 5)) {
      answered.set(facts.project.id, (answered.get(facts.project.id) ?? 0) + 1);
      return ask(testApp, () => directing.approve(facts)(testApp));
    }
    const options = choice(facts);
    if (profile.several && random.random(0.2)) return startResume(facts.project.id, options);
    const before = audit.latest.get(facts.project.id) ?? facts;
    const isQuiet = faults.isCalm();
    const isDone = await resume(testApp, facts.project.id, options);
    if (isDone && isQuiet) ways.followed(before, options);
  }

  /** Something a user does out of the blue. */
  async function meddle(facts: ProjectFacts): Promise<void> {
    const testApp = random.pick(awake());
    const { id } = facts.project;
    const acts: (() => Promise<unknown>)[] = [
      async () => {
        await testApp.service.cancel(id);
        audit.cancelledBy(testApp.process, id);
      },
      () => resume(testApp, id, {}),
      () => resume(testApp, id, random.pick([{ retrySkipped: true }, { useRejected: true }, { retryRejected: true }])),
      () => Promise.all([resume(testApp, id, {}), resume(testApp, id, {})]),
      () => testApp.service.restitch(id, random.pick([0, 0.5, 1]), undefined, never),
      () => testApp.service.get(id),
      () => testApp.service.receipt(id),
    ];
    const act = random.pick(acts);
    await ask(testApp, act);
  }

  /** Ends some or all processes, politely or not. */
  async function end(): Promise<void> {
    const victims = profile.several && random.random(0.5) ? [random.pick(alive())] : alive();
    if (random.random(0.25)) return endPolitely(victims);
    for (const { process } of victims) environment.kill(process);
  }

  async function endPolitely(victims: readonly Incarnation[]): Promise<void> {
    for (const { process } of victims) process.isEnding = true;
    await Promise.race([Promise.all(victims.map(({ service }) => service.stop())), loop.sleep(null, patienceMs)]);
    for (const { process } of victims) process.alive = false;
  }

  async function revive(): Promise<void> {
    if (faults.strikes("POWER")) disk.losePower();
    await sleep(100, 8_000);
    if (faults.strikes("F29")) environment.policy = drawPolicy(random, profile.dayCaps);
    await startSomething();
    if (profile.several && random.random(0.3)) await startServer();
  }

  async function startSomething(): Promise<void> {
    const open = projects().filter(({ project }) => !isSettled(project.status));
    const resumes = open.length > 0 && random.random(0.3);
    if (projects().length > 0 && whims.random(profile.directs)) {
      const facts = whims.pick(projects());
      return startDirecting(facts.project.id, directing.draw(facts));
    }
    if (resumes) return startResume(random.pick(open).project.id);
    return startServer();
  }

  async function join(): Promise<boolean> {
    const room = profile.several && alive().length < 3 && random.random(0.15);
    if (!room || !faults.strikes("F26")) return false;
    await startServer();
    return true;
  }

  async function createAnother(): Promise<boolean> {
    if (films >= 2 || profile.rates.F30 === undefined || !random.random(0.1)) return false;
    await create(random.pick(awake()));
    return true;
  }

  async function answerSomething(): Promise<boolean> {
    const stopped = projects().filter(({ project }) => ["held", "failed", "cancelled"].includes(project.status));
    if (stopped.length === 0 || !random.random(0.4)) return false;
    await answer(random.pick(stopped));
    return true;
  }

  async function meddleSomewhere(): Promise<boolean> {
    if (projects().length === 0 || !faults.strikes("F30")) return false;
    await meddle(random.pick(projects()));
    return true;
  }

  async function directSomewhere(): Promise<boolean> {
    if (projects().length === 0 || !whims.random(profile.directs)) return false;
    const facts = whims.pick(projects());
    const act = directing.draw(facts);
    const testApp = whims.pick(awake());
    if (profile.several && whims.random(0.2)) await startDirecting(facts.project.id, act);
    else await ask(testApp, () => act(testApp));
    return true;
  }

  async function endSometimes(): Promise<boolean> {
    if (environment.crashes >= profile.crashes || !random.random(0.03)) return false;
    await end();
    return true;
  }

  /** One event: a fault, or an action of a user. */
  async function context(): Promise<void> {
    await sleep(500, 6_000);
    blow();
    if (alive().length === 0) return revive();
    const happenings = [join, createAnother, answerSomething, meddleSomewhere, directSomewhere, endSometimes];
    if (awake().length > 0) for (const happens of happenings) if (await happens()) return;
  }

  async function suffer(): Promise<void> {
    const untilMs = random.between(25_000, 65_000);
    await startServer();
    const [first] = alive();
    if (first !== undefined) await create(first);
    blow();
    const isQuiet = () => Object.keys(profile.rates).length === 0 && projects().every(isOver);
    while (loop.elapsedMs() < untilMs && !(projects().length > 0 && isQuiet())) await context();
  }

  const isOver = ({ project }: ProjectFacts): boolean => project.status === "complete";

  /** The films whose work holds the place for which all that is left of this one waits: a lane may have room for one. */
  function ahead({ project, steps }: ProjectFacts): ProjectFacts[] {
    const open = steps.filter(({ status }) => ["queued", "running", "waiting"].includes(status));
    if (open.some(({ status }) => status !== "queued")) return [];
    const kinds = new Set(open.map(({ kind }) => kind));
    return projects().filter(
      (other) =>
        other.project.id !== project.id &&
        other.steps.some(({ kind, status }) => kinds.has(kind) && (status === "running" || status === "waiting")),
    );
  }

  async function tend(facts: ProjectFacts): Promise<void> {
    const { id, status } = facts.project;
    ways.look(facts);
    if (isSettled(status)) return void (await answer(facts));
    const driver = await alive()[0]?.leases.driver(id);
    if (!alive().some(({ process }) => process.name === driver)) return void (await resume(await someone(), id, {}));
    if (isPutOff(facts)) return;
    const changedAtMs = Math.max(...[facts, ...ahead(facts)].map(({ project }) => project.updatedAtMs));
    const quietMs = Math.min(loop.wallMs() - changedAtMs, loop.elapsedMs() - audit.askedUntilMs());
    loop.must(quietMs <= stuckMs, `9.4 ${status}, driven by ${driver}, and nothing happens: ${standing(facts)}`);
  }

  /** Whether it waits for another day's money. Then it is another day. */
  function isPutOff({ project, steps }: ProjectFacts): boolean {
    const open = steps.filter(
      (step) => ["queued", "running", "waiting"].includes(step.status) && letsRun(project, step),
    );
    const isWaiting = open.length > 0 && open.every(({ failure }) => failure?.code === "money.day_cap");
    if (!isWaiting) return false;
    const isTold = project.message?.includes("goes on by itself at 00:00 UTC") === true;
    loop.must(isTold, `9.4 a film waits for another day and says ${project.message}`);
    loop.jump(dayMs - (loop.wallMs() % dayMs) + 1_000);
    faults.happened("F40");
    return true;
  }

  /** A process that answers; one is started when there is none. */
  async function someone(): Promise<Incarnation> {
    if (awake().length === 0) await startServer();
    return random.pick(awake());
  }

  async function tendAll(): Promise<void> {
    while (projects().length === 0 || !projects().every(isOver)) {
      if (awake().length === 0) await startServer();
      if (projects().length === 0) await create(random.pick(awake()));
      for (const facts of projects().filter((p) => !isOver(p))) await tend(facts);
      await sleep(1_000, 6_000);
    }
  }

  async function calmly(act: Act): Promise<void> {
    if (awake().length === 0) await startServer();
    const testApp = random.pick(awake());
    await ask(testApp, () => act(testApp));
  }

  /** A finished film is edited and paid for; then the former one is wanted back: it is there, and costs nothing. */
  async function changeAndPutBack(facts: ProjectFacts): Promise<void> {
    const { id, revision } = facts.project;
    const film = filmOf(facts);
    if (film === null) return;
    answered.delete(id);
    await calmly(directing.edit(facts));
    await tendAll();
    const spent = audit.latest.get(id)?.submits.length;
    const wanted = whims.pick([...audit.direction.filmsOf(id)].filter(([known]) => known >= revision));
    await calmly(directing.revert(facts, wanted[0]));
    await tendAll();
    const after = audit.latest.get(id);
    const back = after === undefined ? null : filmOf(after);
    loop.must(back === wanted[1], `9.7 back at revision ${wanted[0]} the film is ${back}, not ${wanted[1]}`);
    loop.must(after?.submits.length === spent, `9.7 the way back to revision ${wanted[0]} was paid for`);
    faults.happened("D12");
  }

  const standing = ({ project, steps }: ProjectFacts): string =>
    [`hold ${project.hold?.reason}`, ...steps.map((step) => `${step.kind} ${step.position} ${step.status}`)].join(", ");

  async function finish(): Promise<void> {
    faults.calm();
    disk.setFull(false);
    disk.restore();
    environment.crashAtPoint = 0;
    environment.stopAtPoint = 0;
    await tendAll();
    if (whims.random(profile.directs * 3)) for (const facts of projects()) await changeAndPutBack(facts);
    await endPolitely(awake());
  }

  return { suffer, finish };
}
