import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { StitchRequest } from "../../src/ports/media.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { createFakeMedia, type FakeMediaOptions, fakeClipBytes } from "../support/fake-media.ts";
import { createCli } from "./harness.ts";

const tempFolder = tempFolders();

/** A folder with clips of one second, a command line, and what the media tool was asked to join. */
async function ground(names: readonly string[], media: FakeMediaOptions = {}, stdin = "") {
  const folder = tempFolder();
  const inFolder = (name: string) => join(folder, name);
  for (const name of names) await Bun.write(inFolder(name), fakeClipBytes({ durationSeconds: 1, label: name }));
  const fake = createFakeMedia(media);
  const asked: StitchRequest[] = [];
  const tool = {
    ...fake,
    stitch(...call: Parameters<typeof fake.stitch>) {
      asked.push(call[0]);
      return fake.stitch(...call);
    },
  };
  const cli = createCli({ media: tool, stdin: new Blob([stdin]).stream().values() });
  return { folder, inFolder, cli, asked, join: (...words: string[]) => cli.run("join", ...words) };
}

const labelOf = (path: string): string => JSON.parse(readFileSync(path, "utf8")).label;

describe("files are joined", () => {
  test("in the order they are given, one twice too; the path is on stdout, the rest on stderr", async () => {
    const { folder, inFolder, join } = await ground(["a.mp4", "b.mp4"]);
    const words = ["b.mp4", "a.mp4", "b.mp4"].map(inFolder);
    const { exitCode, stdout, stderr } = await join(...words, "-o", inFolder("out.mp4"));
    expect([exitCode, stdout]).toEqual([0, `${inFolder("out.mp4")}\n`]);
    expect(labelOf(inFolder("out.mp4"))).toBe("b.mp4+a.mp4+b.mp4");
    expect(stderr).toContain("done: 3 files, 3.0 s");
    expect(stderr).toContain("3 clips joined");
    expect(readdirSync(folder).toSorted()).toEqual(["a.mp4", "b.mp4", "out.mp4"]);
  });

  test("without a database or a data folder", async () => {
    const { cli, inFolder, asked, join } = await ground(["a.mp4"]);
    expect((await join(inFolder("a.mp4"), "-o", inFolder("out.mp4"), "--quiet")).stderr).toBe("");
    expect(cli.deeds).toEqual(["open joiner"]);
    // No model made it, and the film does not say that one did.
    expect(asked[0]?.own).toBe(true);
  });

  test("as one JSON document with the report", async () => {
    const { inFolder, join } = await ground(["a.mp4", "b.mp4"]);
    const files = [inFolder("a.mp4"), inFolder("b.mp4")];
    const { objects } = await join(...files, "-o", inFolder("out.mp4"), "--json", "--crossfade", "0.5");
    expect(objects).toMatchObject([
      { type: "result", path: inFolder("out.mp4"), files, left_out: [], exit_code: 0, report: { frames_encoded: 12 } },
    ]);
  });

  test("of a pattern in natural order, folders and hidden files passed over", async () => {
    const { inFolder, asked, join } = await ground(["shot10.mp4", "shot2.mp4", "shot1.mp4", ".shot0.mp4", "notes.txt"]);
    mkdirSync(inFolder("shot3.mp4"));
    symlinkSync(inFolder("shot1.mp4"), inFolder("shot11.mp4"));
    await join(inFolder("shot*.mp4"), "-o", inFolder("out.mp4"));
    expect(asked[0]?.clips).toEqual([1, 2, 10, 11].map((number) => inFolder(`shot${number}.mp4`)));
  });

  test("of a name that only looks like a pattern", async () => {
    const { inFolder, asked, join } = await ground(["take [1].mp4", "take 1.mp4"]);
    await join(inFolder("take [1].mp4"), "-o", inFolder("out.mp4"));
    expect(asked[0]?.clips).toEqual([inFolder("take [1].mp4")]);
  });

  test.each([
    [["--crossfade", "0.25"], { crossfadeSeconds: 0.25 }],
    [["--transition", "crossfade"], { crossfadeSeconds: 0.5 }],
    [["--transition", "cut"], { crossfadeSeconds: 0 }],
    [["--transition", "dip:0.25"], { transitions: [{ kind: "dip", seconds: 0.25 }] }],
    [["--transition=dissolve"], { transitions: [{ kind: "dissolve", seconds: 0.5 }] }],
  ])("with %p", async (words, wanted) => {
    const { inFolder, asked, join } = await ground(["a.mp4", "b.mp4"]);
    const { exitCode } = await join(inFolder("a.mp4"), inFolder("b.mp4"), "-o", inFolder("out.mp4"), ...words);
    expect([exitCode, asked[0]]).toMatchObject([0, wanted]);
    expect(asked[0]?.transitions !== undefined).toBe("transitions" in wanted);
  });
});

