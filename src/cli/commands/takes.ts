import { defineCommand } from "../command.ts";
import { ID_ARG, JSON_ARG, option, sceneFlag } from "../input/options.ts";
import { writeJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { choosable, isOfScene, takeJson, takeTable } from "../output/takes.ts";
import { readConfig, withApp } from "../run/session.ts";

export const takesCommand = defineCommand({
  name: "takes",
  description: "List every take of every keyframe and clip",
  examples: ["vidpipe takes 0199c3a1-5b7e", "vidpipe takes 0199c3a1-5b7e --scene 3 --json"],
  args: {
    ...ID_ARG,
    scene: option("number", "Only this scene, counted from 1"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const scene = sceneFlag(args.scene);
    const config = readConfig(context, args);
    const takes = await withApp(context, config, async ({ service, editing }) =>
      choosable(await editing.takes(await service.resolve(args.id))),
    );
    const shown = scene === undefined ? takes : takes.filter((take) => isOfScene(take, scene - 1));
    const films = config.storage.filmsPath;
    if (args.json) for (const take of shown) writeJson(context.stdout, takeJson(take, films));
    else if (shown.length > 0) context.stdout.write(takeTable(shown, films, context.stdout));
    else say(context, "no takes yet");
  },
});
