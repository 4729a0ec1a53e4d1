import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { spellOut } from "../../src/cli/input/usage-errors.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import { createFakeService, fakeComplete, fakeProject } from "../support/fake-service.ts";
import { createCli } from "./harness.ts";

const ID = "0193";
const film = () => createFakeService({ story: [fakeComplete()], projects: [fakeProject(fakeComplete())] });

/** Runs a wrong command line: nothing may be opened or made. */
async function wrong(...argv: string[]): Promise<string> {
  const cli = createCli({ service: film() });
  const { exitCode, stdout, stderr } = await cli.run(...argv);
  expect({ exitCode, stdout, deeds: cli.deeds }).toEqual({ exitCode: 2, stdout: "", deeds: [] });
  return stderr;
}

describe("wrong usage is one line and a hint, exit code 2, nothing made", () => {
  const hint = (of: string) => `run 'vidpipe ${of}--help' for help\n`;
  const cases: [argv: string[], line: string, of: string][] = [
    [["genrate", "x"], 'unknown command "genrate"; did you mean generate?', ""],
    [["generat"], 'unknown command "generat"; did you mean generate?', ""],
    [["constructor"], 'unknown command "constructor"', ""],
    [["help", "toString"], 'unknown command "toString"', ""],
    [["--verbos"], "unknown option --verbos; did you mean --verbose?", ""],
    [["generate"], "generate needs a prompt: as an argument, with --file, or - for standard input", "generate "],
    [["generate", "a", "cat"], 'unexpected argument "cat": put quotes around a prompt with spaces', "generate "],
    [["generate", "a", "--no-yes"], "unknown option --no-yes", "generate "],
    [
      ["generate", "a", "--aspectRatio", "1:1"],
      "unknown option --aspectRatio; did you mean --aspect-ratio?",
      "generate ",
    ],
    [["generate", "a", "--durration", "4"], "unknown option --durration; did you mean --clip-duration?", "generate "],
    [["generate", "a", "--max-costs", "4"], "unknown option --max-costs; did you mean --max-cost?", "generate "],
    [["generate", "a", "-x"], "unknown option -x", "generate "],
    [["generate", "a", "-qy"], "unknown option -qy", "generate "],
    [["generate", "a", "--style"], "--style needs a value: --style TEXT", "generate "],
    [["generate", "a", "--style", "--yes"], "--style needs a value: --style TEXT", "generate "],
    [["generate", "a", "--style", "-q"], "--style needs a value: --style TEXT", "generate "],
    [["generate", "a", "--style", "x", "--style=y"], "--style is given twice: once would do", "generate "],
    [["generate", "a", "--json=false"], '--json takes no value, not "false"; --json alone would do', "generate "],
    [["generate", "a", "--file", "b"], "give the prompt as an argument or with --file, not both", "generate "],
    [["status"], "status needs ID", "status "],
    [["status", "a", "b"], 'unexpected argument "b"', "status "],
    [["list", "all"], 'unexpected argument "all"', "list "],
    [["resume"], "resume needs ID", "resume "],
    [["still", ID], "still needs --keyframe NUMBER", "still "],
    [["still", ID, "--keyframe", "1"], "still needs --image FILE", "still "],
    [["pick", ID, "--scene", "1"], "pick needs --take NUMBER", "pick "],
    [["retake", ID], "retake needs --scene NUMBER", "retake "],
    [["cancel", "--", "a", "b"], 'unexpected argument "b"', "cancel "],
    [["config", "--api-key", "secret"], "unknown option --api-key", "config "],
  ];
  for (const [argv, line, of] of cases) {
    test(`vidpipe ${argv.join(" ")}`, async () => {
      expect(await wrong(...argv)).toBe(`error: ${line}\n${hint(of)}`);
    });
  }
});

