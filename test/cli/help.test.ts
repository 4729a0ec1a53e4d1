import { expect, test } from "bun:test";
import { createCli } from "./harness.ts";

const COMMANDS = [
  ...["generate", "status", "list", "resume", "stitch", "cancel", "serve", "backup", "verify", "config", "doctor"],
  ...["storyboard", "plan", "retake", "takes", "pick", "history", "revert"],
];

const help = async (...argv: string[]) => {
  const { exitCode, stdout, stderr } = await createCli().run(...argv);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
};

test("vidpipe alone shows the help", async () => {
  expect(await help()).toMatchInlineSnapshot(`
    "A prompt goes in, a finished multi-scene video comes out (vidpipe v9.9.9)

    USAGE vidpipe [OPTIONS] generate|status|list|resume|storyboard|plan|retake|takes|pick|history|revert|stitch|still|references|library|cancel|cost|export|import|fork|serve|token|backup|verify|config|doctor

    OPTIONS

      --config=<file>    Use this config file (default: ./config.yaml)
           -h, --help    Show this help
        -v, --version    Show the version

    COMMANDS

        generate    Make a film from a prompt
          status    Show how a project stands
            list    List projects, newest first
          resume    Go on with a film where it stopped
      storyboard    Print a film's storyboard as a file, or change it
            plan    Show what is made, what is stale, and what resume would make and buy
          retake    Make further takes of a still or clip, beside the one in the film
           takes    Show every take of every still and clip
            pick    Put a take in its place and join the film again
         history    Show how a film was directed, change by change
          revert    Go back to how a film was directed; what was made for it is still there
          stitch    Join a film's clips again, in another way
           still    Put a picture of your own in the place of a still
      references    Show or replace who and what is in a film
         library    Characters, places and products for many films
          cancel    Stop a project and keep everything it has made
            cost    Show every paid call of a project
          export    Take a film elsewhere: to an editing program, or whole to another machine
          import    Take in a project that was bundled elsewhere, without paying again
            fork    Begin a new project with everything this one has made
           serve    Run the HTTP API
           token    Make a token for the server's settings
          backup    Copy the database, also while films are made
          verify    Check every stored file and the database
          config    Show the settings in force and where each comes from
          doctor    Check that films can be made here

    Use vidpipe <command> --help for more information about a command.

    EXAMPLES

      vidpipe generate "A cat exploring Tokyo at night. She finds a lantern. Dawn breaks over the bay."
      vidpipe list
      vidpipe resume 0199c3a1-5b7e
      vidpipe serve --port 9000

    EXIT CODES

      0    done, or ready for the review that was asked for
      1    failed
      2    wrong usage or configuration; nothing was made
      3    waiting for you: 'vidpipe status ID' says for what
      130  interrupted; everything is kept, 'vidpipe resume ID' goes on
    "
  `);
});

test("--help, -h and help show the same as vidpipe alone", async () => {
  const text = await help();
  for (const argv of [["--help"], ["-h"], ["help"]]) expect(await help(...argv)).toBe(text);
});

test("--version and -v print the version alone", async () => {
  for (const flag of ["--version", "-v"]) expect(await help(flag)).toBe("9.9.9\n");
});

test("generate --help", async () => {
  expect(await help("generate", "--help")).toMatchInlineSnapshot(`
    "Make a film from a prompt (vidpipe generate v9.9.9)

    USAGE vidpipe generate [OPTIONS] [PROMPT]

    ARGUMENTS

      PROMPT    What the film shows: a sentence or a whole script; - reads standard input

    OPTIONS

                         -f, --file=<file>    Read the prompt from a file
                           --style=<style>    The look, in a few words (default: cinematic)
            --aspect-ratio=<16:9|9:16|1:1>    Shape of the picture
                 --clip-duration=<seconds>    Length of each scene's clip
                         --scenes=<number>    Exact number of scenes
                           --seed=<number>    Make the same film again where the provider can
          --provider=<auto|offline|google>    Who makes it
                     --crossfade=<seconds>    Blend scenes into each other (default: hard cuts)
                       --storyboard=<file>    Film this storyboard (YAML or JSON); needs no prompt and no text model
                            --batch=<file>    Make every film of a list (YAML, JSON or CSV)
      --until=<storyboard|keyframes|clips>    Stop there for review; 'vidpipe resume ID' goes on
              --reference=<[name=]file...>    A picture of who or what is in the film; may be given several times
                         --cast=<name,...>    Who and what of the library is in the film; may be given several times
                      --start-image=<file>    A picture of your own as the first still
                          --max-cost=<usd>    Never spend more than this, on all films together
                                 --dry-run    Show what would be bought and for how much; make nothing
                       -o, --output=<file>    Copy the film here
                                    --json    Print events and the result as one JSON object per line
                               -q, --quiet    Print only the film's path
                                 -y, --yes    Do not ask before spending
                           --config=<file>    Use this config file (default: ./config.yaml)
                                -h, --help    Show this help

    EXAMPLES

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
    "Go on with a film where it stopped (vidpipe resume v9.9.9)

    USAGE vidpipe resume [OPTIONS] <ID>

    ARGUMENTS

      ID    A project's id, or the start of one (Required)

    OPTIONS

                          --max-cost=<usd>    New spending cap of the film
                         --retry-ambiguous    Buy again what may already have been bought
                           --retry-refused    Try again what the safety filter refused
                            --skip-blocked    Leave scenes out that cannot be made
      --until=<storyboard|keyframes|clips>    Stop there for review; 'vidpipe resume ID' goes on
                       -o, --output=<file>    Copy the film here
                                    --json    Print events and the result as one JSON object per line
                               -q, --quiet    Print only the film's path
                                 -y, --yes    Do not ask before spending
                           --config=<file>    Use this config file (default: ./config.yaml)
                                -h, --help    Show this help

    EXAMPLES

      vidpipe resume 0199c3a1-5b7e
      vidpipe resume 0199c3a1-5b7e --until keyframes
      vidpipe resume 0199c3a1-5b7e --max-cost 10 --output film.mp4
    "
  `);
});

