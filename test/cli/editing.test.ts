import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import { runEditor } from "../../src/platform/editor.ts";
import { tempFolder } from "../support/media.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, type TestStores } from "../support/test-app.ts";
import { type Cli, type CliOptions, createCli } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "vidpipe-direct-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
async function fileOf(text: string, ending = "yaml"): Promise<string> {
  const path = join(folder, `${++files}.${ending}`);
  await Bun.write(path, text);
  return path;
}

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);
const idIn = (text: string): string => /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text)?.[0] ?? "no id";
const bills = ({ provider }: TestStores): string[] => provider.bills.map(({ what }) => what);
const line = (text: string, words: string): string => text.split("\n").find((l) => l.includes(words)) ?? "";

interface Set {
  readonly ground: TestStores;
  readonly cli: Cli;
  readonly id: string;
  /** What was bought since the film was made. */
  bought(): string[];
}

async function filmed(scenes = 3, options: CliOptions = {}, ...flags: string[]): Promise<Set> {
  const ground = createTestStores();
  const cli = createCli({ ...options, ground });
  const { stderr } = await cli.run("generate", "A cat", "--scenes", String(scenes), ...flags);
  const before = bills(ground).length;
  return { ground, cli, id: idIn(stderr), bought: () => bills(ground).slice(before) };
}

/** The storyboard as a file with words in it replaced. */
async function edited({ cli, id }: Set, from: string | RegExp, to: string): Promise<string> {
  const { stdout } = await cli.run("storyboard", id);
  const text = stdout.replace(from, to);
  expect(text).not.toBe(stdout);
  return fileOf(text);
}

describe("a film that stops for review", () => {
  test("says what is ready, what comes next, its price and the commands, and is no failure", async () => {
    const ground = createTestStores();
    const cli = createCli({ ground });
    const { exitCode, stdout, stderr } = await cli.run("generate", "A cat", "--scenes", "2", "--until", "keyframes");
    const id = idIn(stderr);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toContain(`review: the keyframes are ready`);
    expect(stderr).toEndWith(`next: 2 clips and the final film, for $2.00
continue with:
  vidpipe plan ${id}
  vidpipe storyboard ${id} --edit
  vidpipe resume ${id}
`);
    expect(bills(ground)).not.toContain("clip");
    const on = await cli.run("resume", id, "--until", "clips");
    expect(on.exitCode).toBe(0);
    expect(on.stderr).toContain("review: the clips are ready");
    const done = await cli.run("resume", id);
    expect([done.exitCode, done.stdout.trim().endsWith(".mp4")]).toEqual([0, true]);
    expect(bills(ground).filter((what) => what === "clip")).toHaveLength(2);
  });

  test("is asked about only as far as it goes", async () => {
    const cli = createCli({ ground: createTestStores() });
    const { stdout } = await cli.run("generate", "A cat", "--scenes", "2", "--until", "keyframes", "--dry-run");
    expect(stdout).toContain("keyframes");
    expect(stdout).not.toContain("clips");
    expect(stdout).toContain("$0.31");
  });

  test("in JSON, the result says what comes next", async () => {
    const cli = createCli({ ground: createTestStores() });
    const { objects } = await cli.run("generate", "A cat", "--scenes", "1", "--until", "storyboard", "--json");
    expect(objects.at(-1)).toMatchObject({
      type: "result",
      status: "review",
      exit_code: 0,
      next: { makes: "2 keyframes, 1 clip and the final film", usd: 1.2 },
    });
  });

  test("a stage that does not exist is refused", async () => {
    const { exitCode, stderr } = await createCli().run("generate", "A cat", "--until", "lunch");
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--until must be one of storyboard, keyframes, animatic, clips, film, not "lunch"');
  });
});

