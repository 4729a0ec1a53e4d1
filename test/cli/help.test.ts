import { describe, expect, test } from "bun:test";
import { createCli } from "./harness.ts";

const help = async (...argv: string[]) => {
  const { exitCode, stdout, stderr } = await createCli().run(...argv);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
};

/** Every command that the help lists: a line of two words or more below the title of a group. */
const listed = async (): Promise<string[]> =>
  [
    ...(await help())
      .split("Options of every command", 1)
      .join("")
      .matchAll(/^ {2}([a-z]+) {2,}\S/gm),
  ].map(([, name]) => name ?? "");

/** The command lines at the end of a help. */
const examplesOf = async (command: string): Promise<string> => {
  const text = await help(...(command === "" ? [] : [command]), "--help");
  return text.slice(text.indexOf("\nExamples\n"));
};

test("vidpipe alone shows the help", async () => {
  expect(await help()).toMatchInlineSnapshot(`
    "vidpipe 9.9.9: turns a prompt into a finished video of several scenes

    Usage: vidpipe COMMAND [OPTIONS]

    Make a film
      generate    Make a film from a prompt, a storyboard or a list of films
      resume      Continue a film where it stopped
      stitch      Join a film's clips again with other cuts or crossfades
      cancel      Stop a project and keep everything it has made

    Look and edit
      list        List projects, newest first
      status      Show a project's progress, cost and problems
      cost        Show what a project has bought, as a receipt
      plan        Show what is done, what is stale, and what resume would make and at what price
      storyboard  Print or change a project's storyboard
      still       Replace a keyframe with your own image
      clip        Use your own clip for a scene
      references  Show or replace a project's reference images
      library     Manage characters, places and products shared by many films

    Takes and history
      takes       List every take of every keyframe and clip
      retake      Make more takes of a keyframe or clip
      pick        Choose which take the film uses, and join it again
      history     List a project's revisions, change by change
      revert      Restore an earlier revision (its files are reused)

    Move and keep
      export      Export a film to an editing program, or a project as one file
      import      Import a bundled project without paying for anything again
      fork        Copy a project into a new one that reuses its files
      backup      Copy the database, even while films are being made
      verify      Check the database and every stored file

    Join files of your own
      join        Join video files of your own into one film

    Run a server
      serve       Run the HTTP API and the web page
      token       Generate an access token, or a secret for webhooks

    Set up
      doctor      Check that this machine can make films
      config      Show the effective settings and where each comes from
      trust       Let a folder's config.yaml and .env set everything
      untrust     Take back what 'trust' said of a folder
      adopt       Say that the data in this folder are yours

    Options of every command
          --config <file>  Use this config file (default: ./config.yaml)
          --verbose        Print what happens in detail on standard error (log level debug)
      -h, --help           Show this help
      -v, --version        Show the version

    Examples
      vidpipe generate "A cat exploring Tokyo at night. She finds a lantern. Dawn breaks over the bay."
      vidpipe list
      vidpipe resume 0199c3a1-5b7e
      vidpipe serve --port 9000

    Exit codes
      0    done, or ready for the review you asked for
      1    failed
      2    wrong usage or configuration; nothing was made
      3    waiting for you, or for a day's quota: 'vidpipe status ID' shows for what
      130  interrupted; everything is kept, 'vidpipe resume ID' continues

    'vidpipe COMMAND --help' shows the arguments, options and examples of a command.
    "
  `);
});

test("--help, -h, help and --verbose alone show the same as vidpipe alone", async () => {
  const text = await help();
  for (const argv of [["--help"], ["-h"], ["help"], ["--verbose"]]) expect(await help(...argv)).toBe(text);
});

test("--version and -v print the version alone", async () => {
  for (const flag of ["--version", "-v"]) expect(await help(flag)).toBe("9.9.9\n");
});

