import { expect, test } from "bun:test";
import { capabilityFindings, parseCapabilities, releaseOf, unfitFor } from "../../../src/media/ffmpeg/capabilities.ts";
import { DECODERS } from "../../../src/media/ffmpeg/containers.ts";

const names =
  "xfade fps settb setpts format setsar scale pad trim tpad bwdif premultiply colorspace setparams split gblur minterpolate aresample aformat apad atrim asetpts anullsrc concat " +
  "volume ebur128 pan perspective fillborders crop loop overlay aevalsrc anoisesrc amix lowpass afade";
const filters = new Set(names.split(" "));
const decoders = new Set(Object.values(DECODERS).flat());
const fit = { version: "8.1.2", filters, encoders: new Set(["libx264", "aac"]), decoders };

test.each([
  ["5.1.9-0+deb12u1", [5, 1, 9]],
  ["n7.1", [7, 1, 0]],
  ["8.0.3-full_build-www.gyan.dev", [8, 0, 3]],
] as const)("the release of %s is read", (version, release) => {
  expect(releaseOf(version)).toEqual([...release]);
});

test("a development build has no release and is taken as new", () => {
  expect(releaseOf("N-12345-gabcdef")).toBeUndefined();
  expect(capabilityFindings("/f", { ...fit, version: "N-12345-gabcdef" }).map((f) => f.level)).toEqual(["ok"]);
});

test("a release before 5.1 is unfit", () => {
  expect(unfitFor({ ...fit, version: "4.4.2" })).toEqual(["version 4.4.2 is older than 5.1"]);
});

test("missing filters and encoders are named", () => {
  const poor = {
    version: "8.1.2",
    filters: new Set([...filters].filter((n) => n !== "xfade")),
    encoders: new Set(["aac"]),
    decoders,
  };
  expect(unfitFor(poor)).toEqual(["filters missing: xfade", "encoders missing: libx264"]);
  expect(capabilityFindings("/f", poor)).toMatchObject([{ level: "fail", fix: expect.stringContaining("apt-get") }]);
});

test.each([
  ["7.1.4", ["ok", "warn"]],
  ["7.1.5", ["ok"]],
  ["7.2.0", ["ok", "warn"]],
  ["8.0.2", ["ok", "warn"]],
  ["8.0.3", ["ok"]],
  ["8.1.1", ["ok", "warn"]],
  ["8.1.2", ["ok"]],
  ["9.0", ["ok"]],
] as const)("the security floor says of %s: %p", (version, levels) => {
  expect(capabilityFindings("/f", { ...fit, version }).map((f) => f.level)).toEqual([...levels]);
});

test("listings of old and new ffmpeg are parsed", () => {
  const found = parseCapabilities(
    "ffmpeg version 8.1.2 Copyright (c) 2000-2026",
    "Filters:\n  T.. = Timeline support\n .S. xfade             VV->V      Cross fade\n .. anullsrc          |->A       Null\n",
    "Encoders:\n V..... = Video\n ------\n V....D libx264              libx264 H.264\n A..... aac                  AAC\n",
    "Decoders:\n V..... = Video\n ------\n V..... libdav1d             dav1d AV1\n A....D mp3float             MP3\n",
  );
  expect(found).toEqual({
    version: "8.1.2",
    filters: new Set(["xfade", "anullsrc"]),
    encoders: new Set(["libx264", "aac"]),
    decoders: new Set(["libdav1d", "mp3float"]),
  });
});

test("codecs that an ffmpeg cannot read are a warning: other clips can be joined", () => {
  const cutDown = new Set(["h264", "aac", "vp8", "libaom-av1", "mp3"]);
  const [ok, poor, ...others] = capabilityFindings("/f", { ...fit, decoders: cutDown });
  expect([ok?.level, others]).toEqual(["ok", []]);
  expect(poor).toMatchObject({ topic: "ffmpeg decoders", level: "warn" });
  expect(poor?.message).toStartWith(
    "clips cannot be joined that use hevc, vp9, prores, mpeg4, mpeg2video, mjpeg, gif,",
  );
});