describe("a storyboard in a file", () => {
  test("is filmed without a prompt and without a text model", async () => {
    const made = await filmed(2);
    const file = await fileOf((await made.cli.run("storyboard", made.id, "--json")).stdout, "json");
    const ground = createTestStores();
    const { exitCode } = await createCli({ ground }).run("generate", "--storyboard", file);
    expect(exitCode).toBe(0);
    expect(bills(ground).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      ...["clip", "clip"],
      ...["keyframe", "keyframe", "keyframe"],
    ]);
    const { stdout } = await createCli({ ground: createTestStores() }).run(
      "generate",
      "--storyboard",
      file,
      "--dry-run",
    );
    expect(stdout).toContain("$2.30");
  });

  test("with problems is refused with a line for each, up to five, and nothing is made", async () => {
    const made = await filmed(3);
    const { stdout } = await made.cli.run("storyboard", made.id);
    const file = await fileOf(stdout.replace(/motion_prompt: .*/g, 'motion_prompt: ""'));
    const ground = createTestStores();
    const { exitCode, stderr } = await createCli({ ground }).run("generate", "--storyboard", file);
    expect(exitCode).toBe(2);
    expect(stderr.split("\n").slice(0, 4)).toEqual([
      expect.stringMatching(/^\S+yaml: line \d+: scenes\[0\]\.motion_prompt is empty$/),
      expect.stringMatching(/scenes\[1\]\.motion_prompt is empty$/),
      expect.stringMatching(/scenes\[2\]\.motion_prompt is empty$/),
      `error: ${file} has 3 problems: nothing was changed or made`,
    ]);
    expect(bills(ground)).toEqual([]);
    const missing = await made.cli.run("storyboard", made.id, "--import", join(folder, "none.yaml"));
    expect(missing.stderr).toContain("was not found");
  });
});

describe("pictures in a storyboard file", () => {
  /** A storyboard of two scenes in a folder of its own, with a line at its end. */
  async function sourceWith(line: string, picture: Uint8Array | string = PNG) {
    const made = await filmed(2);
    const { stdout } = await made.cli.run("storyboard", made.id);
    const file = join(tempFolder(), "film.yaml");
    await Bun.write(file, `${stdout.trimEnd()}\n    ${line}\n`);
    await Bun.write(join(dirname(file), "own.png"), picture);
    return { ...made, file, line: stdout.trimEnd().split("\n").length + 1 };
  }

  test("are found beside it, take their stills' places at no cost, and are told when it is printed", async () => {
    const { file } = await sourceWith("end_image: own.png");
    const ground = createTestStores();
    const cli = createCli({ ground });
    const { stderr } = await cli.run("generate", "--storyboard", file, "--until", "keyframes");
    expect(bills(ground)).toEqual(["keyframe", "keyframe"]);
    const printed = (await cli.run("storyboard", idIn(stderr))).stdout;
    expect(printed).toMatch(/# Your own picture: its last keyframe is keyframe-02-[0-9a-f]{12}\.png\.\n/);
    const again = await fileOf(printed);
    expect((await cli.run("storyboard", idIn(stderr), "--import", again)).stderr).toContain("did not change");
  });

  test("come into a film that is there, and their price is told first", async () => {
    const set = await sourceWith("end_image: own.png");
    const dry = await set.cli.run("storyboard", set.id, "--import", set.file, "--dry-run");
    expect(dry.stdout).toContain("would make 1 clip and the final film for $1.00");
    await set.cli.run("storyboard", set.id, "--import", set.file);
    expect(line((await set.cli.run("history", set.id)).stdout, "your own image")).toContain("keyframe 3");
    expect(set.bought()).toEqual([]);
  });

  test.each([
    ["end_image: none.png", PNG, "cannot be read"],
    ["end_image: .", PNG, "is not a file"],
    ["end_image: own.png", "words", "is neither PNG, JPEG nor WebP"],
    ["end_image: own.png", new Uint8Array(20 * 2 ** 20 + 1), "is larger than 20 MiB"],
  ])("%p that cannot be used is refused with its line", async (field, picture, why) => {
    const set = await sourceWith(field, picture);
    for (const argv of [
      ["storyboard", set.id, "--import", set.file],
      ["generate", "--storyboard", set.file],
    ]) {
      const { exitCode, stderr } = await set.cli.run(...argv);
      const path = field.split(" ")[1];
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringContaining(`film.yaml: line ${set.line}: scenes[1].end_image ${path} ${why}`),
      ]);
    }
    expect(set.bought()).toEqual([]);
  });

  test("the first still can be given once", async () => {
    const { file } = await sourceWith("end_image: own.png");
    await Bun.write(file, (await Bun.file(file).text()).replace("# start_image:", "start_image: own.png"));
    const own = join(dirname(file), "own.png");
    const { exitCode, stderr } = await createCli().run("generate", "--storyboard", file, "--start-image", own);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("the first keyframe is given twice")]);
  });
});

