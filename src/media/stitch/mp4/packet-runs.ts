import type { PictureFormat } from "../format/clip-layout.ts";
import type { Mp4Files } from "./packets.ts";

/** A run of packets of one file, in decoding order; `packets` of them from place `from`. */
export interface PacketRun {
  readonly path: string;
  readonly from: number;
  readonly packets: number;
  /** True when it was encoded for this film, or for one before it. */
  readonly made: boolean;
}

/** A packet of H.264 is a frame. */
export interface PictureRun extends PacketRun {
  /** Packets of it, counted from its own first, at which decoding may start; ascending, the first is 0. */
  readonly starts: readonly number[];
}

/** A film's sound: runs of AAC packets, and how many samples of them are heard. */
export interface SoundTrack {
  readonly runs: readonly PacketRun[];
  readonly samples: number;
}

/** The parts of a film. */
export interface FilmParts {
  readonly runs: readonly PictureRun[];
  readonly sound: SoundTrack;
  readonly format: PictureFormat;
  /** Opens the files of the runs. */
  readonly mp4Files: Mp4Files;
}
