import { z } from "zod";
import type { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectRequest } from "../../src/domain/project.ts";
import type { ClipOrder, StepOrder, StoryboardOrder } from "../../src/domain/step.ts";
import { Storyboard } from "../../src/domain/storyboard.ts";
import type { ClipCheck, ModelProvider, PaidAnswer, Reading, StillImage } from "../../src/ports/provider.ts";
import type { Clock } from "../../src/ports/runtime.ts";
import { fakeClipBytes } from "./fake-media.ts";

/** What the provider was asked, and when, in epoch ms. */
export interface ProviderCall {
  readonly call: "storyboard" | "keyframe" | "submit" | "poll";
  readonly scene: number;
  readonly atMs: number;
}

/** One paid call as the provider recorded it. */
export interface Bill {
  readonly what: "storyboard" | "keyframe" | "clip";
  readonly scene: number;
  readonly operation: string | null;
}

export interface Script {
  readonly storyboardMs?: number;
  readonly keyframeMs?: number;
  readonly clipMs?: number;
  /** Price of one clip, one still and one storyboard, US dollars; null: a free, local provider. */
  readonly usd?: { readonly clip: number; readonly keyframe: number; readonly storyboard: number } | null;
  /** Most references that its image model looks at; none unless given. */
  readonly references?: number;
  /** Instead of the usual storyboard; what is none of its kind is of no use. */
  readonly storyboard?: (order: StoryboardOrder) => unknown;
  /** Instead of the picture in a still's answer. */
  readonly reading?: (bytes: Uint8Array) => Reading<StillImage> | undefined;
  /** Scenes of the storyboard when the request names no number. */
  readonly scenes?: number;
  /** Runs before a call is billed; what it throws was never sent. */
  readonly before?: (call: ProviderCall, nth: number) => VidpipeError | undefined;
  /** Runs after a call is billed; what it throws is a lost answer. */
  readonly after?: (call: ProviderCall, nth: number) => VidpipeError | undefined;
  /** Instead of "ready" once the clip's time has come. */
  readonly verdict?: (scene: number, nth: number) => ClipCheck | undefined;
}

export interface ScriptedProvider extends ModelProvider {
  readonly calls: readonly ProviderCall[];
  readonly bills: readonly Bill[];
}

const sha256Of = ({ bytes }: StillImage): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** A provider on the test's clock with its own record of calls, so that a double purchase is found. */
export function createScriptedProvider(clock: Clock, script: Script = {}): ScriptedProvider {
  const calls: ProviderCall[] = [];
  const bills: Bill[] = [];
  const ready = new Map<string, number>();
  const forever = new AbortController().signal;

  function enter(call: ProviderCall["call"], scene: number) {
    const entry = { call, scene, atMs: clock.now() };
    calls.push(entry);
    const nth = calls.filter((c) => c.call === call && c.scene === scene).length;
    const refused = script.before?.(entry, nth);
    if (refused !== undefined) throw refused;
    return {
      nth,
      billed(bill: Bill) {
        bills.push(bill);
        const lost = script.after?.(entry, nth);
        if (lost !== undefined) throw lost;
      },
    };
  }

  return {
    name: "scripted",
    local: script.usd === null,
    calls,
    bills,
    selectModels: (_request: ProjectRequest) => ({
      provider: "scripted",
      textModel: "text-1",
      imageModel: "image-1",
      videoModel: "video-1",
      options: {},
      ...(script.references === undefined ? {} : { mostReferences: script.references }),
    }),
    quote(order: StepOrder) {
      if (script.usd === null || order.kind === "stitch" || order.kind === "animatic") return undefined;
      const usd = (script.usd ?? { clip: 1, keyframe: 0.1, storyboard: 0.01 })[order.kind];
      return { usd, quantity: 1, unit: "call", model: order.model, asOf: "2026-11-22" };
    },
    async writeStoryboard(order) {
      const { billed } = enter("storyboard", 0);
      await clock.sleep(script.storyboardMs ?? 0, forever);
      billed({ what: "storyboard", scene: 0, operation: null });
      const storyboard = script.storyboard?.(order) ?? storyboardOf(order, order.sceneCount ?? script.scenes ?? 3);
      return jsonAnswer(storyboard);
    },
    readStoryboard: (_order, answer) => readJson(answer, Storyboard),
    async drawKeyframe(order, _casting, _previous, _signal, references = []) {
      const position = Number(/still (\d+)/.exec(order.prompt)?.[1] ?? 0);
      const { billed } = enter("keyframe", position);
      await clock.sleep(script.keyframeMs ?? 0, forever);
      billed({ what: "keyframe", scene: position, operation: null });
      return {
        bytes: new TextEncoder().encode(
          [
            `still ${order.prompt} ${order.variant} after ${order.previous?.sha256}`,
            ...references.map(sha256Of),
          ].join(),
        ),
        mediaType: "image/png",
      };
    },
    readKeyframe: (_order, { bytes }) =>
      script.reading?.(bytes) ?? { kind: "content", content: { bytes, mediaType: "image/png" } },
    async startClip(order) {
      const scene = order.note.sceneIndex;
      const { billed, nth } = enter("submit", scene);
      const operation = `operations/${scene}-${nth}-${bills.length}`;
      // The service has its own clock, which the test cannot set.
      ready.set(operation, clock.monotonic() + (script.clipMs ?? 0));
      billed({ what: "clip", scene, operation });
      return jsonAnswer(operation);
    },
    readOperation: (_order, _models, _submitId, answer) => readJson(answer, z.string()),
    async checkClip(operation, order) {
      const { nth } = enter("poll", order.note.sceneIndex);
      if (clock.monotonic() < (ready.get(operation) ?? 0)) return { kind: "running" };
      return script.verdict?.(order.note.sceneIndex, nth) ?? readyClip(order);
    },
  };
}

/** An answer as a service of JSON gives it. */
export const jsonAnswer = (content: unknown): PaidAnswer => ({
  bytes: new TextEncoder().encode(JSON.stringify(content)),
  mediaType: "application/json",
});

/** What such an answer says; of no use where it is something else. */
export function readJson<Content>({ bytes }: PaidAnswer, schema: z.ZodType<Content>): Reading<Content> {
  const read = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (read.success) return { kind: "content", content: read.data };
  return { kind: "unusable", reason: read.error.issues[0]?.message ?? "it is something else" };
}

/** Another order makes another clip. */
const labelOf = ({ prompt, variant, start, end, note }: ClipOrder): string =>
  `scene ${note.sceneIndex} ${Bun.hash([prompt, variant, start.sha256, end.sha256].join())}`;

function readyClip(order: ClipOrder): ClipCheck {
  const bytes = fakeClipBytes({ durationSeconds: order.durationSeconds, label: labelOf(order) });
  return { kind: "ready", save: async (path) => void (await Bun.write(path, bytes)) };
}

/** A storyboard whose prompts name the still they are for. */
export function storyboardOf(order: Pick<StoryboardOrder, "prompt">, scenes: number): Storyboard {
  return {
    title: order.prompt.slice(0, 100),
    styleGuide: { visualStyle: "plain", colorPalette: "grey", cameraStyle: "still" },
    characters: [],
    scenes: Array.from({ length: scenes }, (_, sceneIndex) => ({
      sceneIndex,
      description: `scene ${sceneIndex}`,
      startFramePrompt: `still ${sceneIndex}`,
      endFramePrompt: `still ${sceneIndex + 1}`,
      motionPrompt: "push in",
      transitionNotes: "",
      characters: [],
    })),
  };
}