describe("storyboard --import", () => {
  test("says what becomes stale and the price, buys nothing, and resume bills just that", async () => {
    const set = await filmed(3);
    const file = await edited(set, /motion_prompt: .*/, "motion_prompt: It runs off.");
    const dry = await set.cli.run("storyboard", set.id, "--import", file, "--dry-run");
    expect(dry.stdout).toContain("clip of scene 1  stale  $1.00");
    expect(dry.stdout).toEndWith("would make 1 clip and the final film for $1.00\n");
    expect((await set.cli.run("plan", set.id, "--diff")).stdout).toBe(
      `nothing to make: project ${set.id} is up to date\n`,
    );
    const { exitCode, stderr } = await set.cli.run("storyboard", set.id, "--import", file);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("this change needs 1 clip and the final film, for $1.00; nothing is paid for before");
    expect(stderr).toContain("review: the film was changed");
    expect(stderr).toContain("the previous film is kept: ");
    expect(set.bought()).toEqual([]);
    expect((await set.cli.run("resume", set.id, "-q")).exitCode).toBe(0);
    expect(set.bought()).toEqual(["clip"]);
  });

  test("--patch keeps what comes after an edited still", async () => {
    const set = await filmed(3);
    const file = await edited(set, /end_frame_prompt: .*/, "end_frame_prompt: A cat on a boat.");
    const chain = await set.cli.run("storyboard", set.id, "--import", file, "--dry-run", "--json");
    expect(chain.objects.at(-1)).toMatchObject({ type: "plan", pieces: 7, total_usd: 3.3 });
    const patched = await set.cli.run("storyboard", set.id, "--import", file, "--dry-run", "--json", "--patch");
    expect(patched.objects.map(({ kind, position }) => [kind, position]).slice(0, -1)).toEqual([
      ["keyframe", 1],
      ["clip", 0],
      ["stitch", 0],
    ]);
    expect(patched.objects.at(-1)).toMatchObject({ total_usd: 1.1 });
  });

  test("of the same words changes nothing", async () => {
    const set = await filmed(2);
    const file = await fileOf((await set.cli.run("storyboard", set.id)).stdout);
    const { exitCode, stderr } = await set.cli.run("storyboard", set.id, "--import", file);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `the storyboard of project ${set.id} did not change\n`,
    });
  });

  test("reads standard input, and a removed scene with --patch only joins the film again", async () => {
    const set = await filmed(3);
    const { stdout } = await set.cli.run("storyboard", set.id);
    const [before = "", , after = ""] = stdout.split(/\n {2}# Scene [23]\n/);
    const stdin = (async function* () {
      yield new TextEncoder().encode(`${before}\n${after}`);
    })();
    const cli = createCli({ ground: set.ground, stdin });
    const { exitCode, stderr, stdout: path } = await cli.run("storyboard", set.id, "--import", "-", "--patch");
    expect([exitCode, path.trim().endsWith(".mp4")]).toEqual([0, true]);
    expect(stderr).toContain("this change needs the final film, for free\n");
    expect(set.bought()).toEqual([]);
  });

  test("before there is a storyboard, or with words that do not go together, is refused", async () => {
    const { cli, id } = await filmed(1);
    const refused = async (...argv: string[]) => (await cli.run("storyboard", id, ...argv)).stderr;
    expect(await refused("--edit", "--import", "x")).toContain("give --edit or --import, not both");
    expect(await refused("--patch")).toContain("--patch needs --edit or --import");
  });
});

