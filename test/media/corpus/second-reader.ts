/** A film as another library reads it. */
import { EncodedPacketSink, FilePathSource, Input, MP4 } from "mediabunny";

export interface SecondReading {
  /** Of all picture packets in decoding order, seconds. */
  readonly times: readonly number[];
  /** Places of the packets that it takes for keyframes. */
  readonly keys: readonly number[];
  readonly pictureSeconds: number;
  /** Null without sound. */
  readonly soundSeconds: number | null;
}

export async function secondReading(path: string): Promise<SecondReading> {
  using input = new Input({ formats: [MP4], source: new FilePathSource(path) });
  const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  if (video === null) throw new Error(`${path} has no picture`);
  const times: number[] = [];
  const keys: number[] = [];
  for await (const packet of new EncodedPacketSink(video).packets(undefined, undefined, { metadataOnly: true })) {
    if (packet.type === "key") keys.push(times.length);
    times.push(packet.timestamp);
  }
  const soundSeconds = audio === null ? null : await audio.computeDuration();
  return { times, keys, pictureSeconds: await video.computeDuration(), soundSeconds };
}
