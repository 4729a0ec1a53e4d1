/**
 * Crash safety in large numbers: `bun test/bench/kill.ts [--kills 200] [--caps 1000] [--races 100] [--lease]
 * [--seed 1] [--hours N]`. Kills the compiled program, lets it race and freezes it; prints one table and ends with 1 when
 * anything was wrong. With --hours nothing new is begun after that time; the table always counts what was really tried.
 */
import { parseArgs } from "node:util";
import { runCampaign } from "../kill/campaign.ts";
import { frozenPastLease } from "../kill/lease.ts";
import { runRaces } from "../kill/races.ts";
import { overspending } from "../kill/spending.ts";
import { removeFolders } from "../support/binary.ts";
import { MODES } from "../support/wire.ts";
import { openTimeBox, upTo } from "./time-box.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    caps: { type: "string", default: "0" },
    races: { type: "string", default: "0" },
    lease: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    hours: { type: "string" },
  },
});
const box = openTimeBox(values.hours);
const [kills, caps, races, seed] = [
  Number(values.kills),
  Number(values.caps),
  Number(values.races),
  Number(values.seed),
];

/** Moments of one campaign; its folders are removed before the next. */
const batch = 50;
const batches = upTo(Math.ceil(kills / batch)).map((number) => number * batch);

interface Line {
  readonly what: string;
  readonly tried: string;
  readonly violations: readonly string[];
}

async function campaigns(): Promise<Line[]> {
  const hits = new Map<string, number>();
  const violations: string[] = [];
  let films = 0;
  let consents = 0;
  for (const done of box.share(0.7).count(`kill -9, ${batch} at a time`, batches)) {
    const mode = MODES[(done / batch) % MODES.length] ?? "veo";
    const campaign = await runCampaign(mode, Math.min(batch, kills - done), seed + done);
    for (const [moment, count] of Object.entries(campaign.kills)) hits.set(moment, (hits.get(moment) ?? 0) + count);
    violations.push(...campaign.violations);
    films += campaign.films;
    consents += campaign.consents;
    removeFolders();
  }
  const total = [...hits.values()].reduce((sum, count) => sum + count, 0);
  return [
    { what: "kill -9, all moments", tried: `${total} kills, ${films} films, ${consents} asked about`, violations },
    ...[...hits].map(([moment, count]) => ({ what: `  ${moment}`, tried: `${count} kills`, violations: [] })),
  ];
}

async function spending(): Promise<Line> {
  const violations: string[] = [];
  let tried = 0;
  for (const place of box.count("two programs and a cap", upTo(caps))) {
    tried += 1;
    violations.push(...(await overspending(seed + place)));
    if (place % batch === batch - 1) removeFolders();
  }
  return { what: "two programs, a cap per film and per day", tried: `${tried} seeds`, violations };
}

async function racing(): Promise<Line> {
  const violations: string[] = [];
  let [tried, toServer] = [0, 0];
  const batches = upTo(Math.ceil(races / batch)).map((number) => number * batch);
  for (const done of box.share(0.9).count(`races, ${batch} at a time`, batches)) {
    const run = await runRaces(Math.min(batch, races - tried), seed + done);
    tried += run.races;
    toServer += run.toServer;
    violations.push(...run.violations);
    removeFolders();
  }
  return {
    what: "serve and resume take up a film at once",
    tried: `${tried} races, ${toServer} won by the server`,
    violations,
  };
}

async function leases(): Promise<Line> {
  const violations = [...(await frozenPastLease("submit")), ...(await frozenPastLease("poll"))];
  return { what: "frozen past its lease, replaced, woken", tried: "2 freezes", violations };
}

const table = [
  ...(kills > 0 ? await campaigns() : []),
  ...(caps > 0 ? [await spending()] : []),
  ...(races > 0 ? [await racing()] : []),
  ...(values.lease ? [await leases()] : []),
];
removeFolders();
for (const { what, tried, violations } of table)
  console.log(`${what.padEnd(44)} ${tried.padEnd(40)} ${violations.length} violations`);
for (const { violations } of table) for (const violation of violations) console.log(`- ${violation}`);
console.log(`seed ${seed}, ${new Date().toISOString().slice(0, 10)}`);
process.exit(table.some(({ violations }) => violations.length > 0) ? 1 : 0);