describe("storyboard --edit", () => {
  const withEditor = (change: (text: string) => string, seen: string[] = [], exitCode = 0) => ({
    edit: async (path: string) => {
      seen.push(path);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      await Bun.write(path, change(await Bun.file(path).text()));
      return exitCode;
    },
  });

  test("takes the change over and leaves no file behind", async () => {
    const seen: string[] = [];
    const editor = withEditor((text) => text.replace(/motion_prompt: .*/, "motion_prompt: It runs off."), seen);
    const set = await filmed(2, editor);
    const { exitCode, stderr } = await set.cli.run("storyboard", set.id, "--edit");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("clip of scene 1");
    expect(existsSync(dirname(seen[0] ?? ""))).toBe(false);
    expect((await set.cli.run("storyboard", set.id)).stdout).toContain("It runs off");
  });

  test("an unchanged file and an editor that gives up change nothing", async () => {
    const seen: string[] = [];
    const same = await filmed(
      1,
      withEditor((text) => text, seen),
    );
    expect((await same.cli.run("storyboard", same.id, "-e")).stderr).toContain("did not change");
    const failing = await filmed(
      1,
      withEditor((text) => `${text}#`, seen, 1),
    );
    const { exitCode, stderr } = await failing.cli.run("storyboard", failing.id, "-e");
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: "error: the editor failed, nothing was changed: it ended with exit code 1\n",
    });
    expect(seen.filter((path) => existsSync(path))).toEqual([]);
  });

  test("an invalid file is kept and named, with the line", async () => {
    const seen: string[] = [];
    const set = await filmed(
      1,
      withEditor((text) => text.replace(/title: .*/, "title: 7"), seen),
    );
    const { exitCode, stderr } = await set.cli.run("storyboard", set.id, "--edit");
    const [path = ""] = seen;
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/storyboard\.yaml: line \d+: title must be text, not 7\n/);
    expect(stderr).toContain(`vidpipe storyboard ${set.id} --import ${path}`);
    expect(await Bun.file(path).text()).toContain("title: 7");
    rmSync(dirname(path), { recursive: true });
  });

  test("what was directed meanwhile is not overwritten", async () => {
    const seen: string[] = [];
    const ground = createTestStores();
    const other = createCli({ ground });
    const { stderr: made } = await other.run("generate", "A cat", "--scenes", "1");
    const id = idIn(made);
    const change = await edited({ ground, cli: other, id, bought: () => [] }, /title: .*/, "title: Theirs");
    const cli = createCli({
      ground,
      edit: async (path) => {
        seen.push(path);
        await Bun.write(path, (await Bun.file(path).text()).replace(/title: .*/, "title: Mine"));
        const theirs = createCli({ ground: { ...ground, clock: { ...ground.clock, run: (work) => work } } });
        await theirs.run("storyboard", id, "--import", change);
        return 0;
      },
    });
    const { exitCode, stderr } = await cli.run("storyboard", id, "--edit");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("was changed meanwhile");
    expect((await other.run("storyboard", id)).stdout).toContain("Theirs");
    for (const path of seen) rmSync(dirname(path), { recursive: true });
  });

  test("what was directed while own pictures are looked at is not undone", async () => {
    const { ground, id, cli } = await filmed(1);
    const theirs = createTestApp(ground);
    const found = await theirs.service.resolve(id);
    const { storyboard } = await theirs.service.get(found);
    if (storyboard === null) throw new Error("no storyboard");
    const file = await edited({ ground, cli, id, bought: () => [] }, /# start_image:.*/, "start_image: late.png");
    await Bun.write(join(dirname(file), "late.png"), PNG);
    const artifacts: TestStores["artifacts"] = {
      ...ground.artifacts,
      async put(...asked) {
        await theirs.editing.editStoryboard(
          found,
          { storyboard: { ...storyboard, title: "Theirs" }, patch: false },
          never,
        );
        return ground.artifacts.put(...asked);
      },
    };
    const { exitCode, stderr } = await createCli({ ground: { ...ground, artifacts } }).run(
      "storyboard",
      id,
      "--import",
      file,
    );
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("was changed meanwhile")]);
    expect((await cli.run("storyboard", id)).stdout).toContain("Theirs");
    rmSync(join(dirname(file), "late.png"));
  });
});