test("generate --help", async () => {
  expect(await help("generate", "--help")).toMatchInlineSnapshot(`
    "Make a film from a prompt, a storyboard or a list of films

    Usage: vidpipe generate [PROMPT] [OPTIONS]

    Arguments
      PROMPT  What the film shows, in a sentence or a whole script; - reads standard input

    Options
      -f, --file <file>              Read the prompt from a file
          --style <text>             The look in a few words, e.g. watercolor (default: cinematic)
          --aspect-ratio <16:9|9:16|1:1>
                                     Width to height of the picture
          --clip-duration <seconds>  Length of each clip
          --scenes <number>          Exact number of scenes
          --seed <number>            Seed: the same one repeats the film where the model supports it
          --provider <auto|offline|google>
                                     The service that makes the film
          --crossfade <seconds>      Length of the crossfade between scenes; 0 is hard cuts (default: 0)
          --storyboard <file>        Film this storyboard (YAML or JSON) instead of having one written
                                     from the prompt
          --batch <file>             Make every film of a list (YAML, JSON or CSV)
          --until <storyboard|keyframes|animatic|clips|film>
                                     Stop after this stage for your review; 'vidpipe resume ID'
                                     continues
          --reference <[name=]file...>
                                     Image of a character, place or product in the film; may be given
                                     several times
          --cast <name,...>          Library entries that appear in the film; may be given several times
          --start-image <file>       Your own image as the first keyframe
          --max-cost <usd>           Never spend more than this, on all films together
          --dry-run                  Show the estimate; make nothing and pay nothing
      -o, --output <file>            Copy the film to this file
          --json                     Print events and the result as one JSON object per line
      -q, --quiet                    Print only the film's path
      -y, --yes                      Do not ask before spending

    Options of every command
          --config <file>  Use this config file (default: ./config.yaml)
          --verbose        Print what happens in detail on standard error (log level debug)
      -h, --help           Show this help

    Examples
      vidpipe generate "A cat exploring Tokyo at night" --scenes 4 --output cat.mp4
      vidpipe generate --file script.txt --aspect-ratio 9:16 --crossfade 0.5
      echo "Waves at dusk" | vidpipe generate - --provider offline --json
      vidpipe generate "A lighthouse in a storm" --provider google --dry-run
      vidpipe generate "Mika finds a lantern" --reference "Mika=mika.png" --start-image opening.png
      vidpipe generate "Mika finds a lantern in the Harbour" --cast Mika,Harbour
      vidpipe generate "A lighthouse in a storm" --provider google --max-cost 5 --yes
      vidpipe generate "A lighthouse in a storm" --until storyboard
      vidpipe generate --storyboard film.yaml
      vidpipe generate --batch films.csv --max-cost 20
    "
  `);
});

test("resume --help", async () => {
  expect(await help("resume", "--help")).toMatchInlineSnapshot(`
    "Continue a film where it stopped

    Files that exist already are reused; only what is missing is made and paid for.

    Usage: vidpipe resume ID [OPTIONS]

    Arguments
      ID  A project's id, or the start of it

    Options
          --max-cost <usd>   Never spend more than this on the film
          --retry-ambiguous  Repeat paid calls whose answer was lost; they may be billed twice
          --retry-refused    Try again what the safety filter refused; it may be billed again
          --use-rejected     Use what was paid for although it does not fit: cut to shape, or a
                             storyboard of another length
          --fit <crop|pad>   With --use-rejected: cut a still to shape, or add bars (default crop)
          --retry-rejected   Buy again what was paid for and does not fit
          --retry-gone       Buy again what the provider does not know any more
          --model <text>     Make what is not made yet with this model; what is made stays
          --skip-blocked     Leave out scenes that cannot be made
          --retry-skipped    Make the scenes that were left out before
          --until <storyboard|keyframes|animatic|clips|film>
                             Stop after this stage for your review; 'vidpipe resume ID' continues
      -o, --output <file>    Copy the film to this file
          --json             Print events and the result as one JSON object per line
      -q, --quiet            Print only the film's path
      -y, --yes              Do not ask before spending

    Options of every command
          --config <file>  Use this config file (default: ./config.yaml)
          --verbose        Print what happens in detail on standard error (log level debug)
      -h, --help           Show this help

    Examples
      vidpipe resume 0199c3a1-5b7e
      vidpipe resume 0199c3a1-5b7e --until keyframes
      vidpipe resume 0199c3a1-5b7e --max-cost 10 --output film.mp4
    "
  `);
});

test("retake --help", async () => {
  expect(await help("retake", "--help")).toMatchInlineSnapshot(`
    "Make more takes of a keyframe or clip

    The film does not change until you pick a take. A retake whose answer was lost also waits for you,
    but does not block the film.

    Usage: vidpipe retake ID [OPTIONS]

    Arguments
      ID  A project's id, or the start of it

    Options
          --scene <number>        The scene, counted from 1 (required)
          --keyframe <start|end>  Its first or last keyframe
          --clip                  Its clip (the default without --keyframe)
          --prompt <text>         Use this prompt instead of the storyboard's
          --seed <number>         Use this seed
          --model <text>          Use this model of the same provider
          --takes <number>        How many takes to make (default: 1)
          --pick                  Use the new take in the film as soon as it is made; only with one take
      -o, --output <file>         Copy the film to this file
          --json                  Print events and the result as one JSON object per line
      -q, --quiet                 Print only the film's path
      -y, --yes                   Do not ask before spending

    Options of every command
          --config <file>  Use this config file (default: ./config.yaml)
          --verbose        Print what happens in detail on standard error (log level debug)
      -h, --help           Show this help

    Examples
      vidpipe retake 0199c3a1-5b7e --scene 3 --takes 3
      vidpipe retake 0199c3a1-5b7e --scene 3 --keyframe end --prompt "The cat looks up." --pick
    "
  `);
});

