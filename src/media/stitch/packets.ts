import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input, type InputTrack } from "mediabunny";

/** One track of an MP4, open for reading packets. Dispose of it with `close`. */
export interface PacketReader {
  readonly sink: EncodedPacketSink;
  /** The decoder's configuration record: avcC for H.264, AudioSpecificConfig for AAC. */
  readonly description: Uint8Array;
  readonly close: () => void;
}

/** A file does not hold the packets it should: cut off by a crash, changed, or not understood. */
export class UnreadablePackets extends Error {
  override readonly name = "UnreadablePackets";
  readonly path: string;

  constructor(path: string, cause?: unknown) {
    super(`${path} does not hold the packets it should`, { cause });
    this.path = path;
  }
}

/** Bytes of each open file that are kept in memory. */
const cacheBytes = 2 * 1024 * 1024;

/** Opens the picture or the sound of an MP4. @throws UnreadablePackets */
export async function openPackets(path: string, kind: "video" | "audio"): Promise<PacketReader> {
  const input = new Input({ source: new FilePathSource(path, { maxCacheSize: cacheBytes }), formats: ALL_FORMATS });
  try {
    const track = kind === "video" ? await input.getPrimaryVideoTrack() : await input.getPrimaryAudioTrack();
    if (track === null) throw new Error(`no ${kind} track`);
    return {
      sink: new EncodedPacketSink(track),
      description: await descriptionOf(track),
      close: () => input.dispose(),
    };
  } catch (cause) {
    input.dispose();
    throw new UnreadablePackets(path, cause);
  }
}

/** Showing times of a track in decoding order, seconds. */
export async function timesOf(reader: PacketReader): Promise<readonly number[]> {
  const times: number[] = [];
  for await (const packet of reader.sink.packets(undefined, undefined, { metadataOnly: true }))
    times.push(packet.timestamp);
  return times;
}

async function descriptionOf(track: InputTrack): Promise<Uint8Array> {
  const config = track.isVideoTrack() || track.isAudioTrack() ? await track.getDecoderConfig() : null;
  const description = config?.description;
  if (description === undefined) throw new Error("no decoder configuration");
  return ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
}