describe("plan", () => {
  test("lists every piece in the order of making, with reason and price", async () => {
    const set = await filmed(2);
    const file = await edited(set, /end_frame_prompt: .*/, "end_frame_prompt: A cat on a boat.");
    await set.cli.run("storyboard", set.id, "--import", file);
    const { stdout } = await set.cli.run("plan", set.id);
    expect(stdout.replace(set.id, "ID")).toMatchInlineSnapshot(`
      "PIECE            STATE    PRICE  MOST   WHY
      storyboard       current  -      -
      keyframe 1       current  -      -
      keyframe 2       stale    $0.10  $0.20  its inputs changed
      keyframe 3       stale    $0.10  $0.20  keyframe 2 is to be made
      clip of scene 1  stale    $1.00  $1.00  keyframe 2 is to be made
      clip of scene 2  stale    $1.00  $1.00  keyframe 2 is to be made
      final film       stale    free   -      clip of scene 1 is to be made
      vidpipe resume ID makes 2 keyframes, 2 clips and the final film, for $2.20, at most $2.40
      "
    `);
    const diff = await set.cli.run("plan", set.id, "--diff", "--json");
    expect(diff.objects).toHaveLength(6);
    expect(diff.objects[0]).toMatchObject({ type: "piece", kind: "keyframe", position: 1, to_make: true, usd: 0.1 });
    expect(diff.objects.at(-1)).toMatchObject({ pieces: 5, total_usd: 2.2, command: `vidpipe resume ${set.id}` });
  });
});

