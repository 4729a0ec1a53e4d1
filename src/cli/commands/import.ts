import { resolve } from "node:path";
import { defineCommand } from "../command.ts";
import { argument, JSON_ARG } from "../input/options.ts";
import { printResult, projectJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { cut, plain } from "../output/text.ts";
import { readConfig, withStoppableApp } from "../run/session.ts";

export const importCommand = defineCommand({
  name: "import",
  description: "Import a bundled project without paying for anything again",
  note: "Hashes detect corruption, not tampering: import bundles only from people you trust.",
  examples: ["vidpipe import cat.vidpipe"],
  args: {
    file: argument("A bundle made with 'vidpipe export ID --bundle FILE'"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const project = await withStoppableApp(context, readConfig(context, args), ({ transfer }, signal) =>
      transfer.importBundle(resolve(args.file), signal),
    );
    printResult(context, args.json, { type: "imported", ...projectJson(project) }, `${project.id}\n`);
    const why = project.message === null ? "" : `: ${plain(project.message)}`;
    say(context, `imported: "${cut(plain(project.request.prompt), 60)}" is ${project.status}${why}`);
  },
});