describe("a list", () => {
  const list = (text: string) => `${text}\n`;

  test("says how each file passes into the next and where it ends; its paths are relative to it", async () => {
    const { inFolder, asked, join } = await ground(["shots/a.mp4", "b.mp4", "c.mp4"]);
    mkdirSync(inFolder("lists"));
    const lines = [
      "# a comment",
      "- clip: ../shots/a.mp4",
      "  transition: { kind: dip, seconds: 0.25 }",
      "- clip: ../b.mp4",
      "  out: 0.75",
      "- ../c.mp4",
    ];
    await Bun.write(inFolder("lists/film.yaml"), list(lines.join("\n")));
    const { exitCode } = await join(
      "--list",
      inFolder("lists/film.yaml"),
      "--crossfade",
      "0.125",
      "-o",
      inFolder("o.mp4"),
    );
    expect(exitCode).toBe(0);
    expect(asked).toMatchObject([
      {
        clips: ["shots/a.mp4", "b.mp4", "c.mp4"].map(inFolder),
        transitions: [
          { kind: "dip", seconds: 0.25 },
          { kind: "crossfade", seconds: 0.125 },
        ],
        keepSeconds: [null, 0.75, null],
      },
    ]);
  });

  test("may come from standard input", async () => {
    const { inFolder } = await ground(["a.mp4"]);
    const { asked, join } = await ground([], {}, list(`["${inFolder("a.mp4")}"]`));
    await join("--list", "-", "-o", inFolder("out.mp4"));
    expect(asked[0]?.clips).toEqual([inFolder("a.mp4")]);
  });

  test.each([
    ["clip: a.mp4", ["line 1: must be a list of files: - shot1.mp4"]],
    ["[]", ["there are no files in it"]],
    ["- a.mp4\n- 7", ["line 2: a file must be a path, or a mapping with clip: shot1.mp4"]],
    ["- a.mp4\n- clip: a.mp4\n  outt: 3", ["line 3: outt is not a known field: did you mean out?"]],
    [
      "- { clip: a.mp4, transition: { kind: dipp, seconds: 1 } }",
      ["line 1, column 32: transition.kind must be one of"],
    ],
    ["- { clip: a.mp4, out: 0 }", ["out must be more than 0, not 0"]],
    ["- a.mp4\n- gone.mp4\n- .", ["line 2: gone.mp4 was not found", "line 3: . is a folder"]],
  ])("%p is refused with its line", async (text, complaints) => {
    const { inFolder, asked, join } = await ground(["a.mp4"]);
    await Bun.write(inFolder("list.yaml"), list(text));
    const { exitCode, stderr } = await join("--list", inFolder("list.yaml"), "-o", inFolder("out.mp4"));
    expect([exitCode, asked]).toEqual([2, []]);
    for (const complaint of complaints) expect(stderr).toContain(complaint);
    expect(stderr).toContain(inFolder("list.yaml"));
  });
});

