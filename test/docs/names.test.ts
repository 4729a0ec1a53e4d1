import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type CommandDoc, readCommands } from "../../scripts/reference/cli-page.ts";
import { readSettings } from "../../scripts/reference/configuration-page.ts";
import { FAILURES } from "../../src/domain/errors.ts";
import { codeOf, readDocuments, root } from "./documents.ts";

/** What the changelog says of former names is history. */
const documents = new Map([...(await readDocuments())].filter(([path]) => path !== "CHANGELOG.md"));
const places = [...documents].flatMap(([path, text]) => codeOf(text).map((place) => ({ path, ...place })));

const commands = new Map((await readCommands()).map((command) => [command.name, command]));

/** Every spelling of a command's options. */
const optionsOf = ({ args }: CommandDoc): string[] =>
  Object.entries(args)
    .filter(([, { type }]) => type !== "positional")
    .flatMap(([name, { alias }]) => [`--${name}`, ...[alias ?? []].flat().map((letter) => `-${letter}`)]);

const everyOption = new Set([...[...commands.values()].flatMap(optionsOf), "--help", "--version", "-h", "-v"]);

/** Options of benchmarks and of the mutation run. */
const OPTIONS_OF_OTHERS = new Set(["--size", "--hours", "--watch", "--beside", "--changed"]);

/** `vidpipe WORD ...` in a line of code, up to the end of that command. */
const calls = (code: string): string[] => [...code.matchAll(/\bvidpipe ([^|;#>&]*)/g)].map(([, words = ""]) => words);

function wrongIn(words: string): string[] {
  // What is quoted is a prompt, a style or another text.
  const [name = "", ...rest] = words.replace(/"[^"]*"|'[^']*'|<[^>]*>/g, "TEXT").split(/\s+/);
  if (!/^[a-z]+$/.test(name) || name === "help") return [];
  const command = commands.get(name);
  if (command === undefined) return [`vidpipe ${name}`];
  const known = new Set([...optionsOf(command), "--help", "-h"]);
  return rest
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split("=")[0] ?? "")
    .filter((option) => !known.has(option))
    .map((option) => `vidpipe ${name} ${option}`);
}

describe("documents name only", () => {
  test("commands that exist, with options that they take", () => {
    const wrong = places.flatMap(({ path, line, code }) =>
      // An image, a container and a volume may be called so too.
      /\bdocker\b|^\s*(?:FROM|image:)/.test(code)
        ? []
        : calls(code).flatMap((words) => wrongIn(words).map((what) => `${path}:${line} ${what}`)),
    );
    expect(wrong).toEqual([]);
  });

  test("options that some command takes", () => {
    const wrong = places.flatMap(({ path, line, code }) => {
      const option = /^--[a-z][\w-]*/.exec(code)?.[0];
      const isKnown = option === undefined || everyOption.has(option) || OPTIONS_OF_OTHERS.has(option);
      return isKnown ? [] : [`${path}:${line} ${code}`];
    });
    expect(wrong).toEqual([]);
  });

  test("settings that exist, also by their names in the environment", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vidpipe-docs-"));
    try {
      const keys = new Set((await readSettings(folder)).map(({ key }) => key));
      const sections = new Set([...keys].flatMap((key) => (key.includes(".") ? [key.split(".")[0] ?? ""] : [])));
      const isWrong = (name: string): boolean =>
        sections.has(name.split(".")[0] ?? "") && !keys.has(name) && !Object.hasOwn(FAILURES, name);
      const wrong = places.flatMap(({ path, line, code }) => {
        const dotted = /^[a-z_]+\.[a-z_]+$/.test(code) ? [code] : [];
        const variables = [...code.matchAll(/\bVIDPIPE_([A-Z_]+__[A-Z_]+)\b/g)].map(([, name = ""]) =>
          name.toLowerCase().replaceAll("__", "."),
        );
        return [...dotted, ...variables].filter(isWrong).map((key) => `${path}:${line} ${key}`);
      });
      expect(wrong).toEqual([]);
      expect(keys.size).toBeGreaterThan(40);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("scripts of package.json that exist", async () => {
    const Package = z.object({ scripts: z.record(z.string(), z.string()) });
    const { scripts } = Package.parse(await Bun.file(join(root, "package.json")).json());
    const wrong = places.flatMap(({ path, line, code }) =>
      [...code.matchAll(/\bbun run ([\w:]+)/g)]
        .map(([, name = ""]) => name)
        .filter((name) => !Object.hasOwn(scripts, name))
        .map((name) => `${path}:${line} bun run ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});
