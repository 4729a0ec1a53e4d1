import { defineCommand } from "../command.ts";
import { JSON_ARG } from "../input/options.ts";
import { writeJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { settingTable } from "../output/tables.ts";
import { plain } from "../output/text.ts";
import { readConfig } from "../run/session.ts";

export const configCommand = defineCommand({
  name: "config",
  description: "Show the effective settings and where each comes from",
  examples: ["vidpipe config", "VIDPIPE_PIPELINE__MAX_SCENES=10 vidpipe config"],
  args: { ...JSON_ARG },
  async run({ context, args }) {
    const config = readConfig(context, args);
    if (args.json)
      for (const { key, value, origin, trust, untrusted } of config.settings)
        writeJson(context.stdout, { key, value, origin, trust, untrusted });
    else {
      say(context, config.file === null ? "no config file in this folder" : `config file: ${plain(config.file)}`);
      context.stdout.write(settingTable(config.settings, context.stdout));
    }
  },
});
