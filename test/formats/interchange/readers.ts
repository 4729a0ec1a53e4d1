/** Readers of the three timeline formats, written from their specifications and not from what writes them. */
import { z } from "zod";

/** Where a clip is seen in the film. Frames of the film; `source` is the clip's frame at `from`. */
export interface Seen {
  readonly file: string;
  readonly from: number;
  readonly to: number;
  readonly source: number;
}

const Time = z.object({ OTIO_SCHEMA: z.literal("RationalTime.1"), rate: z.number(), value: z.int() });
const Range = z.object({ OTIO_SCHEMA: z.literal("TimeRange.1"), start_time: Time, duration: Time });
const Clip = z.object({
  OTIO_SCHEMA: z.literal("Clip.2"),
  source_range: Range,
  active_media_reference_key: z.literal("DEFAULT_MEDIA"),
  media_references: z.object({
    DEFAULT_MEDIA: z.object({
      OTIO_SCHEMA: z.literal("ExternalReference.1"),
      target_url: z.string(),
      available_range: Range,
    }),
  }),
});
const Gap = z.object({ OTIO_SCHEMA: z.literal("Gap.1"), source_range: Range });
const Transition = z.object({
  OTIO_SCHEMA: z.literal("Transition.1"),
  transition_type: z.enum(["SMPTE_Dissolve", "Custom_Transition"]),
  in_offset: Time,
  out_offset: Time,
});
const Track = z.object({
  OTIO_SCHEMA: z.literal("Track.1"),
  kind: z.enum(["Video", "Audio"]),
  children: z.array(z.discriminatedUnion("OTIO_SCHEMA", [Clip, Gap, Transition])),
});
const Film = z.object({
  OTIO_SCHEMA: z.literal("Timeline.1"),
  name: z.string(),
  tracks: z.object({ OTIO_SCHEMA: z.literal("Stack.1"), children: z.array(Track) }),
});

/** The clips of a track. Times must be at one rate; a transition takes no time, it reaches into its neighbours. */
export function readOtio(text: string, kind: "Video" | "Audio"): { seen: Seen[]; frames: number; rate: number } {
  const track = Film.parse(JSON.parse(text)).tracks.children.find((one) => one.kind === kind);
  const children = track?.children ?? [];
  const reach = (index: number, side: "in_offset" | "out_offset") => {
    const child = children[index];
    return child?.OTIO_SCHEMA === "Transition.1" ? child[side].value : 0;
  };
  const rates = new Set<number>();
  let at = 0;
  const seen = children.flatMap((child, index): Seen[] => {
    if (child.OTIO_SCHEMA === "Transition.1") return [];
    const { start_time, duration } = child.source_range;
    rates.add(start_time.rate).add(duration.rate);
    const before = reach(index - 1, "in_offset");
    const [from, to] = [at - before, at + duration.value + reach(index + 1, "out_offset")];
    at += duration.value;
    if (child.OTIO_SCHEMA === "Gap.1") return [];
    const file = child.media_references.DEFAULT_MEDIA.target_url;
    return [{ file, from, to, source: start_time.value - before }];
  });
  if (rates.size !== 1) throw new Error(`rates ${[...rates].join()}`);
  return { seen, frames: at, rate: [...rates][0] ?? 0 };
}

const EVENT =
  /^(\d{3}) {2}(\S{1,8}) +(V|AA\/V) +(C|D +(\d{3})) +(\d\d:\d\d:\d\d:\d\d) (\d\d:\d\d:\d\d:\d\d) (\d\d:\d\d:\d\d:\d\d) (\d\d:\d\d:\d\d:\d\d)$/;

