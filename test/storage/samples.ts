import { NO_DIRECTION } from "../../src/domain/direction.ts";
import type { Change } from "../../src/domain/facts.ts";
import { ArtifactId, ProjectId, StepId, SubmitId } from "../../src/domain/ids.ts";
import type { StepEvent } from "../../src/domain/lifecycle.ts";
import type { Project } from "../../src/domain/project.ts";
import type {
  Artifact,
  ClipOrder,
  KeyframeOrder,
  Step,
  StepOrder,
  StitchOrder,
  StoryboardOrder,
  Submit,
} from "../../src/domain/step.ts";

/** Noon UTC of a day, so that an hour more or less stays inside it. */
export const NOON_MS = Date.UTC(2026, 10, 22, 12);

/** A valid UUIDv7 that ends in the number. */
export const uuid = (n: number): string => `019aa0b0-c0d0-7000-8000-${n.toString(16).padStart(12, "0")}`;

export const projectId = (n: number): ProjectId => ProjectId.parse(uuid(n));
export const stepId = (n: number): StepId => StepId.parse(uuid(n));
export const submitId = (n: number): SubmitId => SubmitId.parse(uuid(n));
export const artifactId = (n: number): ArtifactId => ArtifactId.parse(uuid(n));

const SHA = "ab".repeat(32);
const note = { sceneIndex: 0, sceneCount: 1, description: "a cat", motion: "push in", style: "cinematic" };

export const STORYBOARD_ORDER: StoryboardOrder = {
  kind: "storyboard",
  model: "writer-1",
  prompt: "A cat exploring Tokyo at night.",
  style: "cinematic",
  aspectRatio: "16:9",
  clipDurationSeconds: 6,
  sceneCount: null,
  maxScenes: 15,
  seed: null,
};
export const KEYFRAME_ORDER: KeyframeOrder = {
  kind: "keyframe",
  model: "painter-1",
  prompt: "a cat under a lantern \u{1f408} \"quoted\" 'too'",
  aspectRatio: "16:9",
  seed: 7,
  previous: null,
  note,
};
export const CLIP_ORDER: ClipOrder = {
  kind: "clip",
  model: "camera-1",
  prompt: "the cat walks",
  aspectRatio: "16:9",
  durationSeconds: 6,
  seed: null,
  start: { id: artifactId(901), sha256: SHA },
  end: { id: artifactId(902), sha256: SHA },
  note,
};
export const STITCH_ORDER: StitchOrder = {
  kind: "stitch",
  clips: [{ id: artifactId(903), sha256: SHA }],
  crossfadeSeconds: 0.5,
  missingScenes: [],
};

export const project = (n: number, changes: Partial<Project> = {}): Project => ({
  id: projectId(n),
  request: {
    prompt: `Film number ${n}`,
    style: "cinematic",
    aspectRatio: "16:9",
    clipDurationSeconds: 6,
    sceneCount: null,
    maxScenes: 15,
    seed: null,
    crossfadeSeconds: 0,
  },
  models: {
    provider: "studio",
    textModel: "writer-1",
    imageModel: "painter-1",
    videoModel: "camera-1",
    options: { size: "720p", loud: true, fps: 24 },
  },
  maxCostUsd: 5.25,
  hold: null,
  cancelled: false,
  until: "film",
  direction: NO_DIRECTION,
  revision: 0,
  status: "pending",
  message: null,
  epoch: 1,
  createdAtMs: NOON_MS + n,
  updatedAtMs: NOON_MS + n,
  ...changes,
});

/** A queued step of a project, due at noon. */
export const step = (id: number, ofProject: number, order: StepOrder, changes: Partial<Step> = {}): Step => ({
  id: stepId(id),
  projectId: projectId(ofProject),
  kind: order.kind,
  position: 0,
  take: 1,
  status: "queued",
  order,
  inputKey: `key-${id}`,
  attempts: 0,
  dueAtMs: NOON_MS,
  operation: null,
  result: null,
  failure: null,
  approvals: 0,
  reservedUsd: 0,
  fit: null,
  createdAtMs: NOON_MS,
  startedAtMs: null,
  finishedAtMs: null,
  ...changes,
});

export const submit = (id: number, ofProject: number, ofStep: number, changes: Partial<Submit> = {}): Submit => ({
  id: submitId(id),
  projectId: projectId(ofProject),
  stepId: stepId(ofStep),
  attempt: 1,
  state: "intent",
  usd: 0.4,
  quantity: 6,
  unit: "second",
  model: "camera-1",
  because: "first",
  operationName: null,
  billedUsd: null,
  replyId: null,
  resultId: null,
  verdict: null,
  reason: null,
  createdAtMs: NOON_MS,
  updatedAtMs: NOON_MS,
  ...changes,
});

export const artifact = (id: number, ofProject: number, ofStep: number, changes: Partial<Artifact> = {}): Artifact => ({
  id: artifactId(id),
  projectId: projectId(ofProject),
  stepId: stepId(ofStep),
  role: "clip",
  position: 0,
  key: `${projectId(ofProject)}/clip-00-abababababab.mp4`,
  sha256: SHA,
  bytes: 1_234_567,
  mediaType: "video/mp4",
  media: {
    durationSeconds: 6,
    video: {
      codec: "h264",
      profile: "High",
      pixelFormat: "yuv420p",
      width: 1280,
      height: 720,
      frameRate: { num: 24, den: 1 },
      frames: 144,
      durationSeconds: 6,
    },
    audio: null,
  },
  createdAtMs: NOON_MS,
  ...changes,
});

export const moved = (id: number, event: StepEvent): Change => ({ type: "advance", stepId: stepId(id), event });
