import { expect, test } from "bun:test";
import { decodeArgs, decodeStillArgs, probeArgs, probeStillArgs } from "../../../src/media/ffmpeg/args.ts";
import { CONTAINERS } from "../../../src/media/ffmpeg/containers.ts";
import { CONFINED } from "../stitch/layouts.ts";

const mp4 = (path: string) => ({ path, container: CONTAINERS.mp4 });
const decoders = CONFINED.split(" ")[CONFINED.split(" ").indexOf("-codec_whitelist") + 1] ?? "";

test("measuring a clip confines ffprobe to one MP4 on this disk", () => {
  expect(probeArgs(mp4("/a b/-x'%d.mp4"), false)).toEqual([
    ..."-hide_banner -v error -max_alloc 536870912".split(" "),
    ...CONFINED.split(" "),
    // The last that holds for a stream counts: what lies beside the first picture and the first sound may be more.
    ...["-codec_whitelist:v", expect.stringMatching(/mjpeg.*png/), "-codec_whitelist:V:0", decoders],
    ...["-codec_whitelist:a", expect.stringMatching(/ac3.*dca/), "-codec_whitelist:a:0", decoders],
    ...["-codec_whitelist:s", expect.stringContaining("mov_text"), "-show_entries"],
    "format=start_time,duration:stream=index,codec_type,codec_name,codec_tag_string,profile,level,pix_fmt,width,height," +
      "sample_aspect_ratio,field_order,color_range,color_space,color_transfer,color_primaries,avg_frame_rate,r_frame_rate," +
      "time_base,start_pts,start_time,duration,duration_ts,nb_frames,has_b_frames,nal_length_size,sample_rate,channels:" +
      "stream_disposition=attached_pic:stream_side_data=rotation",
    ...["-of", "json=c=1", "file:/a b/-x'%d.mp4"],
  ]);
});

test("a stitch also asks for every packet's times", () => {
  expect(probeArgs(mp4("/c.mp4"), true).join(" ")).toContain(
    "stream_side_data=rotation:packet=stream_index,pts,dts,duration,flags -of json=c=1 file:/c.mp4",
  );
});

test("a check decodes all of a clip and ends at the first error", () => {
  expect(decodeArgs(mp4("/c.mp4")).join(" ")).toBe(
    `-nostdin -hide_banner -v error -max_alloc 536870912 -xerror -y ${CONFINED} -i file:/c.mp4 ` +
      "-map 0:V:0 -map 0:a:0? -fps_mode passthrough -f null -progress pipe:1 -stats_period 0.25 -",
  );
});

test("a still is read by the one demuxer that its first bytes name, which expands no pattern", () => {
  expect(probeStillArgs("/k%d.png", "image/png").join(" ")).toBe(
    "-hide_banner -v error -max_alloc 536870912 -protocol_whitelist file -format_whitelist png_pipe -codec_whitelist png " +
      "-max_pixels 40000000 -f png_pipe -show_entries stream=width,height -of json file:/k%d.png",
  );
  expect(decodeStillArgs("/k.jpg", "image/jpeg").join(" ")).toBe(
    "-nostdin -hide_banner -v error -max_alloc 536870912 -xerror -y -protocol_whitelist file " +
      "-format_whitelist jpeg_pipe -codec_whitelist mjpeg -max_pixels 40000000 -f jpeg_pipe " +
      "-err_detect explode -i file:/k.jpg -frames:v 1 -f null -progress pipe:1 -stats_period 0.25 -",
  );
});
