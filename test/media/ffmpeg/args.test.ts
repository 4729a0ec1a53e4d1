import { expect, test } from "bun:test";
import { decodeArgs, decodeStillArgs, probeArgs, probeStillArgs } from "../../../src/media/ffmpeg/args.ts";

const confined = "-protocol_whitelist file -format_whitelist mov -codec_whitelist h264,hevc,aac";

test("measuring a clip confines ffprobe to one MP4 on this disk", () => {
  expect(probeArgs("/a b/-x'%d.mp4", false)).toEqual([
    ..."-hide_banner -v error -max_alloc 536870912".split(" "),
    ...confined.split(" "),
    // The last that holds for a track counts: other tracks than the first of their kind may be more.
    ...["-codec_whitelist:v", expect.stringContaining("mjpeg"), "-codec_whitelist:V:0", "h264,hevc,aac"],
    ...["-codec_whitelist:a", expect.stringContaining("ac3"), "-codec_whitelist:a:0", "h264,hevc,aac"],
    ...["-codec_whitelist:s", expect.stringContaining("mov_text")],
    ...["-max_pixels", "40000000", "-show_entries"],
    "format=start_time,duration:stream=index,codec_type,codec_name,codec_tag_string,profile,level,pix_fmt,width,height," +
      "sample_aspect_ratio,field_order,color_range,color_space,color_transfer,color_primaries,avg_frame_rate,r_frame_rate," +
      "time_base,start_pts,start_time,duration,duration_ts,nb_frames,has_b_frames,nal_length_size,sample_rate,channels:" +
      "stream_disposition=attached_pic:stream_side_data=rotation",
    ...["-of", "json", "file:/a b/-x'%d.mp4"],
  ]);
});

test("a stitch also asks for every packet's times", () => {
  expect(probeArgs("/c.mp4", true).join(" ")).toContain(
    "stream_side_data=rotation:packet=stream_index,pts,duration,flags -of json file:/c.mp4",
  );
});

test("a check decodes all of a clip and ends at the first error", () => {
  expect(decodeArgs("/c.mp4").join(" ")).toBe(
    `-nostdin -hide_banner -v error -max_alloc 536870912 -xerror -y ${confined} -max_pixels 40000000 -i file:/c.mp4 ` +
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
