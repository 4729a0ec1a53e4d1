import { z } from "zod";

const Streams = z.object({
  streams: z.array(z.object({ codec_name: z.string(), nb_read_frames: z.string() })),
});

/** Decodes a whole film and says what is in it: a codec and the frames that came out, per stream. */
export async function filmFacts(path: string): Promise<{ readonly codec: string; readonly frames: number }[]> {
  const args = ["-v", "error", "-count_frames", "-show_streams", "-of", "json", path];
  const child = Bun.spawn(["ffprobe", ...args], { stdout: "pipe" });
  const { streams } = Streams.parse(await new Response(child.stdout).json());
  return streams.map(({ codec_name, nb_read_frames }) => ({ codec: codec_name, frames: Number(nb_read_frames) }));
}
