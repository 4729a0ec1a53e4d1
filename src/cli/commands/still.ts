import { z } from "zod";
import { defineCommand } from "../command.ts";
import { numberFlag } from "../input/flags.ts";
import { flagged, readPicture } from "../input/images.ts";
import { ID_ARG, JSON_ARG, option } from "../input/options.ts";
import { printResult, projectJson } from "../output/json.ts";
import { plain } from "../output/text.ts";
import { readTrustedConfig, withStoppableApp } from "../run/session.ts";

/** Keyframes count from 1, as people count. */
const Keyframe = z.int("must be a whole number").min(1);

export const stillCommand = defineCommand({
  name: "still",
  description: "Replace a keyframe with your own image",
  note: "Clips that use the old keyframe become stale; 'vidpipe plan ID' shows which.",
  examples: ["vidpipe still 0199c3a1-5b7e --keyframe 1 --image opening.png"],
  args: {
    ...ID_ARG,
    keyframe: { ...option("number", "Which keyframe, counted from 1"), required: true },
    image: { ...option("file", "A PNG, JPEG or WebP image with the film's aspect ratio"), required: true },
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const number = numberFlag("--keyframe", args.keyframe, Keyframe, "1");
    const config = await readTrustedConfig(context, args);
    const picture = await readPicture(args.image, flagged("--image", args.image));
    const view = await withStoppableApp(context, config, async ({ service, editing }, signal) =>
      editing.setFile(await service.resolve(args.id), { still: number - 1, picture }, signal),
    );
    const text = `keyframe ${number} is now your image; ${plain(view.message ?? view.status)}\n`;
    printResult(context, args.json, projectJson(view), text);
  },
});
