import { readFileSync } from "node:fs";

export const readTextFile = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
};
