import { z } from "zod";
import { defineCommand } from "../command.ts";
import { clipPath } from "../input/clips.ts";
import { numberFlag } from "../input/flags.ts";
import { flagged } from "../input/images.ts";
import { FILM_ARGS, filmOptions, ID_ARG, option, sceneFlag } from "../input/options.ts";
import { usageError } from "../input/usage-errors.ts";
import { makeFilm } from "../run/run-film.ts";
import { readTrustedConfig } from "../run/session.ts";

const Moment = z.number("must be a number of seconds").min(0, "must be 0 or more");

export const clipCommand = defineCommand({
  name: "clip",
  description: "Use your own clip for a scene",
  note: "It costs nothing and is kept as a take: 'vidpipe pick' goes back to another one. Its length is the scene's, and its first and last frame become the keyframes of generated neighbours where none are made yet.",
  examples: [
    "vidpipe clip 0199c3a1-5b7e --scene 2 --file shot.mp4",
    "vidpipe clip 0199c3a1-5b7e --scene 2 --file holiday.mov --in 12.5 --out 18",
  ],
  args: {
    ...ID_ARG,
    scene: { ...option("number", "Which scene, counted from 1"), required: true },
    file: {
      ...option("file", "A video file, at most 512 MiB; the part that is used is at most 10 minutes"),
      required: true,
    },
    in: option("seconds", "Where the scene begins in the file (default: its beginning)"),
    out: option("seconds", "Where it ends in the file (default: its end)"),
    ...FILM_ARGS,
  },
  async run({ context, args }) {
    const scene = sceneFlag(args.scene) ?? 1;
    const inSeconds = numberFlag("--in", args.in, Moment, "12.5") ?? null;
    const outSeconds = numberFlag("--out", args.out, Moment, "18") ?? null;
    if (outSeconds !== null && outSeconds <= (inSeconds ?? 0))
      throw usageError("--out must be later than --in", "clip");
    const config = await readTrustedConfig(context, args);
    const from = flagged("--file", args.file);
    const path = await clipPath(args.file, from);
    const edit = { scene: scene - 1, clip: { path, from, inSeconds, outSeconds } };
    return makeFilm(context, config, filmOptions(args), async ({ service, editing }, signal) =>
      editing.setFile(await service.resolve(args.id), edit, signal),
    );
  },
});
