import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { anchorsOf, codeOf, proseOf, readDocuments, root } from "./documents.ts";

const documents = await readDocuments();

/** Relative links and pictures of a document, as they are written. */
const linksOf = (text: string): string[] =>
  [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

function isBroken(from: string, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? from : normalize(join(dirname(from), path));
  if (!existsSync(join(root, file))) return true;
  return anchor !== undefined && !anchorsOf(documents.get(file) ?? "").has(anchor);
}

describe("documents", () => {
  test("have links that lead somewhere, anchors among them", () => {
    const broken = [...documents].flatMap(([from, text]) =>
      linksOf(text)
        .filter((target) => isBroken(from, target))
        .map((target) => `${from}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test("name files and folders that exist", () => {
    const named = /^(?:src|test|docs|scripts|migrations|\.github|\.ci)\/[\w./-]*[\w/]$/;
    const missing = [...documents]
      .filter(([from]) => from !== "CHANGELOG.md")
      .flatMap(([from, text]) =>
        codeOf(text)
          // NAME stands for what a reader adds.
          .filter(({ code }) => named.test(code) && !code.includes("NAME") && !existsSync(join(root, code)))
          .map(({ line, code }) => `${from}:${line} ${code}`),
      );
    expect(missing).toEqual([]);
  });

  test("are all reached from the README", () => {
    const reached = new Set(["README.md"]);
    for (const from of reached)
      for (const target of linksOf(documents.get(from) ?? "")) {
        const file = normalize(join(dirname(from), target.split("#")[0] ?? ""));
        if (documents.has(file)) reached.add(file);
      }
    const lonely = [...documents.keys()].filter((file) => !reached.has(file) && !file.startsWith(".github/"));
    expect(lonely).toEqual([]);
  });

  test("begin with a README of at most 160 lines", () => {
    const readme = documents.get("README.md") ?? "";
    expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(160);
    expect(readme).toContain('./scripts/dev.sh generate "');
    expect(readme).toContain("./scripts/dev.sh test");
  });
});
