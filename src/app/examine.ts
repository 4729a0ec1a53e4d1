import { existsSync } from "node:fs";
import type { InspectedConfig } from "../config/load.ts";
import type { VidpipeError } from "../domain/errors.ts";
import { createSystemRandom } from "../platform/clock.ts";
import type { Finding } from "../ports/media.ts";
import { type Check, diskFinding, examine, refused } from "../services/doctor.ts";
import { filmNeeds } from "../services/film-needs.ts";
import { createDataModes } from "../storage/files/data-modes.ts";
import { checkLocation } from "../storage/sqlite/location-check.ts";
import { checkWebhook, createAdapters, defaultsOf, openData, type Parts } from "./adapters.ts";
import { inspectProviders } from "./inspect-providers.ts";
import { freeFloorBytes } from "./policy.ts";
import { lookAtProviders, PROVIDERS } from "./providers.ts";

/** What may be asked of the examination beyond looks. */
export interface ExamineOptions {
  /** Ask the providers too, free of charge, whether they take the login and serve the models. */
  readonly probe: boolean;
}

/**
 * Everything that `doctor` finds, all at once. It fails exactly where a new film with the configured defaults would be
 * refused. A check is one entry of the list below: what it throws is a finding, and it hides no other.
 */
export async function examineApp(
  inspected: InspectedConfig,
  { probe }: ExamineOptions,
  signal: AbortSignal,
  parts: Parts = {},
): Promise<readonly Finding[]> {
  const { config, problems } = inspected;
  const { clock, log, owner, media, artifacts } = createAdapters(config, parts);
  const descriptions = parts.providers ?? PROVIDERS;
  const { faults, ...installed } = await lookAtProviders(descriptions, config, { media, clock, log });
  const usual = installed.byName.get(installed.usual()?.name ?? "");

  const checks: readonly Check[] = [
    {
      topic: "configuration",
      fix: SEE_CONFIG,
      look: async () => configFindings(inspected, faults),
    },
    { topic: "ffmpeg", fix: "see the guide on installing ffmpeg", look: (stop) => media.inspect(stop) },
    {
      topic: "database",
      fix: "make it readable and writable for this user, or set storage.database_url",
      look: () => inspectDatabase(),
    },
    {
      topic: "disk",
      fix: "let this user write there, or set storage.tmp_dir",
      look: async () => [diskFinding(await artifacts.freeBytes(), freeFloorBytes)],
    },
    {
      topic: "modes",
      fix: "run 'vidpipe doctor --repair'",
      look: () => createDataModes(config.storage, config.storage.mode).inspect(),
    },
    {
      topic: "providers",
      fix: SEE_CONFIG,
      look: (stop) => inspectProviders(descriptions, installed, defaultsOf(config), probe, stop),
    },
  ];

  async function inspectDatabase(): Promise<readonly Finding[]> {
    const { databasePath: path } = config.storage;
    if (problems.length > 0 && !existsSync(path)) {
      // With a faulty configuration this may be a place that nobody meant: no database is made there.
      checkLocation(path);
      return [];
    }
    const random = createSystemRandom();
    const { repository, adoption } = await openData(config, { clock, log, owner, random, providers: installed.byName });
    try {
      return [...(await repository.inspect()), ...adoption.findings(usual?.local === false)];
    } finally {
      repository.close();
    }
  }

  const { webhook } = config.server;
  const needed = {
    media,
    artifacts,
    requireCredentials: installed.requireReady,
    checkWebhook: (url: string) => checkWebhook(url, webhook),
    freeFloorBytes,
  };
  return examine(checks, usual === undefined ? [] : filmNeeds(needed, usual, webhook.url), signal);
}

const SEE_CONFIG = "correct it, then see 'vidpipe config'";

/** What is wrong with the configuration, or that nothing is; its warnings. */
function configFindings({ config, problems }: InspectedConfig, faults: readonly VidpipeError[]): Finding[] {
  const topic = "configuration";
  const wrong = [
    ...problems.map((message): Finding => ({ topic, level: "fail", message, fix: null })),
    ...faults.flatMap((fault) => refused(topic, "fail", fault, null)),
  ];
  const message = config.file ?? "no config file: defaults and environment";
  const ok: Finding[] = wrong.length > 0 ? [] : [{ topic, level: "ok", message, fix: null }];
  return [
    ...ok,
    ...wrong,
    ...config.warnings.map((line): Finding => ({ topic, level: "warn", message: line, fix: null })),
  ];
}
