/** What each failure of a provider costs, by when it is met: the bill, the ledger, the words, exit code, HTTP status. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { FAILURES, type FailureCode, VidpipeError } from "../../src/domain/errors.ts";
import type { StepKind, StepStatus } from "../../src/domain/lifecycle.ts";
import type { GoogleConfig } from "../../src/providers/google/settings.ts";
import { createCli } from "../cli/harness.ts";
import { removeFiles } from "../providers/google/harness.ts";
import type { FaultName, Route } from "../support/google-fake/faults.ts";
import { apiOf, billOf, createGround, type End, generate, ledgerOf, plan, start, stopFakes } from "./harness.ts";

afterEach(stopFakes);
afterAll(removeFiles);

type ProviderCode = Extract<FailureCode, `provider.${string}`>;

const isProviderCode = (code: string): code is ProviderCode => code.startsWith("provider.");
const codes = Object.keys(FAILURES).filter(isProviderCode);

/** When a failure is met: before the paid call leaves, at its answer's head, in its answer, or at the job's end. */
type When = "before it is sent" | "after it is sent" | "in the answer" | "at the operation";

interface Row {
  readonly code: ProviderCode;
  readonly when: When;
  /** What goes wrong, or settings that it goes wrong with. */
  readonly fault: readonly [Route, FaultName] | Partial<GoogleConfig>;
  /** Charges of the pieces that were tried. */
  readonly billed: number;
  readonly ledger: readonly string[];
  readonly step: StepStatus;
  readonly said: string;
}

/** The user has set how often a step is tried: without that a service that takes nothing is waited for. */
const limited = ({ step }: Row) => ({ policy: { waitMaxAttempts: step === "queued" ? 2 : 5 } });

const again = (entry: string, times: number): string[] => Array.from({ length: times }, () => entry);
const LOST_STILL = ["keyframe unknown", "keyframe unknown (repeat)"];
const UNFIT_TEXT = ["storyboard spent", "storyboard spent (complaint)", "storyboard spent (complaint)"];

