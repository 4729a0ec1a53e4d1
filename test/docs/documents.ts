import { join } from "node:path";

/** The project's root. */
export const root = join(import.meta.dir, "../..");

/** Every document that people read, by its path from the root. */
export async function readDocuments(): Promise<ReadonlyMap<string, string>> {
  const files = [
    ...new Bun.Glob("*.md").scanSync(root),
    ...new Bun.Glob("{docs,.github}/**/*.md").scanSync({ cwd: root, dot: true }),
  ].sort((a, b) => a.localeCompare(b, "en"));
  return new Map(
    await Promise.all(files.map(async (file) => [file, await Bun.file(join(root, file)).text()] as const)),
  );
}

/** The code of a document: what stands between backquotes, and the lines of its blocks, each with its line number. */
export function codeOf(text: string): readonly { readonly line: number; readonly code: string }[] {
  let inBlock = false;
  return text.split("\n").flatMap((words, index) => {
    const line = index + 1;
    if (/^\s*```/.test(words)) {
      inBlock = !inBlock;
      return [];
    }
    if (inBlock) return [{ line, code: words }];
    return [...words.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => ({ line, code }));
  });
}

/** A document without its code, where links are links. */
export const proseOf = (text: string): string => text.replace(/```[\s\S]*?```/g, "").replace(/`[^`\n]*`/g, "`code`");

/** Anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = text.replace(/```[\s\S]*?```/g, "").matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) => {
      const anchor = heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\- _]/gu, "")
        .replaceAll(" ", "-");
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}