/** The events of a CMX 3600 list; the second line of an event is where its dissolve leads. */
export function readEdl(text: string, base: number): { seen: Seen[]; frames: number; channels: string[] } {
  const lines = text.split("\r\n");
  if (!lines[0]?.startsWith("TITLE: ") || lines[1] !== "FCM: NON-DROP FRAME") throw new Error("no head");
  const framesOf = (timecode: string | undefined) => {
    const [hours = 0, minutes = 0, seconds = 0, frames = 0] = (timecode ?? "").split(":").map(Number);
    return ((hours * 60 + minutes) * 60 + seconds) * base + frames;
  };
  const start = 3_600 * base;
  const events = lines.flatMap((line, index) => {
    const match = EVENT.exec(line);
    if (match === null) return [];
    const [, number, , channels = "", how = "", fade, sourceIn, sourceOut, recordIn, recordOut] = match;
    const [source, out, from, to] = [sourceIn, sourceOut, recordIn, recordOut].map(framesOf);
    if (source === undefined || out === undefined || from === undefined || to === undefined) throw new Error(line);
    if (out - source !== to - from) throw new Error(`source and record differ: ${line}`);
    const names = lines.slice(index + 1, index + 4).join("\n");
    const name = /\* TO CLIP NAME: (.*)/.exec(names)?.[1] ?? /\* FROM CLIP NAME: (.*)/.exec(names)?.[1] ?? "";
    return [{ number, channels, isFade: how.startsWith("D"), fade: Number(fade ?? 0), source, from, to, file: name }];
  });
  const shown = events.filter(({ from, to }) => to > from);
  const seen = shown.map(({ file, source, from, to }, index) => ({
    file,
    source,
    from: from - start,
    to: to - start + (shown[index + 1]?.fade ?? 0),
  }));
  return { seen, frames: (shown.at(-1)?.to ?? start) - start, channels: shown.map(({ channels }) => channels) };
}

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}
const Element: z.ZodType<Element> = z.object({
  name: z.string(),
  attributes: z.record(z.string(), z.string()),
  children: z.preprocess(
    (all) => (Array.isArray(all) ? all.filter((one) => typeof one === "object") : all),
    z.array(z.lazy(() => Element)),
  ),
});

/** The spine of an FCPXML; every time must be a whole number of frames. */
export function readFcpxml(text: string, rate: { num: number; den: number }): { seen: Seen[]; frames: number } {
  const root = Element.parse(Bun.XML.parse(text, { compact: false }));
  const all = (from: Element): Element[] => [from, ...from.children.flatMap(all)];
  const one = (name: string) => all(root).find((element) => element.name === name);
  const framesOf = (time: string | undefined): number => {
    const [, num = "", den = "1"] = /^(\d+)(?:\/(\d+))?s$/.exec(time ?? "") ?? [];
    const frames = (Number(num) * rate.num) / (Number(den) * rate.den);
    if (num === "" || !Number.isInteger(frames)) throw new Error(`not on a frame: ${time}`);
    return frames;
  };
  if (root.name !== "fcpxml" || root.attributes.version !== "1.11") throw new Error("not FCPXML 1.11");
  const ids = all(root).flatMap(({ attributes }) => attributes.id ?? []);
  const refs = all(root).flatMap(({ attributes: { ref, format } }) => [ref, format].filter((id) => id !== undefined));
  if (new Set(ids).size !== ids.length || refs.some((ref) => !ids.includes(ref))) throw new Error("ids do not fit");
  const children = one("spine")?.children ?? [];
  const at = ({ attributes }: Element) => framesOf(attributes.offset);
  const end = (element: Element) => at(element) + framesOf(element.attributes.duration);
  const fadeAt = (index: number) => (children[index]?.name === "transition" ? children[index] : undefined);
  const seen = children.flatMap((clip, index): Seen[] => {
    if (clip.name !== "asset-clip") return [];
    const [before, after] = [fadeAt(index - 1), fadeAt(index + 1)];
    const from = before === undefined ? at(clip) : at(before);
    const to = after === undefined ? end(clip) : end(after);
    const asset = all(root).find(({ attributes }) => attributes.id === clip.attributes.ref);
    const file = asset?.children[0]?.attributes.src ?? "";
    return [{ file, from, to, source: framesOf(clip.attributes.start) - (at(clip) - from) }];
  });
  return { seen, frames: framesOf(one("sequence")?.attributes.duration) };
}