test("status --help", async () => {
  expect(await help("status", "--help")).toMatchInlineSnapshot(`
    "Show a project's progress, cost and problems

    Usage: vidpipe status ID [OPTIONS]

    Arguments
      ID  A project's id, or the start of it

    Options
          --json  Print one JSON object per line

    Options of every command
          --config <file>  Use this config file (default: ./config.yaml)
          --verbose        Show how well all scenes join; print what happens in detail on standard error
                           (log level debug)
      -h, --help           Show this help

    Examples
      vidpipe status 0199c3a1-5b7e
      vidpipe status 0199c3a1-5b7e --json
    "
  `);
});

test("list --help", async () => {
  expect(await help("list", "--help")).toMatchInlineSnapshot(`
    "List projects, newest first

    Usage: vidpipe list [OPTIONS]

    Options
          --limit <number>   At most this many (default: 50)
          --status <status>  Only projects with this status: pending, storyboarding, keyframing,
                             video_gen, stitching, complete, review, held, failed, cancelled
          --json             Print one JSON object per line

    Options of every command
          --config <file>  Use this config file (default: ./config.yaml)
          --verbose        Print what happens in detail on standard error (log level debug)
      -h, --help           Show this help

    Examples
      vidpipe list
      vidpipe list --status held --json
    "
  `);
});

test("on a narrow terminal, help wraps its texts and keeps commands to copy whole", async () => {
  const { stdout } = await createCli({ columns: 60 }).run("pick", "--help");
  expect(stdout).toMatchInlineSnapshot(`
    "Choose which take the film uses, and join it again

    Usage: vidpipe pick ID [OPTIONS]

    Arguments
      ID  A project's id, or the start of it

    Options
          --scene <number>       The scene, counted from 1
                                 (required)
          --keyframe <start|end>
                                 Its first or last keyframe
          --clip                 Its clip (the default without
                                 --keyframe)
          --take <number>        Which take; 'vidpipe takes ID'
                                 lists them (required)
      -o, --output <file>        Copy the film to this file
          --json                 Print events and the result as
                                 one JSON object per line
      -q, --quiet                Print only the film's path

    Options of every command
          --config <file>  Use this config file (default:
                           ./config.yaml)
          --verbose        Print what happens in detail on
                           standard error (log level debug)
      -h, --help           Show this help

    Examples
      vidpipe pick 0199c3a1-5b7e --scene 3 --take 2
      vidpipe pick 0199c3a1-5b7e --scene 3 --keyframe end --take 2
    "
  `);
});

