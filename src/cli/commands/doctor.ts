import { defineCommand } from "../command.ts";
import { flag, JSON_ARG } from "../input/options.ts";
import { writeJson } from "../output/json.ts";
import { findingLines } from "../output/tables.ts";
import { inspectSettings, interruptible } from "../run/session.ts";

export const doctorCommand = defineCommand({
  name: "doctor",
  description: "Check that this machine can make films",
  examples: ["vidpipe doctor", "vidpipe doctor --probe", "vidpipe doctor --json"],
  args: {
    probe: flag("Ask the provider too, free of charge, whether it takes the login and serves the models"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const inspected = inspectSettings(context, args);
    const probe = args.probe === true;
    const findings = await interruptible(context, (signal) => context.examine(inspected, { probe }, signal));
    if (args.json) for (const finding of findings) writeJson(context.stdout, { ...finding });
    else context.stdout.write(findingLines(findings, context.stdout));
    if (inspected.problems.length > 0) return 2;
    return findings.some(({ level }) => level === "fail") ? 1 : 0;
  },
});
