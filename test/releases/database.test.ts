import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import { STEP_KINDS } from "../../src/domain/lifecycle.ts";
import type { Step } from "../../src/domain/step.ts";
import { type PlannedStep, plan } from "../../src/planning/plan.ts";
import { statusOf } from "../../src/planning/project-status.ts";
import type { Problem } from "../../src/services/integrity.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { never } from "../support/never.ts";
import { layOut, openApp, openTestAppOn, recordedIn, settled, storedOrders } from "./data-folder.ts";
import { RELEASES } from "./readings.ts";

const tempFolder = tempFolders();

/** The four projects of a data folder, by what they are. */
function named([film, fork, review, bought, ...more]: readonly ProjectFacts[]) {
  if (film === undefined || fork === undefined || review === undefined || bought === undefined || more.length > 0)
    throw new Error("there are four projects");
  return { film, fork, review, bought };
}

/** A picture that the user brought is known by its content, whatever its place asks for. */
function ownKeyOf({ artifacts }: ProjectFacts, { id, order }: Step): string | undefined {
  const isOwn = order.kind === "keyframe" && order.own === true;
  return isOwn ? `own ${artifacts.find(({ stepId }) => stepId === id)?.sha256}` : undefined;
}

/** What the plan found although nobody chose it. */
function foundByKey(facts: ProjectFacts): PlannedStep[] {
  const chosen = new Set(facts.project.direction.picks.map(({ stepId }) => stepId));
  return plan(facts).steps.filter(({ step }) => step !== null && !chosen.has(step.id));
}

const nothing = { complete: true, totalUsd: 0, toMake: [] };

