import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { clausesOf, divided, grouped, sentencesOf, unitsOf } from "../../../src/providers/offline/story/segment.ts";

describe("sentences", () => {
  test("end at full stops, but not after titles and initials", () => {
    expect(sentencesOf("Dr. Smith meets Mr. J. Jones at St. Mary's. They leave.")).toEqual([
      "Dr. Smith meets Mr. J. Jones at St. Mary's.",
      "They leave.",
    ]);
  });

  test("end at the full stops of other scripts", () => {
    expect(sentencesOf("夜の東京を探検する猫。灯籠を見つける。夜明け。")).toEqual([
      "夜の東京を探検する猫。",
      "灯籠を見つける。",
      "夜明け。",
    ]);
  });

  test("keep marks that stand alone with the sentence before", () => {
    expect(sentencesOf("Run! !!! Stop.")).toEqual(["Run! !!!", "Stop."]);
  });
});

describe("units of a text", () => {
  test("are its numbered items, without the numbers", () => {
    expect(unitsOf("1. A fox wakes\n2) It runs far\n- It sleeps")).toEqual(["A fox wakes", "It runs far", "It sleeps"]);
  });

  test("are the scenes of a script, each with its slug line", () => {
    expect(unitsOf("INT. KITCHEN - NIGHT\nMira pours tea.\n\nEXT. STREET - DAWN\nShe walks away. It rains.")).toEqual([
      "INT. KITCHEN - NIGHT. Mira pours tea.",
      "EXT. STREET - DAWN. She walks away. It rains.",
    ]);
  });

  test("are sentences when there is only one heading", () => {
    expect(unitsOf("# The trip\nA boat leaves. It sinks.")).toEqual(["# The trip A boat leaves.", "It sinks."]);
  });

  test("are never empty, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        fc.pre(text.trim() !== "");
        const units = unitsOf(text.trim());
        expect(units.length).toBeGreaterThan(0);
        expect(units.every((unit) => unit.trim() !== "")).toBe(true);
      }),
    );
  }, 0);
});

describe("dividing", () => {
  test("splits a sentence into the things that happen in it", () => {
    expect(clausesOf("A knight rides through a storm, finds a ruined castle and befriends a dragon")).toEqual([
      "A knight rides through a storm",
      "finds a ruined castle",
      "befriends a dragon",
    ]);
  });

  test("leaves a sentence in which one thing happens", () => {
    expect(clausesOf("An old keeper discovers a message in a bottle")).toEqual([
      "An old keeper discovers a message in a bottle",
    ]);
  });

  test("gives no more pieces than asked for", () => {
    const texts = fc.array(fc.constantFrom("he runs home, ", "and sees a fox ", "then sleeps, ", "a day."), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 12 }), (words, count) => {
        const units = unitsOf(words.join("").trim());
        expect(divided(units, count).length).toBeLessThanOrEqual(Math.max(count, units.length));
      }),
    );
  }, 0);
});

describe("grouping", () => {
  test("joins neighbours into exactly as many groups, losing and moving nothing", () => {
    const units = fc.array(fc.stringMatching(/^[a-z]{1,40}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(units, fc.nat({ max: 39 }), (words, less) => {
        const count = Math.max(1, words.length - less);
        const groups = grouped(words, count);
        expect(groups).toHaveLength(count);
        expect(groups.join(" ")).toBe(words.join(" "));
      }),
    );
  }, 0);
});
