import { readFileSync } from "node:fs";

/** The text of a file without white space around it; null when it cannot be read. */
export const readTextFile = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
};