describe("every command", () => {
  test("is listed once, in a group, with one line", async () => {
    const commands = await listed();
    expect(commands).toHaveLength(31);
    expect(new Set(commands).size).toBe(31);
    for (const command of commands) expect(await help(command, "--help")).toContain(`Usage: vidpipe ${command}`);
  });

  test("shows usage, examples of itself, and the options every command has", async () => {
    for (const command of await listed()) {
      const text = await help(command, "--help");
      expect(text).toMatch(new RegExp(`\nExamples\n(?: {2}.*\n)* {2}.*vidpipe ${command}\\b`));
      for (const option of ["-h, --help", "--config <file>", "--verbose "]) expect(text).toContain(option);
    }
  });

  test("has examples that use only options it has", async () => {
    for (const command of ["", ...(await listed())])
      for (const [, named = "", rest = ""] of (await examplesOf(command)).matchAll(
        /vidpipe ([a-z]+)(?!.*vidpipe)(.*)$/gm,
      )) {
        const known = await help(named, "--help");
        for (const [option] of rest.matchAll(/(?<= )--?[a-z][a-z-]*/g))
          expect(known).toMatch(new RegExp(`${option}\\b`));
      }
  });

  test("describes each option, beside it or below", async () => {
    for (const command of await listed()) {
      const lines = (await help(command, "--help")).split("\n");
      const isBare = (line: string, index: number) =>
        /^ {2}(-\w, | {4})--/.test(line) && !/\S {2,}[A-Z]/.test(line) && !/^ {10,}[A-Z]/.test(lines[index + 1] ?? "");
      expect(lines.filter(isBare)).toEqual([]);
    }
  });

  test("has no line wider than 100 columns but the commands to copy", async () => {
    for (const command of await listed()) {
      const [texts = ""] = (await help(command, "--help")).split("\nExamples\n");
      for (const line of texts.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    }
  });
});

/** Words that the help of a command gives as the values of its options: `--until <storyboard|film>`. */
const hintsOf = (text: string): (readonly [option: string, hint: string])[] =>
  [...text.matchAll(/(--[a-z-]+) <([^>]+)>/g)].map(([, option = "", hint = ""]) => [option, hint] as const);

/** A list of values too long to stand with the option ends what the option means: ": a, b, c". */
const longHintOf = (text: string, option: string): string | undefined =>
  new RegExp(`${option} <[a-z]+> +[^:]*: ((?:\\w+,\\s+){7,}\\w+)`).exec(text)?.[1]?.split(/,\s+/).join("|");

/** Words that a refusal names: "must be one of a, b, c" or "must be a, b or c". */
const wordsOf = (stderr: string): string[] | undefined =>
  /must be (?:one of )?([^ ,]+(?:, [^ ,]+)+(?: or [^ ,]+)?), not "/.exec(stderr)?.[1]?.split(/, | or /);

/** A command line with everything the command needs, and one option more. */
const lineFor = (command: string, text: string, option: string, value: string): string[] => {
  const needed = [...text.matchAll(/(--[a-z-]+) <[^>]+>[^-]*?\(required\)/g)].map(([, name = ""]) => name);
  const others = needed.filter((name) => name !== option).flatMap((name) => [name, "1"]);
  const [, positionals = ""] = new RegExp(`Usage: vidpipe ${command}(.*) \\[OPTIONS\\]`).exec(text) ?? [];
  const words = positionals.split(" ").filter((word) => /^[A-Z]+$/.test(word));
  const action = command === "library" ? ["add", "Mika", "--description", "A cat"] : words.map(() => "0193");
  return [command, ...(command === "generate" ? ["A cat"] : action), ...others, option, value];
};

describe("the values that help names", () => {
  /** Tries every option of a command with a word that no list has. Returns the options that take one of some words. */
  async function checkHints(command: string): Promise<string[]> {
    const text = await help(command, "--help");
    const seen: string[] = [];
    for (const [option, hint] of hintsOf(text)) {
      const line = lineFor(command, text, option, "no-such-word");
      const { stderr } = await createCli({ openFails: new Error("opened") }).run(...line);
      const values = wordsOf(stderr);
      const shown = hint.includes("|") ? hint : longHintOf(text, option);
      expect([command, option, values?.join("|")]).toEqual([command, option, shown]);
      if (values !== undefined) seen.push(`${command} ${option}`);
    }
    return seen;
  }

  test("are those that the option takes, for every option of every command", async () => {
    const seen: string[] = [];
    for (const command of await listed()) seen.push(...(await checkHints(command)));
    expect(seen).toEqual([
      "generate --aspect-ratio",
      "generate --provider",
      "generate --until",
      "resume --fit",
      "resume --until",
      "stitch --boundary-frame",
      "list --status",
      "library --kind",
      "retake --keyframe",
      "pick --keyframe",
      "fork --until",
      "join --transition",
      "join --fit",
      "join --interpolate",
    ]);
  });

  test("one letter wrong is met with the right word", async () => {
    const cases: [argv: string[], meant: string][] = [
      [["generate", "a", "--aspect-ratio", "16:8"], "16:9"],
      [["generate", "a", "--provider", "gogle"], "google"],
      [["generate", "a", "--until", "keyframe"], "keyframes"],
      [["list", "--status", "hold"], "held"],
      [["stitch", "0193", "--boundary-frame", "dropp"], "drop"],
      [["library", "lst"], "list"],
    ];
    for (const [argv, meant] of cases) {
      const { exitCode, stderr } = await createCli().run(...argv);
      expect({ exitCode, meant: /; did you mean (\S+)\?\n/.exec(stderr)?.[1] }).toEqual({ exitCode: 2, meant });
    }
  });
});

test("help COMMAND is COMMAND --help, wherever -h stands", async () => {
  const text = await help("stitch", "--help");
  expect(await help("help", "stitch")).toBe(text);
  expect(await help("-h", "stitch")).toBe(text);
  expect(await help("stitch", "--nonsense", "-h")).toBe(text);
});

test("help without colours has none, and has them where they are wanted", async () => {
  expect(await help("generate", "--help")).not.toContain("\u001b");
  expect((await createCli({ columns: 80, isColored: true }).run("generate", "--help")).stdout).toContain(
    "\u001b[1mOptions",
  );
});