test("stitch --help", async () => {
  expect(await help("stitch", "--help")).toMatchInlineSnapshot(`
    "Join a film's clips again, in another way (vidpipe stitch v9.9.9)

    USAGE vidpipe stitch [OPTIONS] <ID>

    ARGUMENTS

      ID    A project's id, or the start of one (Required)

    OPTIONS

                  --crossfade=<seconds>    0 is hard cuts (default: as before)
      --boundary-frame=<auto|keep|drop>    Leave out the frame that a hard cut shows twice (default: as before)
                              --explain    Show how the clips would be joined and why; make nothing
                    -o, --output=<file>    Copy the film here
                                 --json    Print events and the result as one JSON object per line
                            -q, --quiet    Print only the film's path
                        --config=<file>    Use this config file (default: ./config.yaml)
                             -h, --help    Show this help

    EXAMPLES

      vidpipe stitch 0199c3a1-5b7e --crossfade 0.5
      vidpipe stitch 0199c3a1-5b7e --crossfade 0 -o film.mp4
    "
  `);
});

test("status --help", async () => {
  expect(await help("status", "--help")).toMatchInlineSnapshot(`
    "Show how a project stands (vidpipe status v9.9.9)

    USAGE vidpipe status [OPTIONS] <ID>

    ARGUMENTS

      ID    A project's id, or the start of one (Required)

    OPTIONS

            --verbose    Show how well every two scenes meet
               --json    Print one JSON object per line
      --config=<file>    Use this config file (default: ./config.yaml)
           -h, --help    Show this help

    EXAMPLES

      vidpipe status 0199c3a1-5b7e
      vidpipe status 0199c3a1-5b7e --json
    "
  `);
});

test("list --help", async () => {
  expect(await help("list", "--help")).toMatchInlineSnapshot(`
    "List projects, newest first (vidpipe list v9.9.9)

    USAGE vidpipe list [OPTIONS]

    OPTIONS

      --limit=<number>    At most this many (default: 50)
       --status=<word>    Only projects with this status, e.g. held
                --json    Print one JSON object per line
       --config=<file>    Use this config file (default: ./config.yaml)
            -h, --help    Show this help

    EXAMPLES

      vidpipe list
      vidpipe list --status held --json
    "
  `);
});

test("serve --help", async () => {
  expect(await help("serve", "--help")).toMatchInlineSnapshot(`
    "Run the HTTP API (vidpipe serve v9.9.9)

    USAGE vidpipe serve [OPTIONS]

    OPTIONS

      --host=<address>    Where to listen (default: 127.0.0.1)
       --port=<number>    Port, 0 for any free one (default: 8000)
       --config=<file>    Use this config file (default: ./config.yaml)
            -h, --help    Show this help

    EXAMPLES

      vidpipe serve
      VIDPIPE_SERVER__AUTH_TOKEN=$(vidpipe token) vidpipe serve --host 0.0.0.0 --port 9000
    "
  `);
});

for (const command of ["cancel", "config", "doctor"]) {
  test(`${command} --help has usage, options and examples`, async () => {
    const text = await help(command, "--help");
    expect(text).toContain(`USAGE vidpipe ${command} [OPTIONS]`);
    expect(text).toMatch(new RegExp(`EXAMPLES\n\n {2}.*vidpipe ${command}`));
  });
}

test("help COMMAND is COMMAND --help, wherever -h stands", async () => {
  const text = await help("stitch", "--help");
  expect(await help("help", "stitch")).toBe(text);
  expect(await help("-h", "stitch")).toBe(text);
  expect(await help("stitch", "--nonsense", "-h")).toBe(text);
});

test("every command shows how to get help and where its config file is", async () => {
  for (const command of COMMANDS) {
    const text = await help(command, "--help");
    expect(text).toContain("-h, --help");
    expect(text).toContain("--config=<file>");
  }
});

test("no line of any help is wider than 120 columns", async () => {
  for (const command of COMMANDS)
    for (const line of (await help(command, "--help")).split("\n")) expect(line.length).toBeLessThanOrEqual(120);
});

test("help without colours has none", async () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape is what must not be there
  expect(await help("generate", "--help")).not.toMatch(/\u001b/);
});
