import { emptyFolder, type Finished, runBinary, startBinary } from "../support/binary.ts";
import { createGoogleFake } from "../support/google-fake/google-fake.ts";
import { differences } from "../support/ledger-check.ts";
import { lostFiles, recordsIn } from "../support/records.ts";
import { environmentFor, generateArgs } from "../support/wire.ts";

/** A little more than the time after which a silent driver may be replaced, ms. */
const pastLeaseMs = 31_000;
const scenes = 2;
const mostResumes = 5;

/**
 * Freezes the program while a request of one kind is under way, lets another take over once the lease is over, and
 * wakes the first. Returns everything that is wrong afterwards; takes a minute.
 */
export async function frozenPastLease(route: "submit" | "poll"): Promise<string[]> {
  const fake = createGoogleFake();
  const folder = emptyFolder("lease");
  const env = environmentFor("omni", fake);
  const release = fake.hold(route);
  const frozen = await startBinary(folder, generateArgs("omni", scenes), env);
  await fake.arrived(route);
  frozen.kill("SIGSTOP");
  release();
  await Bun.sleep(pastLeaseMs);
  const id = recordsIn(folder).project?.id ?? "";
  const second = await runBinary(folder, ["resume", id, "--yes"], env);
  frozen.kill("SIGCONT");
  const later: Finished[] = [];
  while (later.length < mostResumes && recordsIn(folder).project?.status !== "complete") {
    // The woken program writes down what it learned before anybody can go on with it.
    await Bun.sleep(1_000);
    later.push(await runBinary(folder, ["resume", id, "--yes"], env));
  }
  if (recordsIn(folder).project?.status !== "complete") frozen.kill("SIGKILL");
  const first = await frozen.ended;
  fake.stop();
  const records = recordsIn(folder);
  const { project } = records;
  return [
    ...differences(records, fake.bill, new Map()),
    ...(await lostFiles(folder, records.files)).map((key) => `${key} is lost`),
    ...(project?.status === "complete" ? [] : [`the project is ${project?.status}: ${project?.message}`]),
    ...[first, second, ...later].flatMap(({ exitCode, stderr }, place) =>
      [0, 3].includes(exitCode) || stderr.includes("waits for your choice")
        ? []
        : [`program ${place + 1} ended with ${exitCode}: ${stderr.trim().split("\n").at(-1)}`],
    ),
  ];
}
