import { resolve } from "node:path";
import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { COMMON_ARGS, JSON_ARG } from "../input/options.ts";
import { projectJson, writeJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { cut, plain } from "../output/text.ts";
import { readConfig, withStoppableApp } from "../run/session.ts";

export const importCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "import", description: "Import a bundled project without paying for anything again" },
    args: {
      file: { type: "positional", required: true, description: "A bundle made with 'vidpipe export ID --bundle FILE'" },
      ...JSON_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const project = await withStoppableApp(context, readConfig(context, args), ({ transfer }, signal) =>
        transfer.importBundle(resolve(args.file), signal),
      );
      if (args.json === true) writeJson(context.stdout, { type: "imported", ...projectJson(project) });
      else context.stdout.write(`${project.id}\n`);
      const why = project.message === null ? "" : `: ${plain(project.message)}`;
      say(context, `imported: "${cut(plain(project.request.prompt), 60)}" is ${project.status}${why}`);
      return 0;
    },
  });
