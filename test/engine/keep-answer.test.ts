import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import { StepId, SubmitId } from "../../src/domain/ids.ts";
import {
  answerKept,
  findReplies,
  keepForkResult,
  keepReply,
  readReply,
  replyRows,
} from "../../src/engine/keep-answer.ts";
import { after, context, type FilmAt, NOW_MS, running, stepIn, withAnswer, withStep } from "../support/facts.ts";
import { createMemoryArtifacts } from "../support/memory-artifacts.ts";
import { createMemoryRepository } from "../support/memory-repository.ts";
import { never } from "../support/never.ts";
import { jsonAnswer } from "../support/scripted-provider.ts";

const file = { key: "p/answer-1-0123456789ab.json", sha256: "ab", bytes: 7, mediaType: "application/json" as const };
const clock = { now: () => NOW_MS, monotonic: () => 0, sinceBoot: () => 0, async sleep() {} };

/** A store in which `put` fails the first times it is asked. */
function failing(
  times: number,
  code: "storage.full" | "storage.io" | "storage.busy" | "project.busy" | "internal" = "storage.full",
) {
  const store = createMemoryArtifacts();
  let tries = 0;
  const put: typeof store.put = (slot, write) => {
    tries += 1;
    if (tries <= times) throw new VidpipeError(code, "no room");
    return store.put(slot, write);
  };
  return { store: { ...store, put }, tries: () => tries };
}

