import { z } from "zod";
import { FRAME_SIZES, type FrameSize } from "../../src/domain/media.ts";
import type { KeyframeOrder, StoryboardOrder } from "../../src/domain/step.ts";
import { Storyboard } from "../../src/domain/storyboard.ts";
import type { PaidAnswer, Reading, StillImage } from "../../src/ports/provider.ts";
import { jsonAnswer, storyboardOf } from "../support/scripted-provider.ts";
import type { Random } from "./random.ts";

/** What the fake provider answers, as bytes, and how they are read: readers look at nothing but the bytes. */
const Reply = z.strictObject({
  /** Why it ends where it ends. */
  finish: z.enum(["stop", "length", "safety"]),
  content: z.unknown(),
  /** What the provider says it charged for a refusal. */
  charged: z.boolean().optional(),
});

/** A picture as the fake provider draws it: a file that says what it would show. */
export const Picture = z.strictObject({ width: z.int(), height: z.int(), label: z.string() });
export type Picture = z.infer<typeof Picture>;

/** An answer of the fake provider, and whether it is what was ordered. */
export interface Served {
  readonly answer: PaidAnswer;
  readonly fits: boolean;
  /** The provider's word on what it charged, where the answer holds one. */
  readonly charged?: boolean;
}

const replied = (content: unknown): PaidAnswer => jsonAnswer({ finish: "stop", content });

export const good = (content: unknown): Served => ({ answer: replied(content), fits: true });

/** Refused by a filter, in an answer that says whether it is charged. */
export const refusal = (charged: boolean): Served => ({
  answer: jsonAnswer({ finish: "safety", content: null, charged }),
  fits: false,
  charged,
});

/** Cut off, empty, or something that nobody asked for. */
export function spoiled(content: unknown, random: Random): Served {
  const whole = replied(content);
  const answers: readonly PaidAnswer[] = [
    { ...whole, bytes: whole.bytes.subarray(0, whole.bytes.length >> 1) },
    { bytes: new TextEncoder().encode("<html>502 Bad Gateway</html>"), mediaType: "text/html" },
    replied(null),
    replied({}),
    replied([]),
    jsonAnswer({ finish: "length", content: null }),
    jsonAnswer(null),
  ];
  return { answer: random.pick(answers), fits: false };
}

/** What an answer says; of no use where it is something else. Pure. */
export function readReply<Content>({ bytes }: PaidAnswer, schema: z.ZodType<Content>): Reading<Content> {
  const reply = Reply.safeParse(parsed(new TextDecoder().decode(bytes)));
  if (!reply.success) return { kind: "unusable", reason: "the reply is none of the service's" };
  const { finish, content, charged } = reply.data;
  if (finish === "safety") return { kind: "refused", reason: "violence", charged: charged !== false };
  if (finish === "length") return { kind: "unusable", reason: "the reply is cut off", truncated: true };
  const read = schema.safeParse(content);
  if (read.success) return { kind: "content", content: read.data };
  return { kind: "unusable", reason: read.error.issues[0]?.message ?? "it is something else" };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const readStoryboard = (answer: PaidAnswer): Reading<Storyboard> => readReply(answer, Storyboard);

/** The picture in an answer; what is no picture is passed on as bytes, for ffmpeg to judge. */
export function readPicture(answer: PaidAnswer): Reading<StillImage> {
  const reading = readReply(answer, z.record(z.string(), z.unknown()));
  if (reading.kind !== "content") return reading;
  const bytes = new TextEncoder().encode(JSON.stringify(reading.content));
  return { kind: "content", content: { bytes, mediaType: "image/png" } };
}

/** No two pictures are alike, even to one question. */
export const pictureOf = (
  of: KeyframeOrder,
  number: number,
  size: FrameSize = FRAME_SIZES[of.aspectRatio],
): Picture => ({
  ...size,
  label: `still ${of.prompt} ${number}`,
});

/** A storyboard that names its film in every scene. */
export function boardOf(of: StoryboardOrder, scenes: number): Storyboard {
  const board = storyboardOf(of, scenes);
  const tag = /film-\d+/.exec(of.prompt)?.[0] ?? "unknown";
  return {
    ...board,
    scenes: board.scenes.map((scene) => ({ ...scene, description: `${scene.description} of ${tag}` })),
  };
}

/** Storyboards that are none, or of another length. */
export function wrongBoard(of: StoryboardOrder, random: Random): Served {
  const count = of.sceneCount ?? 2;
  const board = boardOf(of, count);
  const [scene] = board.scenes;
  const boards: readonly unknown[] = [
    { ...board, scenes: [] },
    boardOf(of, count + 2),
    boardOf(of, count + 1),
    { ...board, title: "" },
    { ...board, scenes: board.scenes.map((s) => ({ ...s, sceneIndex: 7 })) },
    { ...board, scenes: [...board.scenes, { ...scene, description: "x".repeat(5_000) }] },
  ];
  return { answer: replied(random.pick(boards)), fits: false };
}
