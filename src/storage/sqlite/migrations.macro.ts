import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One generated migration as drizzle-kit wrote it. */
export interface Migration {
  readonly tag: string;
  readonly statements: readonly string[];
  /** sha256 of the file, as Drizzle's own migrator records it. */
  readonly hash: string;
  /** When it was generated, epoch ms. */
  readonly createdAtMs: number;
}

/** Reads the migrations folder while the program is bundled, so that the binary needs no files beside it. */
export function loadMigrations(): Migration[] {
  const folder = join(import.meta.dir, "..", "..", "..", "migrations");
  const journal: { entries: { tag: string; when: number }[] } = JSON.parse(
    readFileSync(join(folder, "meta", "_journal.json"), "utf8"),
  );
  return journal.entries.map(({ tag, when }) => {
    const text = readFileSync(join(folder, `${tag}.sql`), "utf8");
    return {
      tag,
      statements: text.split("--> statement-breakpoint"),
      hash: createHash("sha256").update(text).digest("hex"),
      createdAtMs: when,
    };
  });
}
