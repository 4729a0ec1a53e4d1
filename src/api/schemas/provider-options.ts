import { z } from "zod";
import { AspectRatio } from "../../domain/media.ts";
import type { ProjectService } from "../../services/projects.ts";

/** What a new film may be. */
export const ChoicesAnswer = z.strictObject({
  /** What a film gets that does not say it. */
  defaults: z.strictObject({
    style: z.string(),
    aspect_ratio: AspectRatio,
    clip_duration: z.number(),
    crossfade: z.number(),
    max_scenes: z.int(),
  }),
  providers: z.array(
    z.strictObject({
      name: z.string(),
      aliases: z.array(z.string()).describe("Names it had before; old projects keep them."),
      label: z.string().describe("What people read."),
      local: z.boolean().describe("Whether it works on the server itself, for nothing."),
      clip_durations: z.array(z.number()).describe("Seconds, ascending."),
    }),
  ),
});

export const choicesAnswer = ({
  defaults,
  providers,
}: ReturnType<ProjectService["choices"]>): z.infer<typeof ChoicesAnswer> => ({
  defaults: {
    style: defaults.style,
    aspect_ratio: defaults.aspectRatio,
    clip_duration: defaults.clipDurationSeconds,
    crossfade: defaults.crossfadeSeconds,
    max_scenes: defaults.maxScenes,
  },
  providers: providers.map(({ name, aliases, label, local, clipSeconds }) => ({
    name,
    aliases: [...aliases],
    label,
    local,
    clip_durations: [...clipSeconds],
  })),
});