describe("retakes", () => {
  test("say their price, stand beside the film, and how to pick them", async () => {
    const set = await filmed(3);
    const { exitCode, stdout, stderr } = await set.cli.run("retake", set.id, "--scene", "2", "--takes", "2");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("2 takes of the clip of scene 2: price $2.00, you pay at most $2.00\n");
    expect(stderr).toEndWith(`made takes 2 and 3 of the clip of scene 2; the film did not change. Use one with:
  vidpipe pick ${set.id} --scene 2 --take N
`);
    expect(stdout.trim().split("\n")).toHaveLength(2);
    expect(set.bought()).toEqual(["clip", "clip"]);

    const table = (await set.cli.run("takes", set.id, "--scene", "2")).stdout;
    expect(line(table, "SCENE")).toMatch(/^SCENE +PIECE +TAKE +IN +STATUS +SEED +COST +MODEL +FILE$/);
    expect(
      table
        .split("\n")
        .filter((row) => / clip /.test(row))
        .map((row) => row.slice(0, 37).trim()),
    ).toEqual([
      expect.stringMatching(/^2 +clip +1 +\* +done/),
      expect.stringMatching(/^2 +clip +2 +done/),
      expect.stringMatching(/^2 +clip +3 +done/),
    ]);

    const picked = await set.cli.run("pick", set.id, "--scene", "2", "--take", "3");
    expect([picked.exitCode, picked.stdout.trim().endsWith(".mp4")]).toEqual([0, true]);
    expect(set.bought()).toEqual(["clip", "clip"]);
    const { objects } = await set.cli.run("takes", set.id, "--scene", "2", "--json");
    expect(
      objects.filter(({ kind }) => kind === "clip").map(({ take, selected, usd }) => [take, selected, usd]),
    ).toEqual([
      [1, false, 1],
      [2, false, 1],
      [3, true, 1],
    ]);
  });

  test("with --pick, one take goes into the film when it is made", async () => {
    const set = await filmed(2);
    const { exitCode, stdout } = await set.cli.run("retake", set.id, "--scene", "1", "--prompt", "Rain.", "--pick");
    expect([exitCode, stdout.trim().endsWith(".mp4")]).toEqual([0, true]);
    expect(set.bought()).toEqual(["clip"]);
    expect((await set.cli.run("retake", set.id, "--scene", "1", "--takes", "2", "--pick")).stderr).toContain(
      "--pick works with one take only",
    );
  });

  test("of a still name the scene it ends, and its pick waits with what is made from it", async () => {
    const set = await filmed(2);
    const { stderr } = await set.cli.run("retake", set.id, "--scene", "2", "--keyframe", "start", "--seed", "7");
    expect(stderr).toContain(`vidpipe pick ${set.id} --scene 1 --keyframe end --take 2`);
    const picked = await set.cli.run("pick", set.id, "--scene", "1", "--keyframe", "end", "--take", "2");
    expect(picked.exitCode).toBe(0);
    expect(picked.stderr).toContain("next: 1 keyframe, 2 clips and the final film, for $2.10, at most $2.20");
    expect(set.bought()).toEqual(["keyframe"]);
  });

  test("are asked about on a terminal", async () => {
    const no = (async function* () {
      yield new TextEncoder().encode("n\n");
    })();
    const set = await filmed(1, {}, "--yes");
    const env = { VIDPIPE_PIPELINE__CONFIRM_ABOVE_USD: "1" };
    const cli = createCli({ ground: set.ground, columns: 100, stdinIsTerminal: true, stdin: no, env });
    const { exitCode, stderr } = await cli.run("retake", set.id, "--scene", "1", "--takes", "2");
    expect(exitCode).toBe(3);
    expect(stderr).toContain("price $2.00, you pay at most $2.00. Go on? [y/N]");
    expect(set.bought()).toEqual([]);
  });

  test("of a place or take that is not there are refused, and nothing is bought", async () => {
    const set = await filmed(1);
    const refusal = async (...argv: string[]) => {
      const { exitCode, stderr } = await set.cli.run(...argv);
      return [exitCode, stderr.split("\n")[0]];
    };
    expect(await refusal("retake", set.id)).toEqual([2, "error: retake needs --scene NUMBER"]);
    expect(await refusal("retake", set.id, "--scene", "0")).toEqual([
      2,
      'error: --scene must be 1 or more, not "0"; 1 would do',
    ]);
    expect(await refusal("retake", set.id, "--scene", "9")).toEqual([
      2,
      "error: there is no clip of scene 9: the film has 1 scene and keyframes 1 to 2; nothing was ordered",
    ]);
    const model = 'error: there is no model "nope"; nothing was bought: scripted has text-1, image-1 or video-1';
    expect(await refusal("retake", set.id, "--scene", "1", "--model", "nope", "--yes")).toEqual([2, model]);
    expect(await refusal("resume", set.id, "--model", "nope", "--yes")).toEqual([2, model]);
    const other = "error: video-1 makes a clip, not a keyframe: nothing was ordered";
    const still = ["--scene", "1", "--keyframe", "start"];
    expect(await refusal("retake", set.id, ...still, "--model", "video-1", "--yes")).toEqual([2, other]);
    expect(await refusal("retake", set.id, "--scene", "1", "--clip", "--keyframe", "end")).toEqual([
      2,
      "error: give --keyframe or --clip, not both",
    ]);
    expect(await refusal("retake", set.id, "--scene", "1", "--takes", "99")).toEqual([
      2,
      "error: takes must be a whole number from 1 to 10",
    ]);
    expect(await refusal("pick", set.id, "--scene", "1", "--take", "4")).toEqual([
      2,
      "error: take 4 does not exist; 'vidpipe takes ID' shows all takes",
    ]);
    expect(await refusal("pick", set.id, "--scene", "1")).toEqual([2, "error: pick needs --take NUMBER"]);
    expect(set.bought()).toEqual([]);
  });
});

