import { z } from "zod";
import { AspectRatio } from "../../domain/media.ts";
import type { ProjectService } from "../../services/projects.ts";

/** The options for a new film. */
export const ChoicesAnswer = z
  .strictObject({
    /** Values for what a request leaves out. */
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
        aliases: z.array(z.string()).describe("Former names; old projects keep them."),
        label: z.string().describe("The name for people."),
        local: z.boolean().describe("Whether it runs on the server itself, free of charge."),
        clip_durations: z.array(z.number()).describe("Seconds, ascending."),
      }),
    ),
  })
  .meta({ id: "ProviderOptions" });

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
