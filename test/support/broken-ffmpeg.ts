import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "./binary.ts";

/** What may be wrong with the ffmpeg of a machine. */
export const FFMPEG_FAULTS = {
  /** The kernel ends it, as it does where memory is short. */
  killed: "kill -9 $$",
  /** It says no, whatever the file is. */
  "exit 1": 'echo "Something is wrong" >&2; exit 1',
  /** The loader cannot start it: an update of the system took a library away. */
  "missing library":
    'echo "ffmpeg: error while loading shared libraries: libx264.so.164: cannot open shared object file" >&2; exit 127',
  /** It ends well and says nothing that makes sense. */
  garbage: "echo all is well; exit 0",
  /** It never ends, and does not even read its input. */
  hangs: "exec sleep 600",
} as const satisfies Record<string, string>;

export type FfmpegFault = keyof typeof FFMPEG_FAULTS;

/** The ffmpeg and ffprobe of a machine, with a switch. */
export interface SwitchedFfmpeg {
  /** Path for `ffmpeg.path`; ffprobe lies beside it. */
  readonly path: string;
  /** From now on every start of either goes wrong. */
  breakIt(fault: FfmpegFault): void;
  mend(): void;
  /** Process ids of those that were started while it was broken. */
  started(): readonly number[];
}

/** Scripts in front of the real programs, which they become unless they are told to go wrong. */
export function switchedFfmpeg(): SwitchedFfmpeg {
  const folder = emptyFolder("ffmpeg");
  const fault = join(folder, "fault.sh");
  const pids = join(folder, "pids");
  for (const program of ["ffmpeg", "ffprobe"]) {
    const real = Bun.which(program);
    if (real === null) throw new Error(`${program} is not installed`);
    const path = join(folder, program);
    const script = `#!/bin/sh\nif [ -e ${fault} ]; then echo $$ >> ${pids}; . ${fault}; fi\nexec ${real} "$@"\n`;
    writeFileSync(path, script);
    chmodSync(path, 0o755);
  }
  return {
    path: join(folder, "ffmpeg"),
    breakIt: (name) => writeFileSync(fault, `${FFMPEG_FAULTS[name]}\n`),
    mend: () => rmSync(fault, { force: true }),
    started: () => (existsSync(pids) ? readFileSync(pids, "utf8").trim().split("\n").map(Number) : []),
  };
}