describe("refused before anything is made:", () => {
  test.each([
    ["nothing to join", [], "e.g. vidpipe join shot1.mp4 shot2.mp4 -o film.mp4"],
    ["standard input", ["-"], "- is standard input"],
    ["a folder", ["IN/sub"], "sub is a folder: name the files in it, e.g. 'IN/sub/*.mp4'"],
    ["a file that is not there", ["IN/a.mp4", "IN/gone.mp4"], "IN/gone.mp4 was not found"],
    ["a file without a name", ["IN/a.mp4", ""], "a file without a name was not found"],
    ["a device", ["/dev/null"], "/dev/null is a pipe or a device"],
    ["a pattern without files", ["IN/*.avi"], "no file matches IN/*.avi"],
    ["files and a list", ["IN/a.mp4", "--list", "IN/list.yaml"], "give the files or --list, not both"],
    ["two ways to pass", ["IN/a.mp4", "--crossfade", "1", "--transition", "dip"], "not both"],
    ["a transition that is none", ["IN/a.mp4", "--transition", "disolve:1"], "did you mean dissolve?"],
    ["a transition of no length", ["IN/a.mp4", "--transition", "dip:0"], "--transition must be more than 0"],
    ["a cut that lasts", ["IN/a.mp4", "--transition", "cut:1"], "cut alone would do"],
    ["a loudness that is none", ["IN/a.mp4", "--loudness", "3"], "--loudness must be off or a loudness from -70 to -5"],
    ["a size that is none", ["IN/a.mp4", "--size", "7x7"], "--size must be auto or WIDTHxHEIGHT"],
    ["a fit that is none", ["IN/a.mp4", "--fit", "blurr"], "--fit must be pad, crop or blur"],
    ["standard output", ["IN/a.mp4", "-o", "-"], "-o - is standard output"],
    ["another format", ["IN/a.mp4", "-o", "IN/film.mkv"], "the film is an MP4"],
    ["a missing folder", ["IN/a.mp4", "-o", "IN/gone/film.mp4"], "IN/gone: it does not exist: make the folder first"],
    ["an output that is there", ["IN/a.mp4", "-o", "IN/b.mp4"], "IN/b.mp4 is there already (--force replaces it)"],
    ["an output that is joined", ["IN/a.mp4", "IN/b.mp4", "-o", "IN/a.mp4", "--force"], "IN/a.mp4 is to be joined and"],
    ["an output that is joined by another name", ["IN/b.mp4", "-o", "IN/same.mp4", "--force"], "IN/b.mp4 is to be"],
  ])("%s", async (_, words, complaint) => {
    const { folder, inFolder, asked, join } = await ground(["a.mp4", "b.mp4", "sub/c.mp4"]);
    linkSync(inFolder("b.mp4"), inFolder("same.mp4"));
    const here = (text: string) => text.replaceAll("IN", folder);
    const { exitCode, stderr, stdout } = await join(...words.map(here));
    expect([exitCode, stdout, asked]).toEqual([2, "", []]);
    expect(stderr).toContain(here(complaint));
    expect(readdirSync(folder).toSorted()).toEqual(["a.mp4", "b.mp4", "same.mp4", "sub"]);
    expect(labelOf(inFolder("b.mp4"))).toBe("b.mp4");
  });

  test("a file that may not be read, by anyone but root", async () => {
    const { inFolder, join } = await ground(["a.mp4"]);
    chmodSync(inFolder("a.mp4"), 0o000);
    const isRoot = process.getuid?.() === 0;
    const { exitCode, stderr } = await join(inFolder("a.mp4"), "-o", inFolder("out.mp4"), "--quiet");
    expect([exitCode, stderr]).toEqual(
      isRoot ? [0, ""] : [2, `error: ${inFolder("a.mp4")} may not be read: check its permissions\n`],
    );
  });

  test("every file that is not there, at once", async () => {
    const { inFolder, join } = await ground(["a.mp4"]);
    const { stderr } = await join(...["x.mp4", "a.mp4", "y.mp4"].map(inFolder), "-o", inFolder("out.mp4"));
    expect(stderr).toBe(`error: ${inFolder("x.mp4")} was not found\nerror: ${inFolder("y.mp4")} was not found\n`);
  });
});

describe("what is at the output", () => {
  test("is replaced with --force, and through a link where it leads", async () => {
    const { inFolder, join } = await ground(["a.mp4", "old.mp4"]);
    symlinkSync(inFolder("old.mp4"), inFolder("link.mp4"));
    expect((await join(inFolder("a.mp4"), "-o", inFolder("link.mp4"), "--force")).exitCode).toBe(0);
    expect(labelOf(inFolder("old.mp4"))).toBe("a.mp4");
  });

  test("survives a run that fails or is interrupted, and nothing else is left", async () => {
    for (const [ending, code] of [
      ["fails", 1],
      ["is interrupted", 130],
    ] as const) {
      const world = await ground(["a.mp4", "old.mp4"], {
        async before(call, output, signal) {
          if (call !== "stitch") return;
          await Bun.write(`${output}.part`, "half");
          if (ending === "fails") throw new Error("the disk went away");
          world.cli.interrupt();
          expect(signal.aborted).toBe(true);
        },
      });
      const { folder, inFolder, join } = world;
      const { exitCode, stdout } = await join(inFolder("a.mp4"), "-o", inFolder("old.mp4"), "--force");
      expect([ending, exitCode, stdout]).toEqual([ending, code, ""]);
      expect(readdirSync(folder).toSorted()).toEqual(["a.mp4", "old.mp4"]);
      expect(labelOf(inFolder("old.mp4"))).toBe("old.mp4");
    }
  });

  test("is not replaced where it appeared meanwhile", async () => {
    const world = await ground(["a.mp4"], {
      before: async (call) => void (call === "stitch" && (await Bun.write(world.inFolder("out.mp4"), "mine"))),
    });
    const { inFolder, join, folder } = world;
    const { exitCode, stderr } = await join(inFolder("a.mp4"), "-o", inFolder("out.mp4"));
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("is there already")]);
    expect(readFileSync(inFolder("out.mp4"), "utf8")).toBe("mine");
    expect(readdirSync(folder)).toHaveLength(2);
  });
});

