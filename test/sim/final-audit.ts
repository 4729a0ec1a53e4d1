import { Database, SQLiteError } from "bun:sqlite";
import type { ProjectEvent, ProjectFacts } from "../../src/domain/facts.ts";
import type { Artifact, Step, Submit } from "../../src/domain/step.ts";
import { plan } from "../../src/planning/plan.ts";
import { viewOf } from "../../src/planning/project-view.ts";
import type { Repository } from "../../src/ports/repository.ts";
import type { Send } from "./audit.ts";
import { boot } from "./boot.ts";
import type { Environment } from "./environment.ts";

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
  if (status === "held" && (view.waits.length === 0 || view.waits.some((wait) => wait.next.length === 0)))
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

const isStored = (artifacts: readonly Artifact[], stepId: string): boolean =>
  artifacts.some((artifact) => artifact.stepId === stepId);

/** The ledger and the provider's bill are the same, line by line. */
function checkSends(environment: Environment): void {
  const { audit, loop } = environment;
  const submits = new Map<string, Submit>();
  for (const facts of audit.latest.values()) for (const submit of facts.submits) submits.set(submit.id, submit);
  for (const send of audit.sends) checkSend(environment, send, submits.get(send.submitId));
  const ordered = new Set<string>(audit.sends.map((send) => send.submitId));
  const orphans = [...submits.values()].filter(
    (s) => (s.state === "open" || s.state === "spent") && !ordered.has(s.id),
  );
  loop.must(orphans.length === 0, "9.1 the ledger has a line for something that was never ordered");
}

function checkSend({ audit, loop }: Environment, send: Send, submit: Submit | undefined): void {
  const what = `9.1 ${send.kind} ${send.position}`;
  loop.must(submit !== undefined, `${what} was ordered and is not in the ledger`);
  loop.must(!(send.billed && submit?.state === "released"), `${what} was billed and counts as free`);
  loop.must(send.billed || submit?.state !== "spent", `${what} was free and counts as spent`);
  // The user knew of calls that ended without a clip, and of those that they agreed to repeat.
  if (!send.billed || send.ended || send.consented || send.kind !== "clip") return;
  const facts = audit.latest.get(send.projectId);
  const step = facts?.steps.find((s) => s.id === send.stepId);
  const stored = isStored(facts?.artifacts ?? [], send.stepId);
  const told = isTold(step) || facts?.project.cancelled === true;
  loop.must(stored || told, `9.2 clip ${send.position} was billed, is not stored, is ${step?.status}: nobody was told`);
}

/** The user sees that something was bought and why it is not there. */
const isTold = (step: Step | undefined): boolean =>
  step !== undefined && (step.status === "skipped" || step.failure !== null || step.operation !== null);

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
  const twin = (state: string, attempt: string) =>
    `INSERT INTO submits SELECT 'twin-' || ${attempt}, project_id, step_id, ${attempt}, '${state}', 1, 1, 'call', model, null, 1, 1 FROM (SELECT * FROM submits WHERE state <> 'released' LIMIT 1)`;
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