const ROWS: readonly Row[] = [
  row(
    "provider.not_configured",
    "before it is sent",
    { credentialsFile: "/nowhere/login.json" },
    0,
    ["storyboard released"],
    "failed",
    "GEMINI_API_KEY",
  ),
  row(
    "provider.unreachable",
    "before it is sent",
    { vertexBaseUrl: "http://127.0.0.1:1" },
    0,
    again("storyboard released", 5),
    "failed",
    "nothing was charged",
  ),
  row(
    "provider.bad_key",
    "before it is sent",
    ["token", "login_refused"],
    0,
    ["storyboard released"],
    "failed",
    "did not accept the login",
  ),
  row(
    "provider.bad_key",
    "after it is sent",
    ["submit", "unauthenticated"],
    0,
    ["clip released"],
    "failed",
    "did not accept the login",
  ),
  row(
    "provider.bad_key",
    "at the operation",
    ["poll", "unauthenticated"],
    1,
    ["clip open"],
    "failed",
    "what was bought is safe at Google",
  ),
  row(
    "provider.no_permission",
    "after it is sent",
    ["submit", "no_permission"],
    0,
    ["clip released"],
    "failed",
    "nothing was charged",
  ),
  row(
    "provider.no_permission",
    "at the operation",
    ["poll", "no_permission"],
    1,
    ["clip open"],
    "failed",
    "what was bought is safe at Google",
  ),
  row(
    "provider.billing",
    "after it is sent",
    ["submit", "credits_exhausted"],
    0,
    ["clip released"],
    "failed",
    "nothing was charged",
  ),
  row(
    "provider.billing",
    "at the operation",
    ["poll", "billing_disabled"],
    1,
    ["clip open"],
    "failed",
    "what was bought is safe at Google",
  ),
  row(
    "provider.model_unavailable",
    "after it is sent",
    ["submit", "model_retired"],
    0,
    ["clip released"],
    "gone",
    "does not answer any more",
  ),
  row(
    "provider.gone",
    "at the operation",
    ["submit", "forgotten"],
    1,
    ["clip unknown"],
    "gone",
    "it was taken on and may have been charged",
  ),
  row(
    "provider.gone",
    "at the operation",
    ["submit", "forgotten_unbilled"],
    0,
    ["clip unknown"],
    "gone",
    "it was taken on and may have been charged",
  ),
  row(
    "provider.gone",
    "at the operation",
    ["submit", "bucket_deleted"],
    1,
    ["clip spent"],
    "gone",
    "it was made and counts as charged",
  ),
  row(
    "provider.invalid_request",
    "after it is sent",
    ["submit", "bad_request"],
    0,
    ["clip released"],
    "failed",
    "rejected the request",
  ),
  row(
    "provider.quota",
    "after it is sent",
    ["submit", "quota_bare"],
    0,
    again("clip released", 5),
    "failed",
    "rate limit",
  ),
  row(
    "provider.quota_day",
    "after it is sent",
    ["submit", "quota_per_day"],
    0,
    ["clip released"],
    "queued",
    "today's quota",
  ),
  row(
    "provider.overloaded",
    "after it is sent",
    ["submit", "overloaded"],
    0,
    again("clip released", 5),
    "failed",
    "overloaded",
  ),
  row(
    "provider.unclear",
    "after it is sent",
    ["submit", "reset_before_reading"],
    0,
    ["clip unknown"],
    "ambiguous",
    "it may have been billed",
  ),
  row(
    "provider.unclear",
    "after it is sent",
    ["submit", "execute_and_reset"],
    1,
    ["clip unknown"],
    "ambiguous",
    "it may have been billed",
  ),
  row(
    "provider.unclear",
    "after it is sent",
    ["submit", "execute_and_409"],
    1,
    ["clip unknown"],
    "ambiguous",
    "it may have been billed",
  ),
  row(
    "provider.unclear",
    "after it is sent",
    ["submit", "execute_and_500"],
    1,
    ["clip unknown"],
    "ambiguous",
    "it may have been billed",
  ),
  row(
    "provider.unclear",
    "after it is sent",
    ["image", "conflict"],
    0,
    LOST_STILL,
    "ambiguous",
    "it may have been billed",
  ),
  row(
    "provider.unclear",
    "in the answer",
    ["image", "execute_and_cut_off"],
    2,
    LOST_STILL,
    "ambiguous",
    "it may have been billed",
  ),
  row(
    "provider.refused",
    "after it is sent",
    ["submit", "safety_400"],
    0,
    again("clip released", 2),
    "refused",
    "nothing was charged",
  ),
  row(
    "provider.refused",
    "in the answer",
    ["image", "image_refused"],
    1,
    ["keyframe spent"],
    "refused",
    "refused by the safety filter",
  ),
  row(
    "provider.refused",
    "in the answer",
    ["text", "text_refused"],
    1,
    ["storyboard spent"],
    "refused",
    "refused by the safety filter",
  ),
  // Google does not charge for it and does not say so: the ledger counts it.
  row(
    "provider.refused",
    "in the answer",
    ["image", "image_blocked"],
    0,
    ["keyframe spent"],
    "refused",
    "refused by the safety filter",
  ),
  row(
    "provider.refused",
    "at the operation",
    ["submit", "refused_absent"],
    1,
    ["clip spent"],
    "refused",
    "refused by the safety filter",
  ),
  row(
    "provider.refused",
    "at the operation",
    ["submit", "error_3_refused"],
    1,
    ["clip spent"],
    "refused",
    "refused by the safety filter",
  ),
  row(
    "provider.refused",
    "at the operation",
    ["submit", "refused_not_charged"],
    0,
    again("clip released", 2),
    "refused",
    "refused by the safety filter",
  ),
  row(
    "provider.truncated",
    "in the answer",
    ["text", "text_truncated"],
    3,
    UNFIT_TEXT,
    "rejected",
    "cut off at the limit",
  ),
  row("provider.bad_answer", "in the answer", ["text", "execute_and_garbage"], 3, UNFIT_TEXT, "rejected", "not JSON"),
  row(
    "provider.bad_answer",
    "in the answer",
    ["image", "execute_and_page"],
    1,
    ["keyframe spent"],
    "rejected",
    "nothing is bought again unasked",
  ),
  row(
    "provider.bad_answer",
    "in the answer",
    ["submit", "execute_and_nothing"],
    1,
    ["clip spent"],
    "rejected",
    "nothing is bought again unasked",
  ),
  row(
    "provider.bad_answer",
    "in the answer",
    ["submit", "wrong_operation_name"],
    1,
    ["clip spent"],
    "rejected",
    "an operation that is not ours",
  ),
  row(
    "provider.bad_answer",
    "at the operation",
    ["submit", "error_13"],
    1,
    ["clip spent"],
    "rejected",
    "it counts as charged",
  ),
  row(
    "provider.bad_answer",
    "at the operation",
    ["submit", "video_truncated"],
    1,
    ["clip spent"],
    "rejected",
    "the clip cannot be read",
  ),
  row(
    "provider.bad_answer",
    "at the operation",
    ["submit", "video_empty"],
    1,
    ["clip spent"],
    "rejected",
    "it counts as charged",
  ),
  row(
    "provider.failed",
    "at the operation",
    ["submit", "error_3"],
    0,
    ["clip released"],
    "failed",
    "the provider gave up",
  ),
];

