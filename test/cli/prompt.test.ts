import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeService, fakeComplete } from "../support/fake-service.ts";
import { createCli } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "vidpipe-prompt-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? new TextEncoder().encode(part) : part;
}

/** Runs `generate` and returns the prompt that was made, or the error. */
async function promptOf(argv: string[], stdin?: AsyncIterable<Uint8Array>): Promise<unknown> {
  const service = createFakeService({ story: [fakeComplete()] });
  const { exitCode, stderr } = await createCli({ service, ...(stdin && { stdin }) }).run("generate", ...argv);
  const [request] = service.callsTo("create");
  if (request === undefined) return `${exitCode} ${stderr.trimEnd()}`;
  return Object(request[0]).prompt;
}

describe("--file", () => {
  test("is read as UTF-8 with or without a byte order mark, line breaks kept", async () => {
    expect(await promptOf(["--file", put("a.txt", "\uFEFFScene one.\r\nScène deux. 猫\n")])).toBe(
      "Scene one.\r\nScène deux. 猫",
    );
  });

  test("- is standard input", async () => {
    expect(await promptOf(["--file", "-"], chunks("A ", "cat"))).toBe("A cat");
  });

  const bad: [title: string, path: () => string, line: string][] = [
    ["missing", () => join(folder, "none.txt"), "2 error: --file FOLDER/none.txt was not found"],
    ["below a file", () => join(put("file", "x"), "below"), "2 error: --file FOLDER/file/below was not found"],
    ["a folder", () => folder, "2 error: --file FOLDER is a directory"],
    ["empty", () => put("empty", ""), "2 error: the prompt is empty: describe the film in a sentence or more"],
    [
      "not text",
      () => put("binary", new Uint8Array([0xff, 0xd8, 0xff])),
      "2 error: --file FOLDER/binary is not UTF-8 text",
    ],
    ["with NUL bytes", () => put("nul", "a\0b"), "2 error: the prompt contains control characters: remove them"],
    [
      "too long for a prompt",
      () => put("long", "x".repeat(10_001)),
      "2 error: the prompt is longer than 10,000 characters",
    ],
    [
      "larger than 1 MiB",
      () => put("huge", "x".repeat(1_048_577)),
      "2 error: --file FOLDER/huge is larger than 1 MiB: a prompt has 10,000 characters or fewer",
    ],
    [
      "endless",
      () => "/dev/zero",
      "2 error: --file /dev/zero is larger than 1 MiB: a prompt has 10,000 characters or fewer",
    ],
  ];
  for (const [title, path, line] of bad) {
    test(`that is ${title} is one clear line`, async () => {
      expect(await promptOf(["--file", path()])).toBe(line.replace("FOLDER", folder));
    });
  }

  test("with a name no system takes is one clear line", async () => {
    const path = join(folder, "n".repeat(300));
    expect(await promptOf(["--file", path])).toBe(`2 error: --file ${path} cannot be read (ENAMETOOLONG)`);
  });
});

describe("standard input", () => {
  test("is the prompt for -", async () => {
    const cat = new TextEncoder().encode("猫 at night\n");
    expect(await promptOf(["-"], chunks(cat.slice(0, 2), cat.slice(2)))).toBe("猫 at night");
  });

  test("is not read without -", async () => {
    expect(await promptOf([], chunks("A cat"))).toStartWith("2 error: generate needs a prompt");
  });

  test("is read no further than the limit", async () => {
    let megabytes = 0;
    const endless = async function* () {
      for (;;) {
        megabytes += 1;
        yield new Uint8Array(1_000_000);
      }
    };
    expect(await promptOf(["-"], endless())).toBe(
      "2 error: standard input is larger than 1 MiB: a prompt has 10,000 characters or fewer",
    );
    expect(megabytes).toBe(2);
  });

  test("that is empty is an empty prompt", async () => {
    expect(await promptOf(["-"], chunks())).toStartWith("2 error: the prompt is empty");
  });

  test("named twice is one prompt too many", async () => {
    expect(await promptOf(["-", "--file", "-"])).toStartWith("2 error: give the prompt as an argument or with --file");
  });
});
