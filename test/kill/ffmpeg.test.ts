import { afterAll, afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { emptyFolder, removeFolders, runBinary, type Started, startBinary } from "../support/binary.ts";
import { type SwitchedFfmpeg, switchedFfmpeg } from "../support/broken-ffmpeg.ts";
import type { BillEntry } from "../support/google-fake/bill.ts";
import { createGoogleFake, type GoogleFake } from "../support/google-fake/google-fake.ts";
import { differences } from "../support/ledger-check.ts";
import { lostFiles, recordsIn } from "../support/records.ts";
import { sized } from "../support/size.ts";
import { environmentFor, generateArgs } from "../support/wire.ts";

setDefaultTimeout(60_000);

const scenes = 1;
/** A hang that is waited for takes a minute. */
const isFull = sized(0, 1, 0) === 1;
let fake: GoogleFake;
let folder: string;
let ffmpeg: SwitchedFfmpeg;
let env: Record<string, string>;
let program: Started | undefined;

beforeEach(() => {
  fake = createGoogleFake();
  folder = emptyFolder("broken");
  ffmpeg = switchedFfmpeg();
  const patience = { VIDPIPE_PIPELINE__RETRY_MAX_ATTEMPTS: "2" };
  env = { ...environmentFor("omni", fake), ...patience, VIDPIPE_FFMPEG__PATH: ffmpeg.path };
});
afterEach(async () => {
  program?.kill("SIGKILL");
  await program?.ended;
  for (const pid of ffmpeg.started()) kill(pid);
  fake.stop();
});
afterAll(removeFolders);

/** A hung ffmpeg outlives a vidpipe that was killed. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** What is checked, the request that is under way when ffmpeg breaks, and what is charged by then. */
const CHECKED = {
  still: { route: "image", bill: ["text", "image"] },
  clip: { route: "download", bill: ["text", "image", "image", "clip"] },
} as const;
const whole: readonly BillEntry["kind"][] = ["text", "image", "image", "clip"];

const billed = () => fake.bill.filter(({ charged }) => charged).map(({ kind }) => kind);
const projectId = () => recordsIn(folder).project?.id ?? "";
const resume = () => runBinary(folder, ["resume", projectId(), "--yes"], env);

/** Starts a film whose ffmpeg breaks just before something that was bought is checked. */
async function filmWithBroken(checked: keyof typeof CHECKED, fault: Parameters<SwitchedFfmpeg["breakIt"]>[0]) {
  const { route } = CHECKED[checked];
  const release = fake.hold(route);
  program = await startBinary(folder, generateArgs("omni", scenes), env);
  await fake.arrived(route);
  ffmpeg.breakIt(fault);
  release();
  return program;
}

/** With the real ffmpeg the film is made of what was bought. */
async function expectFinishedForNothing() {
  ffmpeg.mend();
  const { exitCode, stderr } = await resume();
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const records = recordsIn(folder);
  expect(records.project?.status).toBe("complete");
  expect(billed()).toEqual([...whole]);
  expect(differences(records, fake.bill, new Map())).toEqual([]);
  expect(records.submits.map(({ state, verdict }) => [state, verdict])).toEqual(whole.map(() => ["spent", "used"]));
  expect(await lostFiles(folder, records.files)).toEqual([]);
}

/** How it ends: vidpipe failed to check it, or asks because ffmpeg said that it is damaged. */
const ENDINGS = {
  killed: { exitCode: 1, says: /was killed \(SIGKILL\)/ },
  "exit 1": { exitCode: 3, says: /Something is wrong.*nothing is bought again unasked/ },
  "missing library": { exitCode: 1, says: /could not be started.*libx264/ },
  garbage: { exitCode: 1, says: /made no sense.*all is well/ },
} as const;

type Checked = keyof typeof CHECKED;
type Ending = keyof typeof ENDINGS;
/** Every fault for both where there is time, else those that are no word on the file, each once. */
const unchecked: readonly (readonly [Checked, Ending])[] = isFull
  ? (["still", "clip"] as const).flatMap((checked) =>
      (["killed", "exit 1", "missing library", "garbage"] as const).map((ending) => [checked, ending] as const),
    )
  : [
      ["still", "killed"],
      ["clip", "missing library"],
      ["still", "garbage"],
    ];

test.each(unchecked)(
  "a %s that was paid for and cannot be checked (%s) is not bought again, also not at resume",
  async (checked, ending) => {
    const { exitCode, stderr } = await (await filmWithBroken(checked, ending)).ended;
    expect(stderr).toMatch(ENDINGS[ending].says);
    expect(exitCode).toBe(ENDINGS[ending].exitCode);
    expect(billed()).toEqual([...CHECKED[checked].bill]);
    expect((await resume()).exitCode).not.toBe(0);
    expect(billed()).toEqual([...CHECKED[checked].bill]);
    await expectFinishedForNothing();
  },
);

test.each(isFull ? (["still", "clip"] as const) : (["clip"] as const))(
  "a %s that was paid for and whose check hangs while vidpipe is told to stop is used later",
  async (checked) => {
    const running = await filmWithBroken(checked, "hangs");
    while (ffmpeg.started().length === 0) await nextTurn();
    running.kill("SIGTERM");
    expect((await running.ended).exitCode).toBe(130);
    expect(billed()).toEqual([...CHECKED[checked].bill]);
    for (const pid of ffmpeg.started()) expect(() => process.kill(pid, 0)).toThrow();
    await expectFinishedForNothing();
  },
);

// Those that take long belong to the full size: what is left out there is not defined here, rather than skipped.
if (isFull) {
  test.each(["still", "clip"] as const)(
    "a %s that was paid for and whose check hangs while vidpipe is killed is used later",
    async (checked) => {
      const running = await filmWithBroken(checked, "hangs");
      while (ffmpeg.started().length === 0) await nextTurn();
      running.kill("SIGKILL");
      await running.ended;
      await expectFinishedForNothing();
    },
  );

  test(
    "a check that hangs ends by its time limit, and what was paid for is used later",
    async () => {
      const { exitCode, stderr } = await (await filmWithBroken("still", "hangs")).ended;
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/took over \d+ s to decode/);
      expect(billed()).toEqual(["text", "image"]);
      await expectFinishedForNothing();
    },
    { timeout: 300_000 },
  );
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
