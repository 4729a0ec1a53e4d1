import { expect, test } from "bun:test";
import { adtsFrame, annexB, decodeNewArgs, remakeSoundArgs } from "../../../../src/media/stitch/encode/packet-args.ts";

const start = "-hide_banner -v error -max_alloc 536870912 -xerror -y";
const confined = (protocol: string, format: string) =>
  `-protocol_whitelist ${protocol} -format_whitelist ${format} -codec_whitelist ${format} -max_pixels 40000000 -f ${format}`;
const piped = (format: string) => `${start} ${confined("pipe", format)} -i pipe:0`;

test("packets are decoded from a pipe, and from a file of their own, and from nothing else", () => {
  const picture = "-map 0:v:0 -fps_mode passthrough -f null -progress pipe:1 -stats_period 0.25 -";
  expect(decodeNewArgs(null).join(" ")).toBe(`${piped("h264")} ${picture}`);
  expect(decodeNewArgs({ sound: "/new.aac", decoded: "/new.txt" }).join(" ")).toBe(
    `${piped("h264")} ${confined("file", "aac")} -i file:/new.aac ${picture} ` +
      "-map 1:a:0 -c:a pcm_s16le -f framecrc file:/new.txt",
  );
});

test("sound at the cuts is made anew without what only prepared the decoder", () => {
  expect(remakeSoundArgs(17, [0, 7], "/out.mp4").join(" ")).toBe(
    `${piped("aac")} -af aselect='not(eq(mod(n,17),0)+eq(mod(n,17),7))',asetpts=N/SR/TB ` +
      "-c:a aac -aac_coder fast -aac_ms 0 -b:a 192000 -map_metadata -1 -fflags +bitexact -f mp4 file:/out.mp4",
  );
});

test("an AAC packet gets a head with its length, 48 kHz and two channels", () => {
  const frame = adtsFrame(new Uint8Array(300).fill(7));
  expect(Buffer.from(frame.subarray(0, 7)).toString("hex")).toBe("fff14c80267ffc");
  expect(frame.length).toBe(307);
  expect(frame.subarray(7).every((byte) => byte === 7)).toBe(true);
});

test("lengths become start codes in a copy, and wrong lengths are noticed", () => {
  const packet = Uint8Array.from([0, 0, 0, 2, 0x65, 0x88, 0, 0, 0, 1, 0x41]);
  expect(annexB(packet)).toEqual(Uint8Array.from([0, 0, 0, 1, 0x65, 0x88, 0, 0, 0, 1, 0x41]));
  expect(packet[3]).toBe(2);
  expect(annexB(Buffer.from(packet))).toBeDefined();
  expect(packet[3]).toBe(2);
  expect(annexB(packet.subarray(0, 10))).toBeUndefined();
});
