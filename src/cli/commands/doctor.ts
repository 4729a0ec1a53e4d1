import type { Config } from "../../config/load.ts";
import type { Finding } from "../../ports/media.ts";
import { defineCommand } from "../command.ts";
import { flag, JSON_ARG } from "../input/options.ts";
import { printResult, writeJson } from "../output/json.ts";
import { findingLines } from "../output/tables.ts";
import { inspectSettings, interruptible, withApp } from "../run/session.ts";
import { passedOverLines, untrustedOf, WAYS_TO_TRUST, wordNeeded } from "../run/trust.ts";

/** What of a found folder does not count: `generate` and `serve` refuse to start with it, or pass over it. */
function trustFindings(config: Config): Finding[] {
  const topic = "trust";
  const passedOver = passedOverLines(config).map((message): Finding => ({ topic, level: "warn", message, fix: null }));
  const untrusted = untrustedOf(config);
  if (untrusted.length === 0) return passedOver;
  const message = wordNeeded(untrusted);
  return [...passedOver, { topic, level: "fail", message, fix: WAYS_TO_TRUST }];
}

export const doctorCommand = defineCommand({
  name: "doctor",
  description: "Check that this machine can make films",
  examples: ["vidpipe doctor", "vidpipe doctor --probe", "vidpipe doctor --json", "vidpipe doctor --repair"],
  args: {
    probe: flag("Ask the provider too, free of charge, whether it takes the login and serves the models"),
    repair: flag("First make the data folder readable for you alone"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const inspected = inspectSettings(context, args);
    // With a faulty configuration the data may be somewhere else.
    if (args.repair === true && inspected.problems.length === 0) {
      const changed = await withApp(context, inspected.config, (app) => app.repairModes());
      const text = `files and folders made yours alone: ${changed}\n`;
      printResult(context, args.json, { type: "repaired", changed }, text);
    }
    const probe = args.probe === true;
    const found = await interruptible(context, (signal) => context.examine(inspected, { probe }, signal));
    const findings = [...found, ...trustFindings(inspected.config)];
    if (args.json) for (const finding of findings) writeJson(context.stdout, { ...finding });
    else context.stdout.write(findingLines(findings, context.stdout));
    if (inspected.problems.length > 0) return 2;
    return findings.some(({ level }) => level === "fail") ? 1 : 0;
  },
});
