import { describe, expect, test } from "bun:test";
import { castTable, projectTable, settingTable, table } from "../../src/cli/output/tables.ts";
import { fakeProjectId } from "../support/fake-service.ts";

const sinkOf = (columns: number | undefined) => ({
  isTerminal: columns !== undefined,
  columns: () => columns ?? 80,
  isColored: false,
});

const path = "/home/kim/films/vidpipe-data/films/01a20320-a202-7abc-8def-000000000001/clip-01-abcdef0123456789.mp4";
const operation = "projects/p/locations/us-central1/publishers/google/models/veo-3.1/operations/0192837465-abc";
const takes = [
  ["SCENE", "PIECE", "TAKE", "IN", "STATUS", "SEED", "COST", "MODEL", "FILE"],
  ["1", "start keyframe", "1", "*", "done", "7", "$0.13", "gemini-3-pro-image-preview", path],
  ["1", "clip", "2", "", "failed", "-", "$0.00", "veo-3.1-generate-001", "the provider gave up after a long while"],
];

describe("a table", () => {
  test("at 60 columns puts what does not fit on lines of its own, and a path is whole", () => {
    expect(table(takes, sinkOf(60))).toMatchInlineSnapshot(`
      "SCENE  PIECE           TAKE  IN  STATUS  SEED  COST
        MODEL  FILE
      1      start keyframe  1     *   done    7     $0.13
        gemini-3-pro-image-preview
        /home/kim/films/vidpipe-data/films/01a20320-a202-7abc-8def-000000000001/clip-01-abcdef0123456789.mp4
      1      clip            2         failed  -     $0.00
        veo-3.1-generate-001
        the provider gave up after a long while
      "
    `);
  });

  test("at 80 columns", () => {
    expect(table(takes, sinkOf(80))).toMatchInlineSnapshot(`
      "SCENE  PIECE           TAKE  IN  STATUS  SEED  COST
        MODEL  FILE
      1      start keyframe  1     *   done    7     $0.13
        gemini-3-pro-image-preview
        /home/kim/films/vidpipe-data/films/01a20320-a202-7abc-8def-000000000001/clip-01-abcdef0123456789.mp4
      1      clip            2         failed  -     $0.00
        veo-3.1-generate-001  the provider gave up after a long while
      "
    `);
  });

  test("at 200 columns is one line for each row", () => {
    const lines = table(takes, sinkOf(200)).trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toEndWith(`gemini-3-pro-image-preview  ${path}`);
  });

  test("for a program is one line for each row, with every value whole", () => {
    const lines = table(takes, sinkOf(undefined)).trimEnd().split("\n");
    expect(lines.map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      "FILE",
      path,
      "the provider gave up after a long while",
    ]);
  });

  test("wraps words beside the other cells where there is room, each line in its column", () => {
    const cast = [
      {
        name: "Mika",
        kind: "character" as const,
        hasPicture: true,
        description: "A black cat with one white paw and green eyes",
      },
    ];
    expect(castTable(cast, sinkOf(60))).toMatchInlineSnapshot(`
      "NAME  KIND       PICTURE  DESCRIPTION
      Mika  character  yes      A black cat with one white paw
                                and green eyes
      "
    `);
  });

  test("of settings is not widened by one long value", () => {
    const unset = { source: "default", origin: "default", isFound: false, trust: "default", untrusted: null } as const;
    const settings = [
      { key: "provider", value: "auto", ...unset },
      { key: "pipeline.max_scenes", value: 15, ...unset },
      { key: "server.port", value: 8000, ...unset },
      {
        key: "storage.tmp_dir",
        value: path,
        source: "config.yaml",
        origin: "config.yaml",
        isFound: true,
        trust: "found",
        untrusted: null,
      },
    ] as const;
    expect(settingTable(settings, sinkOf(60))).toMatchInlineSnapshot(`
      "KEY                  VALUE  FROM         TRUST
      provider             auto   default
      pipeline.max_scenes  15     default
      server.port          8000   default
      storage.tmp_dir
        /home/kim/films/vidpipe-data/films/01a20320-a202-7abc-8def-000000000001/clip-01-abcdef0123456789.mp4
        config.yaml  found
      "
    `);
  });

  test("of projects shows each prompt on one line", () => {
    const prompt =
      "A cat exploring Tokyo at night. She finds a lantern. Dawn breaks over the bay, and a boat comes home.";
    const items = [
      {
        id: fakeProjectId(1),
        prompt,
        status: "complete" as const,
        createdAtMs: 0,
        updatedAtMs: 0,
        hasStill: false,
        title: null,
        durationSeconds: null,
      },
    ];
    expect(projectTable(items, sinkOf(60))).toMatchInlineSnapshot(`
      "ID             STATUS    CREATED
        PROMPT
      01a20320-a201  complete  1970-01-01 00:00 UTC
        A cat exploring Tokyo at night. She finds a lantern. Daw…
      "
    `);
    expect(projectTable(items, sinkOf(undefined))).toContain(prompt);
  });

  test("at any width loses no word of a row", () => {
    const rows = [...takes, ["2", "clip", "1", "*", "done", "-", "$1.00", "veo-3.1-generate-001", operation]];
    const words = rows
      .flat()
      .flatMap((cell) => cell.split(" "))
      .filter(Boolean);
    for (let columns = 1; columns <= 260; columns += 7) {
      const shown = table(rows, sinkOf(columns)).split(/\s+/).filter(Boolean);
      expect(shown.toSorted()).toEqual(words.toSorted());
    }
  });

  test("at any width no line passes the edge unless it is one word", () => {
    for (let columns = 10; columns <= 260; columns += 7) {
      const wide = table(takes, sinkOf(columns))
        .split("\n")
        .filter((line) => line.length >= columns);
      expect(wide.filter((line) => line.trim().includes(" "))).toEqual([]);
    }
  });
});