describe.each(RELEASES)("a data folder that %s left", (release) => {
  async function laidOut() {
    const folder = tempFolder();
    await layOut(release, folder);
    return { folder, ...named(await recordedIn(folder)) };
  }

  test("is opened, listed and found whole, with every file as it was stored", async () => {
    const { folder, film, fork, review, bought } = await laidOut();
    const app = await openApp(folder);
    const list = await app.service.list();
    expect(new Map(list.map(({ id, status }) => [id, status]))).toEqual(
      new Map([
        [film.project.id, "complete"],
        [fork.project.id, "review"],
        [review.project.id, "review"],
        [bought.project.id, "complete"],
      ]),
    );
    const problems: Problem[] = [];
    const verified = await app.integrity.verify(null, { quick: true }, (problem) => problems.push(problem), never);
    await app.close();
    expect(problems).toEqual([]);
    expect(verified).toMatchObject({ projects: 4, problems: 0 });
    expect(verified.files).toBe([film, fork, review, bought].flatMap(({ artifacts }) => artifacts).length);
  });

  test("has every kind of step, each under the key that its order has today", async () => {
    const { folder, ...projects } = await laidOut();
    const all = Object.values(projects);
    expect(new Set(all.flatMap(({ steps }) => steps.map(({ kind }) => kind)))).toEqual(new Set(STEP_KINDS));
    for (const facts of all) {
      const keys = new Map(storedOrders(folder, facts).map(({ id, key }) => [id, key]));
      const expected = facts.steps.map((step) => ownKeyOf(facts, step) ?? keys.get(step.id));
      expect(expected).toEqual(facts.steps.map(({ inputKey }) => inputKey));
    }
  });

  test("has films of which nothing is stale or due as far as they were to go", async () => {
    const { film, fork, review, bought } = await laidOut();
    for (const facts of [film, fork, review, bought]) {
      const found = foundByKey(facts);
      expect(found.length).toBeGreaterThan(0);
      expect(found.map(({ inputKey }) => inputKey)).toEqual(found.map(({ step }) => step?.inputKey ?? "none"));
    }
    for (const facts of [film, bought]) {
      const { steps } = plan(facts);
      expect(steps.at(-1)?.kind).toBe("stitch");
      expect(steps.flatMap(({ step }) => step?.status ?? "missing").filter((status) => status !== "done")).toEqual([]);
    }
    const missing = (facts: ProjectFacts) => plan(facts).steps.flatMap((one) => (one.step === null ? one.kind : []));
    expect([missing(fork), missing(review)]).toEqual([["clip", "clip"], ["clip"]]);
    for (const facts of [film, fork, review, bought]) {
      const { status, message } = facts.project;
      // Keyframes were called stills in messages, and messages told commands.
      const now = message
        ?.replace("the stills are ready", "the keyframes are ready")
        .replace(/: see 'vidpipe plan .*$/, ": look at what comes next and its price, then go on");
      expect(statusOf(facts, plan(facts))).toEqual({ status, message: now ?? null });
    }
  });

  test("has nothing to make or to buy for what is finished", async () => {
    const { folder, film, fork, review, bought } = await laidOut();
    const app = await openApp(folder);
    for (const { project } of [film, bought]) {
      const { complete, lines, totalUsd } = await app.editing.forecast(project.id);
      expect({ complete, totalUsd, toMake: lines.filter(({ toMake }) => toMake) }).toEqual(nothing);
      await expect(app.service.resume(project.id, {}, never)).rejects.toMatchObject({ code: "project.conflict" });
    }
    expect(await app.service.recover(never)).toBe(0);
    await app.close();
    expect(named(await recordedIn(folder))).toEqual({ film, fork, review, bought });
  });

  test("asks for 'vidpipe adopt' once where it was merely found, and is shown until then", async () => {
    const { folder, film, bought } = await laidOut();
    const home = { HOME: folder };
    const found = await openApp(folder, home);
    expect(await found.service.list()).toHaveLength(4);
    const refused = { code: "storage.not_adopted", message: expect.stringContaining("'vidpipe adopt'") };
    await expect(found.service.resume(bought.project.id, {}, never)).rejects.toMatchObject(refused);
    await expect(found.service.resume(film.project.id, {}, never)).rejects.toMatchObject({ code: "project.conflict" });
    found.adoption.adopt();
    await found.close();
    const adopted = await openApp(folder, home);
    await expect(adopted.service.resume(bought.project.id, {}, never)).rejects.toMatchObject({
      code: "project.conflict",
    });
    await adopted.close();
    expect((await recordedIn(folder)).map(({ steps }) => steps)).toEqual(
      expect.arrayContaining([film.steps, bought.steps]),
    );
  });

  test("keeps the words that it was written in, and what they stand for is found", async () => {
    const { folder, film, review, bought } = await laidOut();
    expect([film, review, bought].map(({ project }) => project.models.provider)).toEqual([
      "animatic",
      "animatic",
      "google",
    ]);
    const app = await openApp(folder);
    const { complete, lines, totalUsd } = await app.editing.forecast(review.project.id);
    const { price } = await app.service.estimateResume(review.project.id);
    await app.close();
    expect(lines.flatMap(({ kind, toMake }) => (toMake ? kind : []))).toEqual(["clip", "stitch"]);
    expect([complete, totalUsd, price.totalUsd]).toEqual([true, 0, 0]);
  });

  test("has a ledger in which every paid call is what it was", async () => {
    const { folder, bought } = await laidOut();
    const app = await openApp(folder);
    const { lines, total } = await app.service.receipt(bought.project.id);
    await app.close();
    const shown = lines.map(({ piece, step, ...line }) => [piece, step.take, line.spentUsd, line.because, line.answer]);
    expect(lines.map(({ submit }) => submit.state)).toEqual(lines.map(() => "spent"));
    expect(shown).toEqual([
      ["storyboard", 1, 0.041002, "first", "used"],
      ["keyframe 1", 1, 0.067, "first", "used"],
      ["keyframe 2", 1, 0.067, "first", "used"],
      ["clip of scene 1", 1, 0.069, "first", "used"],
      ["keyframe 3", 1, 0.067, "first", "used"],
      ["clip of scene 2", 1, 0.069, "first", "used"],
      ["clip of scene 1", 2, 0.069, "first", "used"],
    ]);
    expect(total).toEqual({
      quotedUsd: 0.449002,
      spentUsd: 0.449002,
      reservedUsd: 0,
      unknownUsd: 0,
      returnedUsd: 0,
      billedUsd: null,
    });
  });

  test("goes back to how a film was and forth again, byte for byte, and makes nothing", async () => {
    const { folder, film } = await laidOut();
    const { id, revision } = film.project;
    const app = await openApp(folder);
    const now = readFileSync(await app.service.finalPath(id));
    const history = await app.editing.history(id);
    expect(history.map(({ note }) => note)).toEqual([
      "as first made",
      "still 2: your own picture",
      "still 3: your own picture",
      "transition after scene 1 changed",
      "clip of scene 2: take 2",
    ]);
    await app.editing.revert(id, revision - 1);
    expect((await settled(app, id)).status).toBe("complete");
    const former = readFileSync(await app.service.finalPath(id));
    await app.editing.revert(id, revision);
    expect((await settled(app, id)).status).toBe("complete");
    const again = readFileSync(await app.service.finalPath(id));
    await app.close();
    expect([former.equals(now), again.equals(now)]).toEqual([false, true]);
    const [after] = await recordedIn(folder, id);
    expect([after?.steps, after?.artifacts]).toEqual([film.steps, film.artifacts]);
  });

  test("goes on with a film that stopped at its stills, and makes only what it lacks", async () => {
    const { folder, review } = await laidOut();
    const { id } = review.project;
    const there = await openTestAppOn(folder);
    expect((await there.service.get(id)).status).toBe("review");
    await there.clock.run(there.service.resume(id, {}, never));
    const view = await there.settle(id);
    there.kill();
    expect([view.status, view.message]).toEqual(["complete", null]);
    expect(there.provider.bills.map(({ what }) => what)).toEqual(["clip"]);
    const [after] = await recordedIn(folder, id);
    expect(after?.steps.slice(0, review.steps.length)).toEqual([...review.steps]);
    expect(after?.steps.slice(review.steps.length).map(({ kind, status }) => [kind, status])).toEqual([
      ["clip", "done"],
      ["stitch", "done"],
    ]);
  });
});
