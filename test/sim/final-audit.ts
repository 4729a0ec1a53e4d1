import { Database, SQLiteError } from "bun:sqlite";
import type { ProjectEvent, ProjectFacts } from "../../src/domain/facts.ts";
import { committedUsd, roundUsd, spendOf } from "../../src/domain/money.ts";
import type { Submit } from "../../src/domain/step.ts";
import { plan } from "../../src/planning/plan.ts";
import { viewOf } from "../../src/planning/project-view.ts";
import type { Repository } from "../../src/ports/repository.ts";
import { boot } from "./boot.ts";
import type { Environment } from "./environment.ts";
import { nameOf, PRICES, type Send } from "./purchase-audit.ts";

/** The audit at the end of a run: the disk, the database and the provider's records must agree. */
export async function finalAudit(environment: Environment): Promise<void> {
  const { loop, audit, faults } = environment;
  faults.calm();
  for (const process of environment.processes) process.alive = false;
  const { repository, process } = await boot(environment);
  for (const finding of await repository.inspect()) if (finding.level === "fail") loop.fail(`9.5 ${finding.message}`);
  for (const known of audit.latest.values()) await checkProject(environment, repository, known);
  checkSends(environment);
  checkPolls(environment);
  checkGuards(environment, environment.databasePath());
  process.alive = false;
}

async function checkProject(environment: Environment, repository: Repository, known: ProjectFacts): Promise<void> {
  const { loop, disk } = environment;
  const facts = await repository.facts(known.project.id);
  const same = (a: unknown, b: unknown) => Bun.deepEquals(a, b);
  if (!same(facts.steps, known.steps) || !same(facts.submits, known.submits) || !same(facts.artifacts, known.artifacts))
    loop.fail("9.3 the database does not hold what was committed");
  for (const artifact of facts.artifacts)
    if (!disk.holds(artifact)) loop.fail(`9.2 ${artifact.key} is recorded but not on the disk as it was`);
  checkOutcome(environment, facts);
  checkHistory(environment, facts, await repository.events(known.project.id, 0, 100_000));
}

/** A project ends, or says what it waits for. */
function checkOutcome({ loop }: Environment, facts: ProjectFacts): void {
  const { status, message } = facts.project;
  const view = viewOf(facts, plan(facts), (key) => key);
  if (status === "complete" && view.final === null) loop.fail("9.4 a complete project has no film");
  if (status === "held" && (view.waits.length === 0 || view.waits.some((wait) => wait.ways.length === 0)))
    loop.fail("9.4 a held project does not say what it waits for");
  if (status === "failed" && message === null) loop.fail("9.4 a failed project does not say why");
  const running = facts.steps.filter((step) => step.status === "running");
  if (running.length > 0 && status !== "cancelled") loop.fail(`9.4 ${running[0]?.kind} runs although nobody is there`);
}

/** History has no gaps, and its last entry for each row agrees with the tables. */
function checkHistory({ loop }: Environment, facts: ProjectFacts, events: readonly ProjectEvent[]): void {
  if (events.some((event, place) => event.seq !== place + 1)) loop.fail("9.3 the history has gaps");
  const last = (type: string, data: Record<string, unknown>) =>
    events.findLast((e) => e.type === type && Object.entries(data).every(([key, value]) => e.data[key] === value));
  const told = events.findLast((event) => event.type === "project" && "status" in event.data);
  if (told?.data.status !== facts.project.status) loop.fail("9.3 history ends with another status");
  for (const { kind, position, take, status } of facts.steps)
    if (last("step", { kind, position, take })?.data.status !== status)
      loop.fail(`9.3 history knows another status of ${kind} ${position}`);
}

/** The ledger and the provider's bill are the same, line by line, and what came is there. */
function checkSends(environment: Environment): void {
  const { audit, loop } = environment;
  const submits = new Map<string, Submit>();
  for (const facts of audit.latest.values()) for (const submit of facts.submits) submits.set(submit.id, submit);
  for (const send of audit.sends) {
    checkSend(environment, send, submits.get(send.submitId));
    checkAnswer(environment, send, submits.get(send.submitId));
  }
  const ordered = new Set<string>(audit.sends.map((send) => send.submitId));
  const orphans = [...submits.values()].filter(
    (s) => (s.state === "open" || s.state === "spent") && !ordered.has(s.id),
  );
  loop.must(orphans.length === 0, "9.1 the ledger has a line for something that was never ordered");
  for (const facts of audit.latest.values()) checkBill(environment, facts);
}