describe("what goes wrong", () => {
  test("a retake that waits for its user is told with its reason, ends with 3, and cannot be picked", async () => {
    const refused = new VidpipeError("provider.refused", "the safety filter said no");
    const ground = createTestStores({
      before: ({ call, scene }, nth) => (call === "submit" && scene === 0 && nth > 1 ? refused : undefined),
    });
    const cli = createCli({ ground });
    const id = idIn((await cli.run("generate", "A cat", "--scenes", "1")).stderr);
    const { exitCode, stdout, stderr } = await cli.run("retake", id, "--scene", "1", "--pick");
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
    expect(stderr).toContain("take 2 was not made: refused by the safety filter: the safety filter said no");
    const picked = await cli.run("pick", id, "--scene", "1", "--take", "2");
    expect([picked.exitCode, picked.stderr.split("\n")[0]]).toEqual([
      2,
      "error: take 2 is refused: only a finished one can be picked; 'vidpipe takes ID' shows all takes",
    ]);
    expect((await cli.run("status", id, "--json")).objects[0]).toMatchObject({ status: "complete" });
  });

  test("an edit while a clip is running keeps that clip as a take, says so, and begins nothing new", async () => {
    const ground = createTestStores({ clipMs: 60_000 });
    const cli = createCli({ ground });
    const testApp = createTestApp(ground);
    const { id } = await ground.clock.run(testApp.service.create({ prompt: "A cat", sceneCount: 2 }, {}, never));
    const running = async () => (await testApp.service.get(id)).scenes.every(({ clip }) => clip.status === "waiting");
    const second = async () => ground.clock.run(ground.clock.sleep(1_000, new AbortController().signal));
    do await second();
    while (!(await running()));
    const set = { ground, cli, id, bought: () => [] };
    const file = await edited(set, /motion_prompt: .*/, "motion_prompt: It runs off.");
    const { exitCode, stderr } = await cli.run("storyboard", id, "--import", file);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("some steps are running: their results are kept as takes");
    expect(bills(ground).filter((what) => what === "clip")).toHaveLength(2);
    const { objects } = await cli.run("takes", id, "--scene", "1", "--json");
    expect(objects.filter(({ kind }) => kind === "clip")).toMatchObject([{ take: 1, status: "done", selected: false }]);
    expect((await cli.run("resume", id)).exitCode).toBe(0);
    expect(bills(ground).filter((what) => what === "clip")).toHaveLength(3);
    testApp.kill();
  });
});

describe("the user's editor", () => {
  test("is run by a shell, with its own arguments and a path that is left alone", async () => {
    const path = join(folder, "it's $HOME; a 'b'.txt");
    expect(await runEditor("printf x | tee >/dev/null", path)).toBe(0);
    expect(await Bun.file(path).text()).toBe("x");
    rmSync(path);
    expect(await runEditor("exit 3;", path)).toBe(3);
  });
});

describe("history and revert", () => {
  test("undo an edit for nothing", async () => {
    const set = await filmed(2);
    const { stdout: before } = await set.cli.run("status", set.id, "--json");
    const file = await edited(set, /motion_prompt: .*/, "motion_prompt: It runs off.");
    await set.cli.run("storyboard", set.id, "--import", file);
    await set.cli.run("resume", set.id);
    const { stdout } = await set.cli.run("history", set.id);
    expect(stdout.split("\n").map((row) => row.replace(/\d{4}-.*UTC/, "WHEN"))).toEqual([
      "REVISION  NOW  WHEN                  WHAT",
      expect.stringMatching(/^0 +WHEN +\S/),
      expect.stringMatching(/^1 +\* +WHEN +scene 1 changed$/),
      "",
    ]);
    const spent = set.bought();
    const back = await set.cli.run("revert", set.id, "0");
    expect([back.exitCode, back.stdout.trim()]).toEqual([0, JSON.parse(before).film.path]);
    expect(set.bought()).toEqual(spent);
    expect((await set.cli.run("history", set.id, "--json")).objects.at(-1)).toMatchObject({
      revision: 2,
      note: "back to revision 0",
      current: true,
    });
    expect((await set.cli.run("revert", set.id, "2")).exitCode).toBe(0);
    expect((await set.cli.run("history", set.id, "--json")).objects).toHaveLength(3);
    const { exitCode, stderr } = await set.cli.run("revert", set.id, "9");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("there is no revision 9");
  });
});

test("nothing is left in the folder for temporary files", () => {
  expect(readdirSync(folder).every((name) => /^\d+\.(yaml|json)$/.test(name))).toBe(true);
});
