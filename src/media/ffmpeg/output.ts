/** What programs print, in amounts that fit into memory. */

/** Bytes of stderr that are kept: the last ones. */
export const stderrLimitBytes = 64 * 1024;

/** Bytes of stdout that are read: the packets of a film of many hours take less. */
export const stdoutLimitBytes = 64 * 1024 * 1024;

/** The end of a stream. */
export async function tailOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  let tail = new Uint8Array(0);
  for await (const chunk of stream) {
    const joined = new Uint8Array(tail.length + chunk.length);
    joined.set(tail);
    joined.set(chunk, tail.length);
    tail = joined.length > stderrLimitBytes ? joined.slice(-stderrLimitBytes) : joined;
  }
  return new TextDecoder().decode(tail);
}

/** All of a stream, unless it is longer than any honest answer: then `tooLong` is aborted and the rest dropped. */
export async function textOf(stream: ReadableStream<Uint8Array>, tooLong: AbortController): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > stdoutLimitBytes) tooLong.abort();
    else chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** What the lines of `-progress` told. */
export interface Progress {
  /** The last count. */
  readonly frames: number;
  /** Whether they told of an end, as they do whenever ffmpeg ends well. */
  readonly isWhole: boolean;
  /** The last line. */
  readonly last: string;
}

/** Reads the lines of `-progress`. */
export async function countFrames(
  stream: ReadableStream<Uint8Array>,
  onFrame: (frame: number) => void,
): Promise<Progress> {
  const decoder = new TextDecoder();
  let rest = "";
  let [frames, isWhole, last] = [0, false, ""];
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      last = line;
      isWhole ||= line === "progress=end";
      const count = /^frame=\s*(\d+)/.exec(line)?.[1];
      if (count === undefined) continue;
      frames = Number(count);
      onFrame(frames);
    }
  }
  return { frames, isWhole, last };
}