describe("a wrong value is one line that names the flag, exit code 2, nothing made", () => {
  const cases: [argv: string[], line: string][] = [
    [["generate", ""], "the prompt is empty: describe the film in a sentence or more"],
    [["generate", " \n\t "], "the prompt is empty: describe the film in a sentence or more"],
    [["generate", "x".repeat(10_001)], "the prompt is longer than 10,000 characters"],
    [["generate", "a\u0000b"], "the prompt contains control characters: remove them"],
    [["generate", "a\u001b[2Jb"], "the prompt contains control characters: remove them"],
    [["generate", "a", "--clip-duration", "abc"], '--clip-duration must be a number, not "abc"; 6 would do'],
    [["generate", "a", "--clip-duration", "NaN"], '--clip-duration must be a number, not "NaN"; 6 would do'],
    [["generate", "a", "--clip-duration", "Infinity"], '--clip-duration must be a number, not "Infinity"; 6 would do'],
    [
      ["generate", "a", "--clip-duration", "1e999"],
      '--clip-duration must be a number of seconds, not "1e999"; 6 would do',
    ],
    [["generate", "a", "--clip-duration", "0"], '--clip-duration must be more than 0, not "0"; 6 would do'],
    [["generate", "a", "--clip-duration", "-4"], '--clip-duration must be more than 0, not "-4"; 6 would do'],
    [["generate", "a", "--clip-duration", "61"], '--clip-duration must be 60 or less, not "61"; 6 would do'],
    [["generate", "a", "--clip-duration", ""], '--clip-duration must be a number, not ""; 6 would do'],
    [["generate", "a", "--scenes", "0"], '--scenes must be 1 or more, not "0"; 4 would do'],
    [["generate", "a", "--scenes", "101"], '--scenes must be 100 or less, not "101"; 4 would do'],
    [["generate", "a", "--scenes", "2.5"], '--scenes must be a whole number, not "2.5"; 4 would do'],
    [["generate", "a", "--scenes", "0x3"], '--scenes must be a number, not "0x3"; 4 would do'],
    [["generate", "a", "--seed", "-1"], '--seed must be 0 or more, not "-1"; 42 would do'],
    [["generate", "a", "--seed", "4294967296"], '--seed must be 4,294,967,295 or less, not "4294967296"; 42 would do'],
    [
      ["generate", "a", "--aspect-ratio", "4:3"],
      '--aspect-ratio must be one of 16:9, 9:16, 1:1, not "4:3"; 16:9 would do',
    ],
    [["generate", "a", "--style", " "], '--style is empty ("" was given); watercolor would do'],
    [
      ["generate", "a", "--style", "x\u0007"],
      '--style contains control characters: remove them ("x?" was given); watercolor would do',
    ],
    [["generate", "a", "--crossfade", "-1"], '--crossfade must be 0 or more, not "-1"; 0.5 would do'],
    [["generate", "a", "--crossfade", "11"], '--crossfade must be 10 or less, not "11"; 0.5 would do'],
    [["generate", "a", "--max-cost", "-1"], '--max-cost must be 0 or more, not "-1"; 5 would do'],
    [["generate", "a", "--max-cost", "$5"], '--max-cost must be a number, not "$5"; 5 would do'],
    [
      ["generate", "a", "--provider", "openai"],
      '--provider must be auto, offline or google, not "openai"; auto would do',
    ],
    [["stitch", ID, "--crossfade", "-0.5"], '--crossfade must be 0 or more, not "-0.5"; 0.5 would do'],
    [["stitch", ID, "--crossfade=half"], '--crossfade must be a number, not "half"; 0.5 would do'],
    [["resume", ID, "--max-cost", "all"], '--max-cost must be a number, not "all"; 5 would do'],
    [["list", "--limit", "0"], '--limit must be 1 or more, not "0"; 20 would do'],
    [["serve", "--port", "70000"], '--port must be a whole number from 0 to 65,535, not "70000"; 8000 would do'],
    [["serve", "--port", "http"], '--port must be a whole number from 0 to 65,535, not "http"; 8000 would do'],
    [["serve", "--host", "my host"], '--host must be a host name or an IP address, not "my host"; 127.0.0.1 would do'],
    [["list", "--config", "none.yaml"], "there is no config file none.yaml"],
  ];
  for (const [argv, line] of cases) {
    test(`vidpipe ${JSON.stringify(argv).slice(1, 80)}`, async () => {
      expect(await wrong(...argv)).toBe(`error: ${line}\n`);
    });
  }

  test("list --status names the words there are", async () => {
    expect(await wrong("list", "--status", "done")).toStartWith(
      "error: --status must be one of pending, storyboarding,",
    );
  });

  test("with --json the failure is an object on stdout too", async () => {
    const { exitCode, objects, stderr } = await createCli().run("generate", "a", "--scenes", "0", "--json");
    expect(exitCode).toBe(2);
    const message = '--scenes must be 1 or more, not "0"; 4 would do';
    expect(objects).toEqual([{ type: "error", code: "input.invalid", message, exit_code: 2 }]);
    expect(stderr).toBe(`error: ${message}\n`);
  });
});

describe("what is right", () => {
  const created = async (...argv: string[]) => {
    const service = film();
    const { exitCode } = await createCli({ service }).run("generate", ...argv);
    expect(exitCode).toBe(0);
    return service.callsTo("create")[0]?.[0];
  };

  test("options may come before and after the prompt, with = or a space", async () => {
    const request = await created("--style=noir", "A cat", "--clip-duration", "4", "-q", "--scenes", "3", "--seed=7");
    expect(request).toMatchObject({ prompt: "A cat", style: "noir", clipDurationSeconds: 4, sceneCount: 3, seed: 7 });
  });

  test("what is not typed is left to the configuration", async () => {
    expect(Object.values(Object(await created("A cat"))).filter((value) => value !== undefined)).toEqual(["A cat"]);
  });

  test("a prompt may look like an option after -- and may start with a dash and a space", async () => {
    expect(await created("--", "--no-cats")).toMatchObject({ prompt: "--no-cats" });
    expect(await created("- a list of cats")).toMatchObject({ prompt: "- a list of cats" });
  });

  test("--config and other options may come before the command", async () => {
    const { exitCode, stderr } = await createCli().run("--config", "list", "status", "0193");
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "error: there is no config file list\n" });
    expect((await createCli({ service: film() }).run("--json", "list")).objects).toHaveLength(1);
  });

  test("--max-cost and --yes reach the service", async () => {
    const service = film();
    await createCli({ service }).run("generate", "A cat", "--max-cost", "2.5", "--yes");
    expect(service.callsTo("create")[0]?.[1]).toEqual({ maxCostUsd: 2.5, shownUsd: 0 });
  });
});

test("any words become options the command has, or one printable line", () => {
  const args = {
    prompt: { type: "positional", required: false },
    style: { type: "string", alias: "s" },
    json: { type: "boolean" },
  } as const;
  const word = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("--", "--style", "-s", "--json", "--style=x", "-"),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      try {
        const spelled = spellOut(words, args, "generate");
        const end = spelled.indexOf("--");
        for (const option of spelled.slice(0, end)) expect(option).toMatch(/^--(style=[\s\S]*|json)$/);
        expect(spelled.length - end - 1).toBeLessThanOrEqual(1);
      } catch (thrown) {
        if (!(thrown instanceof VidpipeError)) throw thrown;
        expect(thrown.message).toMatch(/^[^\p{Cc}\n]+$/u);
      }
    }),
    { numRuns: 500 },
  );
}, 0);
