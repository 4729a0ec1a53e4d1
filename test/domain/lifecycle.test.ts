import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FAILURES } from "../../src/domain/errors.ts";
import { nextStatus, STEP_EVENTS, STEP_FLOW, STEP_STATUSES } from "../../src/domain/lifecycle.ts";

const walk = fc.array(fc.constantFrom(...STEP_EVENTS), { maxLength: 40 });

describe("the state table", () => {
  test("reaches every status from queued", () => {
    const seen = new Set<string>(["queued"]);
    const open: (typeof STEP_STATUSES)[number][] = ["queued"];
    for (let status = open.pop(); status !== undefined; status = open.pop()) {
      for (const next of Object.values(STEP_FLOW[status])) {
        if (!seen.has(next)) open.push(next);
        seen.add(next);
      }
    }
    expect([...seen].toSorted((a, b) => a.localeCompare(b))).toEqual(
      [...STEP_STATUSES].toSorted((a, b) => a.localeCompare(b)),
    );
  });

  test("lets nothing leave done: what was made is never unmade", () => {
    expect(STEP_EVENTS.filter((event) => nextStatus("done", event) !== undefined)).toEqual([]);
  });

  test("enters running by a claim only", () => {
    const ways = STEP_STATUSES.flatMap((status) =>
      STEP_EVENTS.filter((event) => nextStatus(status, event) === "running"),
    );
    expect(new Set(ways)).toEqual(new Set(["claim"]));
  });

  test("never leads from ambiguous to running without going through the user's redo or confirm", () => {
    fc.assert(
      fc.property(walk, (events) => {
        let status: (typeof STEP_STATUSES)[number] = "ambiguous";
        let asked = false;
        for (const event of events) {
          const next = nextStatus(status, event);
          if (next === undefined) continue;
          asked ||= event === "redo" || event === "confirm";
          status = next;
          if (status === "running") expect(asked).toBe(true);
        }
      }),
    );
  }, 0);
});

describe("the failure table", () => {
  test("never repeats a call of unknown fate as if it had not been charged", () => {
    const unknown = Object.values(FAILURES).filter((failure) => failure.charge === "unknown");
    expect(unknown.length).toBeGreaterThan(0);
    expect(FAILURES["provider.unclear"].charge).toBe("unknown");
  });

  test("gives every failure the area that its code begins with", () => {
    for (const [code, { area }] of Object.entries(FAILURES)) expect(code.split(".")[0]).toBe(area);
  });
});