function row(
  code: ProviderCode,
  when: When,
  fault: Row["fault"],
  billed: number,
  ledger: readonly string[],
  step: StepStatus,
  said: string,
): Row {
  return { code, when, fault, billed, ledger, step, said };
}

/** The film's word, the exit code of the command that follows it, and the API's answer to a plain `resume`. */
const CONSEQUENCES = {
  // It would go on by itself at midnight; where the day's quota stays used up, the user's limit ends it.
  queued: { film: "video_gen", exit: 3, resume: 202, rests: "failed" },
  failed: { film: "failed", exit: 1, resume: 202, rests: "failed" },
  ambiguous: { film: "held", exit: 3, resume: 409, rests: "held" },
  refused: { film: "held", exit: 3, resume: 409, rests: "held" },
  rejected: { film: "held", exit: 3, resume: 202, rests: "held" },
  gone: { film: "held", exit: 3, resume: 202, rests: "held" },
} as const satisfies Partial<Record<StepStatus, object>>;

/** What the bill calls a kind of work; nothing is billed for the others. */
const BILLED_AS = {
  storyboard: ["text"],
  keyframe: ["image"],
  animatic: [],
  clip: ["clip"],
  stitch: [],
} as const satisfies Record<StepKind, readonly (keyof ReturnType<typeof billOf>)[]>;

const isConsequence = (status: StepStatus): status is keyof typeof CONSEQUENCES => status in CONSEQUENCES;

const isFault = (fault: Row["fault"]): fault is readonly [Route, FaultName] => Array.isArray(fault);

const titleOf = ({ code, when, fault }: Row) =>
  [code, when, isFault(fault) ? fault.join(" ") : Object.keys(fault).join()] as const;

