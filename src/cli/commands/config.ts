import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { writeJson } from "../json.ts";
import { say } from "../notices.ts";
import { COMMON_ARGS, JSON_ARG } from "../options.ts";
import { settingTable } from "../output.ts";
import { readConfig } from "../session.ts";
import { plain } from "../text.ts";

export const configCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "config", description: "Show the settings in force and where each comes from" },
    args: { ...JSON_ARG, ...COMMON_ARGS },
    run({ args }) {
      const config = readConfig(context, args.config);
      if (args.json)
        for (const { key, value, origin } of config.settings) writeJson(context.stdout, { key, value, origin });
      else {
        say(context, config.file === null ? "no config file here" : `config file: ${plain(config.file)}`);
        context.stdout.write(settingTable(config.settings, context.stdout));
      }
      return 0;
    },
  });
