import type { Config } from "../../config/load.ts";
import { asVidpipeError } from "../../domain/errors.ts";
import type { Finding } from "../../ports/media.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { flag, JSON_ARG } from "../input/options.ts";
import { printResult, writeJson } from "../output/json.ts";
import { findingLines } from "../output/tables.ts";
import { loadSettings, withApp, withStoppableApp } from "../run/session.ts";
import { passedOverLines, setsWords, untrustedOf, WAYS_TO_TRUST } from "../run/trust.ts";

/** The first findings: the configuration can be read, and its warnings. */
const configFindings = (config: Config): Finding[] => [
  {
    topic: "configuration",
    level: "ok",
    message: config.file ?? "no config file: defaults and environment",
    fix: null,
  },
  ...[...config.warnings, ...passedOverLines(config)].map(
    (message): Finding => ({ topic: "configuration", level: "warn", message, fix: null }),
  ),
  ...trustFindings(config),
];

/** What `generate` and `serve` refuse to start with. */
function trustFindings(config: Config): Finding[] {
  const untrusted = untrustedOf(config);
  if (untrusted.length === 0) return [];
  const message = `${setsWords(untrusted)}, and only you may say that it counts`;
  return [{ topic: "trust", level: "fail", message, fix: WAYS_TO_TRUST }];
}

/** What the program finds. That it cannot start is a finding too. */
async function examine(context: CliContext, config: Config): Promise<readonly Finding[]> {
  try {
    return await withStoppableApp(context, config, (app, signal) => app.service.doctor(signal));
  } catch (thrown) {
    const { message } = asVidpipeError(thrown);
    return [{ topic: "start", level: "fail", message, fix: "fix this first, then run 'vidpipe doctor' again" }];
  }
}

export const doctorCommand = defineCommand({
  name: "doctor",
  description: "Check that this machine can make films",
  examples: ["vidpipe doctor", "vidpipe doctor --json", "vidpipe doctor --repair"],
  args: {
    repair: flag("First make the data folder readable for you alone"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const config = loadSettings(context, args);
    if (args.repair === true) {
      const changed = await withApp(context, config, (app) => app.repairModes());
      const text = `files and folders made yours alone: ${changed}\n`;
      printResult(context, args.json, { type: "repaired", changed }, text);
    }
    const findings = [...configFindings(config), ...(await examine(context, config))];
    if (args.json) for (const finding of findings) writeJson(context.stdout, { ...finding });
    else context.stdout.write(findingLines(findings, context.stdout));
    return findings.some(({ level }) => level === "fail") ? 1 : 0;
  },
});