describe.each(ROWS.map((one) => [...titleOf(one), one] as const))("%s %s: %s", (code, _when, _fault, wanted) => {
  const { fault, billed, ledger, step, said } = wanted;

  test("costs what the table says", async () => {
    const ground = isFault(fault) ? createGround() : createGround("veo", { config: fault });
    if (isFault(fault)) plan(ground, ...fault);
    const end: End = await generate(ground, limited(wanted));
    if (!isConsequence(step)) throw new Error(`${step} is no end`);
    const { film, exit, resume, rests } = CONSEQUENCES[step];
    expect([end.exitCode, end.status, end.api.status]).toEqual([exit, film, 200]);
    expect(end.words).toContain(said);

    const { steps, submits } = await ground.repository.facts(end.id);
    const stopped = steps.find(({ status, failure }) => status === step && failure !== null);
    expect(stopped?.failure?.code).toBe(code);
    const own = submits.filter(({ stepId }) => stepId === stopped?.id).length;
    const entries = await ledgerOf(ground, end.id);
    expect(entries.slice(entries.length - own)).toEqual([...ledger]);
    expect(stopped && BILLED_AS[stopped.kind].map((kind) => billOf(ground)[kind])).toEqual([billed]);

    // What stays in the ledger covers the bill, whatever the command was told.
    const { body } = end.api;
    const owned = submits.filter(({ state }) => state !== "released").reduce((sum, { usd }) => sum + usd, 0);
    const bill = ground.fake.bill.filter(({ charged }) => charged).reduce((sum, { usd }) => sum + usd, 0);
    expect(owned).toBeGreaterThanOrEqual(bill);
    expect(body.status).toBe(film);

    const app = start(ground, limited(wanted));
    const resumed = await ground.clock.run(apiOf(app).post(`/api/projects/${end.id}/resume`, {}));
    expect([resumed.status, (await app.settle(end.id)).status]).toEqual([resume, rests]);
    const after = ground.fake.bill.filter(({ charged }) => charged).reduce((sum, { usd }) => sum + usd, 0);
    expect(after).toBe(bill);
  });
});

describe("the table", () => {
  const rowsOf = (code: ProviderCode) => ROWS.filter((one) => one.code === code);

  test("has a row for every failure of a provider", () => {
    expect(codes.filter((code) => rowsOf(code).length === 0)).toEqual([]);
  });

  test.each(codes)("%s: has a row for each thing it may have cost", (code) => {
    const billed = new Set(rowsOf(code).map((one) => (one.billed === 0 ? "free" : "charged")));
    const needed = { none: ["free"], unknown: ["free", "charged"], full: ["charged"] } as const;
    for (const what of needed[FAILURES[code].charge]) expect(billed).toContain(what);
  });

  test("never leaves a charge out of the ledger, and never returns one that may have been charged", () => {
    for (const { code, billed, ledger } of ROWS) {
      const owned = ledger.filter((entry) => !entry.includes("released")).length;
      expect([code, owned >= billed]).toEqual([code, true]);
      if (FAILURES[code].charge !== "none") expect([code, owned]).toEqual([code, ledger.length]);
    }
  });
});

/** What a command or a request is answered that meets the failure itself: exit code and HTTP status. */
const DIRECT = {
  "provider.invalid_request": [1, 422],
  "provider.not_configured": [2, 503],
  "provider.bad_key": [2, 502],
  "provider.no_permission": [2, 502],
  "provider.billing": [1, 502],
  "provider.model_unavailable": [2, 422],
  "provider.quota": [1, 503],
  "provider.quota_day": [1, 503],
  "provider.overloaded": [1, 503],
  "provider.unreachable": [1, 502],
  "provider.unclear": [1, 502],
  "provider.failed": [1, 502],
  "provider.refused": [3, 422],
  "provider.gone": [3, 502],
  "provider.truncated": [3, 502],
  "provider.bad_answer": [3, 502],
} as const satisfies Record<ProviderCode, readonly [exit: number, http: number]>;

test.each(codes)("%s: exit code and HTTP status", async (code) => {
  const [exit, http] = DIRECT[code];
  const failure = new VidpipeError(code, "no luck; nothing was charged");
  const cli = createCli({ openFails: failure });
  const { exitCode, stderr } = await cli.run("list");
  expect([exitCode, stderr]).toEqual([exit, "error: no luck; nothing was charged\n"]);
  const app = start(createGround());
  const api = apiOf({ ...app, service: { ...app.service, get: () => Promise.reject(failure) } });
  const { status, body } = await api.get("/api/projects/0196f0a0-0000-7000-8000-000000000000");
  expect([status, body]).toEqual([http, { detail: failure.message, code, status: http }]);
});
