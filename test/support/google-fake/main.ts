/**
 * The fake as a process: `bun test/support/google-fake/main.ts --port 0 --folder DIR [--polls 1] [--clip-ms 0]`.
 * Prints one JSON line with where it is and how to log in; keeps the bill in `DIR/bill.jsonl`.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createGoogleFake, FAKE_PROJECT } from "./google-fake.ts";
import { FAKE_API_KEY } from "./routing.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    folder: { type: "string", default: "google-fake" },
    polls: { type: "string", default: "1" },
    "clip-ms": { type: "string", default: "0" },
  },
});
const folder = resolve(values.folder);
mkdirSync(folder, { recursive: true });
const billPath = join(folder, "bill.jsonl");
const fake = createGoogleFake({
  port: Number(values.port),
  pollsUntilDone: Number(values.polls),
  clipMs: Number(values["clip-ms"]),
  billPath,
});
const credentials = fake.writeCredential(folder);
process.stdout.write(
  `${JSON.stringify({ url: fake.url, api_key: FAKE_API_KEY, project: FAKE_PROJECT, credentials, bill: billPath })}\n`,
);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    fake.stop();
    process.exit(0);
  });