/** Spent and unknown cover the bill; of a film that is not cancelled nothing else is open. */
function checkSend({ audit, loop }: Environment, send: Send, submit: Submit | undefined): void {
  const what = `9.1 ${nameOf(send)}`;
  loop.must(submit !== undefined, `${what} was ordered and is not in the ledger`);
  if (submit === undefined) return;
  const facts = audit.latest.get(send.projectId);
  const isOpen = submit.state === "open" || submit.state === "intent";
  const isCovered = submit.state === "spent" || submit.state === "unknown" || (isOpen && mayBeOpen(facts, submit));
  loop.must(
    !send.billed || isCovered,
    `${what} was billed and is ${submit.state}: ${facts?.project.status}, its step is ${facts?.steps.find(({ id }) => id === submit.stepId)?.status}`,
  );
  const isCharged = send.billed || send.toldCharged;
  loop.must(isCharged || submit.state !== "spent", `${what} was free and counts as spent`);
  loop.must(
    !(send.toldFree && send.answered) || submit.state !== "spent",
    `${what} is spent though it was told to be free`,
  );
}

/** A call is open only as long as its operation can still be collected, or its film was stopped by its user. */
function mayBeOpen(facts: ProjectFacts | undefined, { stepId }: Submit): boolean {
  const step = facts?.steps.find(({ id }) => id === stepId);
  return facts?.project.cancelled === true || (step !== undefined && step.operation !== null);
}

function checkBill({ audit, loop }: Environment, { project, submits }: ProjectFacts): void {
  const sends = audit.sends.filter(({ projectId, billed }) => projectId === project.id && billed);
  const bill = roundUsd(sends.reduce((sum, { kind }) => sum + PRICES[kind], 0));
  const ledger = committedUsd(spendOf(submits));
  loop.must(bill <= ledger, `9.1 $${bill} was billed and the ledger knows of $${ledger}`);
}

/** What a process received has its row and its bytes, unless it ended before it could store it, or is stopped with it. */
function checkAnswer({ disk, audit, loop }: Environment, send: Send, submit: Submit | undefined): void {
  const { received, process } = send;
  if (received === null || submit === undefined) return;
  const artifacts = audit.latest.get(send.projectId)?.artifacts ?? [];
  const row = artifacts.find(({ id }) => id === submit.replyId);
  if (row !== undefined) {
    loop.must(disk.holds(row) && row.sha256 === received.sha256, lost(send));
    return;
  }
  const isOver = process.hasDied || process.isEnding || process.stoppedUntilMs > loop.elapsedMs();
  const wasKept = disk.has(send.projectId, `answer-${send.submitId}`);
  loop.must(isOver && !wasKept, lost(send));
}

const lost = (send: Send): string => `9.2 the answer of ${nameOf(send)} was received and is not kept`;

/** Polls of an operation are paced. */
function checkPolls({ providerFake, loop, crashes }: Environment): void {
  for (const [name, job] of providerFake.jobs)
    if (job.polls > 60 + crashes * 5 + (loop.elapsedMs() - job.readyAtMs) / 2_000)
      loop.fail(`9.4 ${name} was looked at ${job.polls} times`);
}

/** The database by itself refuses what must never happen. */
function checkGuards({ loop, audit }: Environment, path: string): void {
  const client = new Database(path);
  const refused = (what: string, sql: string): void => {
    client.run("BEGIN IMMEDIATE");
    try {
      client.run(sql);
      loop.fail(`9.3 the database lets anybody ${what}`);
    } catch (thrown) {
      const guarded = thrown instanceof SQLiteError && /^SQLITE_CONSTRAINT/.test(thrown.code ?? "");
      loop.must(guarded, `9.3 whether the database lets anybody ${what} could not be tried: ${thrown}`);
    } finally {
      client.run("ROLLBACK");
    }
  };
  const known = [...audit.latest.values()].some(({ submits }) => submits.length > 0);
  const columns = "step_id, because, usd_millionths, quantity, unit, model, created_at_ms, updated_at_ms, project_id";
  const twin = (state: string, attempt: string) =>
    `INSERT INTO submits (id, attempt, state, ${columns}) SELECT 'twin-' || ${attempt}, ${attempt}, '${state}', ${columns} FROM (SELECT * FROM submits WHERE state <> 'released' LIMIT 1)`;
  const counted = [...audit.latest.values()].some(({ submits }) => submits.some((s) => s.state !== "released"));
  if (counted) {
    refused("order one thing twice at once", `${twin("intent", "901")}; ${twin("intent", "902")}`);
    refused("count one attempt twice", `${twin("spent", "903")}; ${twin("spent", "903").replace("twin-", "other-")}`);
  }
  if (known) {
    refused("forget a purchase", "DELETE FROM submits");
    refused("change a price", "UPDATE submits SET usd_millionths = usd_millionths + 1");
  }
  if (audit.latest.size > 0)
    refused(
      "move a step anywhere",
      "UPDATE steps SET status = 'done' WHERE status = 'skipped'; UPDATE steps SET status = 'waiting' WHERE status IN ('done', 'queued'); UPDATE steps SET status = 'done' WHERE status IN ('failed', 'cancelled', 'refused', 'ambiguous')",
    );
  client.close();
}