/** A recorded film whose step runs under a paid call that was just answered. */
async function recorded(film: FilmAt) {
  const repository = createMemoryRepository({ clock });
  const { project, steps, submits } = film.facts;
  const { id } = project;
  await repository.create(project, steps, "me");
  await repository.change(id, null, () => submits.map((submit) => ({ type: "add_submit", submit })));
  const [submit] = submits;
  if (submit === undefined) throw new Error("nothing was bought");
  return { repository, id, submit: submit.id, now: (): Promise<ProjectFacts> => repository.facts(id) };
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

describe("an answer", () => {
  test("is stored as it came, byte for byte, and named by its paid call before anything else", async () => {
    const { repository, id, submit, now } = await recorded(running("keyframe"));
    const { store } = failing(0);
    const world = { artifacts: store, repository, clock, log: quiet };
    const answer = { bytes: new Uint8Array([0, 255, 10, 13]), mediaType: "image/png" };
    await keepReply(submit, answer, { world, projectId: id, context: () => context, signal: never });
    const { submits, artifacts } = await now();
    const row = artifacts.find((artifact) => artifact.id === submits[0]?.replyId) ?? expect.unreachable();
    expect([row.role, row.key]).toEqual(["answer", expect.stringContaining(`answer-${submit}-`)]);
    expect(await readReply(world, row)).toEqual(answer);
    expect(submits[0]?.state).toBe("intent");
  });

  // A full disk may stay full for hours: nothing else is bought until there is room; it goes on by itself then.
  test.each([
    ["storage.full", "disk"],
    ["storage.io", undefined],
    ["storage.busy", undefined],
  ] as const)("that cannot be stored (%s) is tried again; its film is held for: %s", async (code, reason) => {
    const { repository, id, submit, now } = await recorded(running("storyboard"));
    const { store, tries } = failing(7, code);
    const seen = new Set<string | undefined>();
    const waits = new Set<number>();
    const sleep = async (ms: number) => {
      waits.add(ms);
      seen.add((await now()).project.hold?.reason);
    };
    const lines: string[] = [];
    const log = { ...quiet, error: (line: string) => void lines.push(line) };
    const world = { artifacts: store, repository, clock: { ...clock, sleep }, log };
    await keepReply(submit, jsonAnswer("a cat"), { world, projectId: id, context: () => context, signal: never });
    const { submits, project } = await now();
    expect([tries(), submits[0]?.replyId === null, project.hold]).toEqual([8, false, null]);
    expect([[...seen], [...waits], lines.length]).toEqual([[reason], [1_000], 7]);
  });

  test("holds its film once, however the disk's words change, and lets it go", async () => {
    const { repository, id, submit, now } = await recorded(running("storyboard"));
    const store = createMemoryArtifacts();
    let tries = 0;
    const put: typeof store.put = (slot, write) => {
      tries += 1;
      if (tries < 4) throw new VidpipeError("storage.full", `no room, try ${tries}`);
      return store.put(slot, write);
    };
    const world = { artifacts: { ...store, put }, repository, clock, log: quiet };
    await keepReply(submit, jsonAnswer("a cat"), { world, projectId: id, context: () => context, signal: never });
    expect((await now()).project.hold).toBeNull();
  });

  test.each([
    ["held over its budget", { hold: { reason: "budget", message: "over" } }, "budget"],
    ["cancelled", { cancelled: true }, undefined],
  ] as const)("leaves a film that is %s as it is", async (_, patch, reason) => {
    const film = await recorded(running("storyboard"));
    await film.repository.change(film.id, null, () => [{ type: "project", patch }]);
    const { store } = failing(3);
    const seen = new Set<string | undefined>();
    const sleep = async () => void seen.add((await film.now()).project.hold?.reason);
    const world = { artifacts: store, repository: film.repository, clock: { ...clock, sleep }, log: quiet };
    await keepReply(film.submit, jsonAnswer("a"), { world, projectId: film.id, context: () => context, signal: never });
    expect([[...seen], (await film.now()).project.hold?.reason]).toEqual([[reason], reason]);
  });

  test("that meets a fault of vidpipe is not tried again; a project that is busy is waited for", async () => {
    const { repository, id, submit } = await recorded(running("storyboard"));
    const deps = { projectId: id, context: () => context, signal: never };
    const broken = failing(1, "internal");
    const world = { artifacts: broken.store, repository, clock, log: quiet };
    await expect(keepReply(submit, jsonAnswer("a"), { ...deps, world })).rejects.toMatchObject({ code: "internal" });
    const busy = failing(2, "project.busy");
    await keepReply(submit, jsonAnswer("a"), { ...deps, world: { ...world, artifacts: busy.store } });
    expect([broken.tries(), busy.tries()]).toEqual([1, 3]);
  });

  test.each([0.02, 0, null])("is noted with what the service says it billed: %p", async (billedUsd) => {
    const { repository, id, submit, now } = await recorded(running("storyboard"));
    const world = { artifacts: createMemoryArtifacts(), repository, clock, log: quiet };
    await keepReply(
      submit,
      jsonAnswer("a"),
      { world, projectId: id, context: () => context, signal: never },
      billedUsd,
    );
    expect((await now()).submits[0]?.billedUsd).toBe(billedUsd);
  });

  test("whose file cannot be read for now is not called gone", async () => {
    const { answer, facts } = withAnswer(running("keyframe"));
    const row = facts.artifacts.find(({ id }) => id === answer) ?? expect.unreachable();
    const read = () => Promise.reject(new VidpipeError("storage.io", "later"));
    const reading = readReply({ artifacts: { ...createMemoryArtifacts(), read } }, row);
    await expect(reading).rejects.toMatchObject({ code: "storage.io" });
  });

  test("is given up only when the process ends", async () => {
    const { repository, id, submit } = await recorded(running("keyframe"));
    const { store, tries } = failing(99);
    const world = { artifacts: store, repository, clock, log: quiet };
    const ended = new AbortController();
    ended.abort();
    const keeping = keepReply(submit, jsonAnswer("a cat"), {
      world,
      projectId: id,
      context: () => context,
      signal: ended.signal,
    });
    expect(keeping).rejects.toMatchObject({ code: "storage.full" });
    expect(tries()).toBe(1);
  });

  test("whose file is not what was stored says how to put it right", async () => {
    const { answer, facts } = withAnswer(running("keyframe"));
    const row = facts.artifacts.find(({ id }) => id === answer) ?? expect.unreachable();
    const read = readReply({ artifacts: createMemoryArtifacts() }, row);
    expect(read).rejects.toMatchObject({
      code: "provider.bad_answer",
      message: expect.stringContaining("from a backup"),
    });
  });
});

describe("the row of an answer", () => {
  test.each([
    ["running", "intent", "running", "intent"],
    // Another process gave it up as lost meanwhile: it is here. What it cost is known once somebody reads it.
    ["ambiguous", "unknown", "queued", "unknown"],
    ["queued", "unknown", "queued", "unknown"],
    ["running", "unknown", "running", "unknown"],
    ["skipped", "unknown", "skipped", "unknown"],
    ["done", "unknown", "done", "unknown"],
  ] as const)("of a step that is %s, its call %s: %s, %s", (status, state, next, settled) => {
    const { facts, step } = running("keyframe", { status }, state);
    const id = facts.submits[0]?.id ?? expect.unreachable();
    const now = after(facts, answerKept(facts, id, "replyId", file, context));
    expect([stepIn(now, step.id).status, now.submits[0]?.state]).toEqual([next, settled]);
    expect(now.artifacts.find((row) => row.id === now.submits[0]?.replyId)?.key).toBe(file.key);
  });

  test("is written once, and never for a call that is not there", () => {
    const { facts } = running("keyframe");
    const id = facts.submits[0]?.id ?? expect.unreachable();
    const once = after(facts, answerKept(facts, id, "replyId", file, context));
    expect(answerKept(once, id, "replyId", file, context)).toEqual([]);
    const unknown = SubmitId.parse("01900000-0000-7000-9000-000000000000");
    expect(answerKept(facts, unknown, "replyId", file, context)).toEqual([]);
    const stepless = { ...facts, steps: [] };
    expect(replyRows(stepless, id, file, context)).toEqual([]);
  });
});

describe("a search for answers without a row", () => {
  test.each([
    ["intent", true],
    ["unknown", true],
    // Counted as charged although its answer was never recorded: the file may be there.
    ["spent", true],
    ["released", false],
    ["open", false],
  ] as const)("of a call that is %s: %p", async (state, isSought) => {
    const { facts } = running("keyframe", {}, state);
    const [submit] = facts.submits;
    const artifacts = createMemoryArtifacts();
    const slot = { projectId: facts.project.id, name: `answer-${submit?.id}`, extension: "json" as const };
    await artifacts.put(slot, (path) => Bun.write(path, "{}"));
    const found = await findReplies(facts, { artifacts });
    expect([...found.keys()]).toEqual(isSought && submit !== undefined ? [submit.id] : []);
  });

  test("looks past a step that is at its provider, and at other calls' files", async () => {
    const film = running("clip", {}, "unknown");
    const artifacts = createMemoryArtifacts();
    const store = (name: string) => {
      const slot = { projectId: film.facts.project.id, name, extension: "json" as const };
      return artifacts.put(slot, (path) => Bun.write(path, "{}"));
    };
    await store("answer-of-somebody");
    expect((await findReplies(film.facts, { artifacts })).size).toBe(0);
    await store(`answer-${film.facts.submits[0]?.id}`);
    expect((await findReplies(film.facts, { artifacts })).size).toBe(1);
    const operation = { name: "operations/1", submittedAtMs: 0, polls: 0 };
    const waiting = withStep(film.facts, film.step.id, { operation });
    expect((await findReplies(waiting, { artifacts })).size).toBe(0);
  });
});

test("the file of a fork's clip is recorded for its step; for one that is gone nothing is", async () => {
  const film = running("clip", {}, null);
  const repository = createMemoryRepository({ clock });
  const { project, steps } = film.facts;
  await repository.create(project, steps, "me");
  const world = { artifacts: createMemoryArtifacts(), repository, clock, log: quiet };
  const deps = { world, projectId: project.id, context: () => context, signal: never };
  await keepForkResult(film.step.id, file, deps);
  await keepForkResult(StepId.parse("01900000-0000-7000-9000-000000000000"), file, deps);
  const rows = (await repository.facts(project.id)).artifacts.filter(({ role }) => role === "answer");
  expect(rows).toMatchObject([{ stepId: film.step.id, position: film.step.position, key: file.key }]);
});
