import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { UserRecords } from "../../src/ports/user-records.ts";
import { createAdoption, createKnownData } from "../../src/services/adoption.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createTestStores } from "../support/test-app.ts";

const MARK = "0199c3a1-0000-7000-8000-000000000000";
const { provider } = createTestStores();
const providers = new Map([
  ["dear", { ...provider, name: "dear", local: false }],
  ["free", { ...provider, name: "free", local: true }],
]);

function memoryRecords(fails = false): UserRecords & { readonly written: Map<string, unknown> } {
  const written = new Map<string, unknown>();
  return {
    written,
    folder: "/home/kim/.config/vidpipe",
    read: (name) => written.get(name),
    write(name, value) {
      if (fails) throw new VidpipeError("storage.unusable", "HOME is not set: set XDG_CONFIG_HOME");
      written.set(name, value);
    },
  };
}

function process(records: UserRecords, isFound = true) {
  const warned: string[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (line: string) => void warned.push(line) };
  const known = createKnownData(records, { path: "/here/v.db", isFound }, { clock: createManualClock(), log });
  const adoption = () => createAdoption({ mark: MARK, isFound, known, providers });
  return { known, adoption, warned };
}

describe("data that were found", () => {
  test("drive what is free, and nothing else", () => {
    const { isKnown, refusal } = process(memoryRecords()).adoption();
    expect(isKnown).toBe(false);
    expect(refusal?.("free")).toBeNull();
    for (const name of ["dear", "unheard of"]) {
      expect(refusal?.(name)).toMatchObject({ code: "storage.not_adopted" });
      expect(refusal?.(name)?.message).toContain("'vidpipe adopt'");
    }
  });

  test("are known to every process after they were adopted; one that runs already stays careful", () => {
    const records = memoryRecords();
    const running = process(records).adoption();
    running.adopt();
    expect([...records.written]).toEqual([
      [`known-data/${MARK}`, { database: "/here/v.db", known_since: expect.stringMatching(/^\d{4}-/) }],
    ]);
    expect(running.refusal?.("dear")).not.toBeNull();
    const next = process(records).adoption();
    expect([next.isKnown, next.refusal, next.findings()]).toEqual([true, null, []]);
  });

  test("are a failure to doctor where a film would be refused, else a warning", () => {
    const adoption = process(memoryRecords()).adoption();
    expect([adoption.findings(true), adoption.findings()].map(([finding]) => finding?.level)).toEqual(["fail", "warn"]);
  });

  test("that this process made are known to it and to the next", () => {
    const records = memoryRecords();
    const { known, adoption, warned } = process(records);
    known.remember(MARK);
    expect([adoption().isKnown, process(records).adoption().isKnown, warned]).toEqual([true, true, []]);
  });

  test("that this process made go on where nothing can be remembered, with one line", () => {
    const { known, adoption, warned } = process(memoryRecords(true));
    known.remember(MARK);
    expect(adoption().isKnown).toBe(true);
    expect(warned).toEqual([
      expect.stringMatching(
        /XDG_CONFIG_HOME.*this command goes on.*VIDPIPE_STORAGE__DATABASE_URL names needs no record$/,
      ),
    ]);
    expect(process(memoryRecords(true)).adoption().isKnown).toBe(false);
    expect(() => adoption().adopt()).toThrow("XDG_CONFIG_HOME");
  });
});

test("data that were named need no word and leave no line", () => {
  const { known, adoption, warned } = process(memoryRecords(true), false);
  known.remember(MARK);
  expect([adoption().isKnown, adoption().refusal, adoption().findings(true), warned]).toEqual([true, null, [], []]);
});
