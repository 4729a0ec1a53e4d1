/** Every HTTP status, on the wire, for each paid call: what it is called, what is said of the charge, and the bill. */
import { afterAll, describe, expect, test } from "bun:test";
import type { FailureCode } from "../../../src/domain/errors.ts";
import { failureClass } from "../../../src/domain/errors.ts";
import type { Route, StatusFault } from "../../support/google-fake/faults.ts";
import { never } from "../../support/never.ts";
import {
  type Bench,
  bench,
  clipOrder,
  failureOf,
  keyframeOrder,
  removeFiles,
  STILLS,
  storyboardOrder,
} from "./harness.ts";

afterAll(removeFiles);

const NOT_CHARGED: Readonly<Record<number, FailureCode>> = {
  401: "provider.bad_key",
  402: "provider.billing",
  403: "provider.no_permission",
  404: "provider.model_unavailable",
  410: "provider.model_unavailable",
  429: "provider.quota",
};
/** Answers of something that gave up waiting, or of Google beside a request that may be under way. */
const IN_DOUBT = new Set([408, 409, 425, 499]);

/** Written from what may have been charged, not from the code. */
const meaningOf = (status: number): FailureCode =>
  status >= 500 || status < 400 || IN_DOUBT.has(status)
    ? "provider.unclear"
    : (NOT_CHARGED[status] ?? "provider.invalid_request");

// Bun answers a request itself for some of the statuses below 300, and 304 has no body: those are elsewhere.
const STATUSES = [301, 302, 303, 307, 308, ...Array.from({ length: 200 }, (_, n) => 400 + n)];

const PAID: readonly (readonly [Route, string, (at: Bench) => Promise<unknown>])[] = [
  ["text", "a storyboard", (at) => at.provider.writeStoryboard(storyboardOrder(at.models), at.models, null, never)],
  ["image", "a still", (at) => at.provider.drawKeyframe(keyframeOrder(at.models, true), at.models, null, never)],
  ["submit", "an Omni clip", (at) => at.provider.startClip(clipOrder(at.models), at.models, STILLS, never, null)],
];

describe.each(PAID)("%s: a bare status for %s", (route, _, buy) => {
  test("is one request, and free only where the status says that nothing was done", async () => {
    const at = bench();
    for (const status of STATUSES) {
      at.fake.script({ on: route, fault: `http_${status}` satisfies StatusFault });
      const failure = await failureOf(buy(at));
      const code = meaningOf(status);
      expect([status, failure.code]).toEqual([status, code]);
      expect(failure.facts.http_status).toBe(status);
      expect(failure.facts.charged).toBe(code === "provider.unclear" ? undefined : false);
      expect(failureClass(failure.code).charge).toBe(code === "provider.unclear" ? "unknown" : "none");
      expect(failure.message).not.toMatch(/asked for again|[\r\n]/);
    }
    expect(at.fake.requests).toHaveLength(STATUSES.length);
    expect(at.fake.bill).toEqual([]);
  });

  test("that hides a purchase is in doubt: nothing that was billed is called free", async () => {
    const at = bench();
    const hiding = STATUSES.filter((status) => meaningOf(status) === "provider.unclear");
    for (const status of hiding) {
      at.fake.script({ on: route, fault: `execute_and_http_${status}` satisfies StatusFault });
      expect((await failureOf(buy(at))).facts).not.toHaveProperty("charged");
    }
    expect(at.fake.bill).toHaveLength(hiding.length);
    expect(at.fake.requests).toHaveLength(hiding.length);
  });
});
