import { asVidpipeError } from "../domain/errors.ts";
import type { Finding } from "../ports/media.ts";
import type { FilmNeed } from "./film-needs.ts";

/** A look at one thing that films need. */
export interface Check {
  /** What a finding is about when the look itself fails. */
  readonly topic: string;
  /** What to do then. */
  readonly fix: string;
  /** Changes and spends nothing. What it throws is a finding that fails. */
  look(signal: AbortSignal): Promise<readonly Finding[]>;
}

/** Free space that a new film should find, bytes: one of a few dozen clips with room to stitch it. */
const comfortableBytes = 2 * 1024 ** 3;

/** The room where films are kept; below `floorBytes` nothing new is begun. */
export function diskFinding(freeBytes: number, floorBytes: number): Finding {
  const message = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free where films are kept`;
  if (freeBytes >= comfortableBytes) return { topic: "disk", level: "ok", message, fix: null };
  const level = freeBytes < floorBytes ? "fail" : "warn";
  return { topic: "disk", level, message, fix: "make room, or set storage.tmp_dir to a larger disk" };
}

const FIX_FIRST = "fix this, then run 'vidpipe doctor' again";

/**
 * Everything that is found, whatever else is wrong: no check hides another. What a new film would be refused for and no
 * check has said is a finding too: exactly where one fails, a film would be refused.
 */
export async function examine(
  checks: readonly Check[],
  needs: readonly FilmNeed[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { topic, fix, look } of checks)
    findings.push(...(await look(signal).catch((thrown: unknown) => refused(topic, "fail", thrown, fix))));
  for (const { topic, check } of needs) {
    const refusal = await check(signal).then(
      () => [],
      (thrown: unknown) => refused(topic, "fail", thrown, FIX_FIRST),
    );
    const said = findings.filter(({ level }) => level === "fail");
    if (said.some((one) => one.topic === topic)) continue;
    findings.push(...refusal.filter(({ message }) => said.every((one) => one.message !== message)));
  }
  return findings;
}

/** A refusal as findings, one for each problem. */
export const refused = (
  topic: string,
  level: Finding["level"],
  thrown: unknown,
  fix: string | null,
): readonly Finding[] => asVidpipeError(thrown).problems.map((message) => ({ topic, level, message, fix }));
