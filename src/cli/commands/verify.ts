import { defineCommand } from "citty";
import type { Problem } from "../../safekeeping.ts";
import type { CliContext } from "../context.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { writeJson } from "../json.ts";
import { COMMON_ARGS, JSON_ARG } from "../options.ts";
import { readConfig, withApp } from "../session.ts";
import { counted, plain, size } from "../text.ts";

export const verifyCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "verify", description: "Check every stored file and the database" },
    args: {
      id: { type: "positional", required: false, description: "Only this project: its id, or the start of one" },
      quick: { type: "boolean", description: "Compare lengths and hashes, decode nothing" },
      ...JSON_ARG,
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const config = readConfig(context, args.config);
      const interrupt = listenForInterrupt(context);
      const tell = ({ kind, projectId, key, message }: Problem) => {
        if (args.json) writeJson(context.stdout, { type: "problem", kind, project_id: projectId, key, message });
        else context.stdout.write(`${kind}: ${plain(message)}\n`);
      };
      try {
        const sum = await withApp(context, config, async ({ service, safekeeping }) => {
          const id = args.id === undefined ? null : await service.resolve(args.id);
          return safekeeping.verify(id, { quick: args.quick === true }, tell, interrupt.signal);
        });
        if (args.json) writeJson(context.stdout, { type: "checked", ...sum });
        else {
          const seen = `${counted(sum.projects, "project")}, ${counted(sum.files, "file")}, ${size(sum.bytes)}`;
          context.stdout.write(`checked ${seen}: ${counted(sum.problems, "problem")}\n`);
        }
        return sum.problems === 0 ? 0 : 1;
      } finally {
        interrupt.dispose();
      }
    },
  });
