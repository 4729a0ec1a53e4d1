import { isDiscarded, type RawPacket, type RawStream } from "../../ffmpeg/probe.ts";
import { cleanCuts, ranksOf } from "../format/clip-layout.ts";
import {
  inspectPacket,
  type PacketContent,
  type ParameterSet,
  parseAvcConfiguration,
  sameSet,
} from "../format/h264-parameter-sets.ts";
import { type PacketReader, withPackets } from "../mp4/packet-reader.ts";
import { descriptionOf, type Mp4File, UnreadablePackets } from "../mp4/packets.ts";

/** Where a clip may be cut. */
export interface Cuts {
  /** Why nowhere; null when somewhere. */
  readonly oddity: string | null;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly sets: readonly ParameterSet[];
  /** False where the file calls a packet a keyframe, or may, at which pictures are not whole yet: intra refresh. */
  readonly seekable: boolean;
}

const noCuts = (oddity: string, seekable = false): Cuts => ({ oddity, starts: [], ends: [], sets: [], seekable });

/** Clean cuts, from the packets themselves: only an IDR picture is a place to start. */
export async function readCuts(
  mp4: Mp4File | undefined,
  video: RawStream,
  packets: readonly RawPacket[],
): Promise<Cuts> {
  if (video.codec_name !== "h264") return noCuts(`its codec is ${video.codec_name}`, true);
  if (packets.some((packet) => isDiscarded(packet) || packet.pts === undefined))
    return noCuts("an edit list hides some of its frames");
  if (mp4 === undefined) return noCuts("its packets cannot be read one by one");
  const { showTimes, edits } = mp4.track("video");
  const ranks = ranksOf(showTimes);
  if (ranks.length > packets.length && edits.length > 0) return noCuts("an edit list hides some of its frames");
  if (ranks.length !== packets.length) return noCuts("its packets cannot be read one by one");
  if (!sameOrder(ranks, ranksOf(packets.map((packet) => packet.pts ?? 0))))
    return noCuts("an edit list rearranges its frames");
  return cutsOf(mp4, ranks);
}

/** Clean cuts of a clip whose frames are shown in this order. */
export async function cutsOf(mp4: Mp4File, ranks: readonly number[]): Promise<Cuts> {
  try {
    return await withPackets((reader) => readStarts(reader, mp4, ranks));
  } catch (thrown) {
    if (!(thrown instanceof UnreadablePackets)) throw thrown;
    return noCuts("its packets cannot be read one by one");
  }
}

async function readStarts(reader: PacketReader, mp4: Mp4File, ranks: readonly number[]): Promise<Cuts> {
  const track = mp4.track("video");
  if (!track.uniform) return noCuts("it has several sample descriptions");
  const configuration = parseAvcConfiguration(descriptionOf(track));
  if (configuration === undefined) return noCuts("its parameter sets cannot be read");
  const known = (own: ParameterSet) => configuration.sets.some((set) => sameSet(set, own));
  const idr = new Set<number>();
  let seekable = true;
  for (let index = track.sync.indexOf(1); index >= 0; index = track.sync.indexOf(1, index + 1)) {
    const content = await inspectStart(reader, mp4, index, configuration.lengthBytes);
    if (!content.sets.every(known)) return noCuts("its parameter sets change on the way");
    if (content.idr) idr.add(index);
    else seekable = false;
  }
  return { oddity: null, ...cleanCuts(ranks, (index) => idr.has(index)), sets: configuration.sets, seekable };
}

/** Bytes at the start of a packet that nearly always hold all that comes before its picture. */
const headBytes = 4_096;

/** What a packet holds up to its picture: read in part where that is enough. */
export async function inspectStart(
  reader: PacketReader,
  mp4: Mp4File,
  index: number,
  lengthBytes: number,
): Promise<PacketContent> {
  const track = mp4.track("video");
  const content = inspectPacket(await reader.head(mp4.path, track, index, headBytes), lengthBytes);
  if (content.picture) return content;
  return inspectPacket(await reader.head(mp4.path, track, index, track.sizes[index] ?? 0), lengthBytes);
}

const sameOrder = (a: readonly number[], b: readonly number[]): boolean => a.every((rank, index) => rank === b[index]);
