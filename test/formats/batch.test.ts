import { describe, expect, test } from "bun:test";
import { type BatchItem, MAX_BATCH, readBatch } from "../../src/formats/batch.ts";
import { problemLine } from "../../src/formats/problems.ts";

const problems = (text: string, name = "films.yaml") => readBatch(text, name).problems.map(problemLine);

describe("a batch file", () => {
  test("is a list in YAML or JSON, or a table in CSV, with the same films", () => {
    const films: Omit<BatchItem, "line">[] = [
      { prompt: "A cat, at night", scenes: 2, seed: 7, style: "noir" },
      { prompt: "1984", crossfade: 0.5, aspect_ratio: "9:16", clip_duration: 6, provider: "animatic" },
      { storyboard: "boards/three.yaml" },
    ];
    const yaml = `- prompt: "A cat, at night"
  scenes: 2
  seed: 7
  style: noir
- prompt: "1984"
  crossfade: .5
  aspect_ratio: "9:16"
  clip_duration: 6
  provider: animatic
- storyboard: boards/three.yaml
`;
    const csv = `prompt,scenes,seed,style,crossfade,aspect_ratio,clip_duration,provider,storyboard
"A cat, at night",2,7,noir,,,,,
1984,,,,0.5,9:16,6,animatic,
,,,,,,,,boards/three.yaml
`;
    const lines = (numbers: number[]) => films.map((film, n) => ({ ...film, line: numbers[n] }));
    expect(readBatch(yaml, "films.yaml").items).toEqual(lines([1, 5, 10]));
    expect(readBatch(JSON.stringify(films, null, 1), "films.json").items).toMatchObject(films);
    expect(readBatch(csv, "films.CSV").items).toEqual(lines([2, 3, 4]));
  });

  test("tells every wrong field with its line", () => {
    expect(problems('- prompt: "a"\n  scenes: 0\n- style: noir\n- promt: b\n- prompt: c\n  seed: many\n- 7\n')).toEqual(
      [
        "line 2: film 1: scenes must be 1 or more, not 0",
        "line 3: film 2: needs a prompt or a storyboard",
        "line 4: film 3: promt is not a known field: did you mean prompt?",
        'line 6: film 4: seed must be a number, not "many"',
        "line 7: film 5: must be a mapping: prompt: ...",
      ],
    );
    expect(problems('prompt,seed\n"two\nlines",x\n', "f.csv")).toEqual([
      'line 2: film 1: seed must be a number, not "x"',
    ]);
  });

  test("must be a list of films, not too many, with columns that exist", () => {
    expect(problems("prompt: a")).toEqual(["line 1: must be a list of films: - prompt: ..."]);
    expect(problems("")).toEqual(["there are no films in it"]);
    expect(problems("prompt\n", "f.csv")).toEqual(["there are no films in it"]);
    expect(problems("- prompt: a\n".repeat(MAX_BATCH + 1))).toEqual([
      `${MAX_BATCH + 1} films are too many: at most 200`,
    ]);
    expect(problems("prompt,sead\n", "f.csv")[0]).toStartWith('line 1: no column is called "sead": there are prompt,');
    expect(problems("seed,seed\n", "f.csv")).toEqual(["line 1: the column seed is there twice"]);
    expect(problems("prompt,seed\na\n", "f.csv")).toEqual(["line 2: has 1 fields where the head has 2"]);
  });
});