describe("files that cannot be joined", () => {
  async function withBad() {
    const world = await ground(["a.mp4", "b.mp4", "c.mp4"]);
    for (const name of ["bad1.mp4", "sub/bad2.mp4"]) await Bun.write(world.inFolder(name), "no clip");
    return world;
  }

  test("are all named as they were written, with what can be done", async () => {
    const { inFolder, join } = await withBad();
    const words = ["a.mp4", "bad1.mp4", "b.mp4", "sub/bad2.mp4"].map(inFolder);
    const { exitCode, stderr, objects } = await join(...words, "-o", inFolder("out.mp4"), "--json");
    expect([exitCode, existsSync(inFolder("out.mp4"))]).toEqual([1, false]);
    for (const name of ["bad1.mp4", "sub/bad2.mp4"]) expect(stderr).toContain(`error: ${inFolder(name)} `);
    expect(stderr).toContain("--skip-bad leaves out what cannot be joined and joins the rest");
    expect(objects).toMatchObject([{ type: "error", code: "media.invalid", exit_code: 1 }]);
  });

  test("are left out when told to: the rest keep their own transitions", async () => {
    const { inFolder, asked, join } = await withBad();
    const lines = ["- clip: a.mp4", "  transition: { kind: dip, seconds: 0.25 }", "- clip: bad1.mp4"];
    await Bun.write(inFolder("list.yaml"), [...lines, "- b.mp4", "- sub/bad2.mp4", "- c.mp4"].join("\n"));
    const words = ["--list", inFolder("list.yaml"), "-o", inFolder("out.mp4"), "--skip-bad", "--json"];
    const { exitCode, objects } = await join(...words);
    expect(exitCode).toBe(0);
    expect(objects).toMatchObject([
      { files: ["a.mp4", "b.mp4", "c.mp4"], left_out: [{ name: "bad1.mp4" }, { name: "sub/bad2.mp4" }] },
    ]);
    expect(asked.at(-1)?.transitions?.map(({ kind }) => kind)).toEqual(["dip", "cut"]);
    expect(labelOf(inFolder("out.mp4"))).toBe("a.mp4+b.mp4+c.mp4");
  });

  test("a film that does not pass its check is no file's fault: leaving one out is no way on", async () => {
    const fault = new VidpipeError("media.invalid", "the joined film has no sound");
    const before = (call: string) => (call === "stitch" ? Promise.reject(fault) : Promise.resolve());
    const { inFolder, join } = await ground(["a.mp4"], { before });
    const { exitCode, stderr } = await join(inFolder("a.mp4"), "-o", inFolder("out.mp4"));
    expect([exitCode, stderr]).toEqual([1, "error: the joined film has no sound\n"]);
  });

  test("leave no film where there is nothing else", async () => {
    const { inFolder, join } = await withBad();
    const { exitCode, stderr } = await join(inFolder("bad1.mp4"), "-o", inFolder("out.mp4"), "--skip-bad");
    expect([exitCode, existsSync(inFolder("out.mp4"))]).toEqual([1, false]);
    expect(stderr).toContain(inFolder("bad1.mp4"));
  });
});

describe("a plan", () => {
  test("is shown with the files' names, and nothing is made", async () => {
    const { folder, inFolder, asked, join } = await ground(["a.mp4", "b.mp4"]);
    const words = [inFolder("a.mp4"), inFolder("b.mp4"), "--explain"];
    const { exitCode, stdout } = await join(...words);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(inFolder("b.mp4"));
    expect((await join(...words, "--json")).objects).toMatchObject([{ type: "plan" }]);
    expect([asked, readdirSync(folder).toSorted()]).toEqual([[], ["a.mp4", "b.mp4"]]);
  });
});

test("a terminal sees how far it is, in one line that ends complete", async () => {
  const folder = tempFolder();
  const path = join(folder, "a.mp4");
  await Bun.write(path, fakeClipBytes({ durationSeconds: 1 }));
  const cli = createCli({ columns: 80, media: createFakeMedia() });
  await cli.run("join", path, "-o", join(folder, "out.mp4"));
  const drawn = cli.stderr.join("");
  expect(drawn).toContain("stitch     50%");
  expect(drawn).toContain("✓ stitch     100%");
});
