import { expect, test } from "bun:test";
import { stitchLine } from "../../src/domain/media.ts";

const report = {
  mode: "crossfade",
  clips: 30,
  frames: 5_412,
  framesCopied: 4_666,
  framesEncoded: 746,
  windows: 29,
  segmentsReused: 0,
  syncErrorMs: 0,
  tookSeconds: 48.24,
};

test.each([
  [
    report,
    "30 clips joined in 48.2 s with 29 crossfades; 4,666 frames copied, 746 encoded (14%); sound ends with the picture",
  ],
  [
    { ...report, windows: 1, clips: 2, segmentsReused: 1, syncErrorMs: -1.5 },
    "2 clips joined in 48.2 s with 1 crossfade, 1 taken over; 4,666 frames copied, 746 encoded (14%); sound ends -1.5 ms off the picture",
  ],
  [
    { ...report, clips: 1, frames: 1, framesCopied: 1, framesEncoded: 0, windows: 0 },
    "1 clip joined in 48.2 s with hard cuts; 1 frame copied, 0 encoded (0%); sound ends with the picture",
  ],
  [
    { ...report, mode: "transitions", clips: 4, windows: 2 },
    "4 clips joined in 48.2 s with 2 transitions; 4,666 frames copied, 746 encoded (14%); sound ends with the picture",
  ],
  [
    { ...report, windows: 0, clips: 2, droppedAfter: [0] },
    "2 clips joined in 48.2 s with hard cuts; 4,666 frames copied, 746 encoded (14%), 1 duplicate frame left out; sound ends with the picture",
  ],
  [
    { ...report, windows: 0, clips: 2, cutClips: [{ clip: 1, fromSeconds: 8, toSeconds: 6 }] },
    "2 clips joined in 48.2 s with hard cuts; 4,666 frames copied, 746 encoded (14%); clip 2 cut from 8.00 s to 6.00 s; sound ends with the picture",
  ],
  [
    { ...report, cutClips: [1, 2, 3, 4].map((clip) => ({ clip, fromSeconds: 8, toSeconds: 6 })) },
    "30 clips joined in 48.2 s with 29 crossfades; 4,666 frames copied, 746 encoded (14%); 4 clips cut to length; sound ends with the picture",
  ],
  [
    { ...report, remarks: ["clip 2 is silent"] },
    "30 clips joined in 48.2 s with 29 crossfades; 4,666 frames copied, 746 encoded (14%); sound ends with the picture; clip 2 is silent",
  ],
  [
    { ...report, remarks: ["a", "b", "c", "d", "e"] },
    "30 clips joined in 48.2 s with 29 crossfades; 4,666 frames copied, 746 encoded (14%); sound ends with the picture; a; b; c; 2 more remarks in the report",
  ],
  [null, null],
  [{ kind: "of another version" }, null],
])("a stitch report is told in a line: %#", (told, line) => {
  expect(stitchLine(told)).toBe(line);
});
