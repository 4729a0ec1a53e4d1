/** Orders as the pipeline writes them, for tests of the offline provider. */
import type { AspectRatio } from "../../../src/domain/media.ts";
import type { ProjectRequest } from "../../../src/domain/project.ts";
import type { ClipOrder, KeyframeOrder, ShotNote, StoryboardOrder } from "../../../src/domain/step.ts";
import { ArtifactRef } from "../../../src/domain/step.ts";

export const request = (changes: Partial<ProjectRequest> = {}): ProjectRequest => ({
  prompt: "A cat exploring Tokyo at night. She finds a lantern. Dawn breaks over the bay.",
  style: "cinematic",
  aspectRatio: "16:9",
  clipDurationSeconds: 1,
  sceneCount: null,
  maxScenes: 15,
  seed: null,
  crossfadeSeconds: 0,
  ...changes,
});

export const storyboardOrder = (prompt: string, changes: Partial<StoryboardOrder> = {}): StoryboardOrder => ({
  kind: "storyboard",
  model: "offline-storyboard",
  prompt,
  style: "cinematic",
  aspectRatio: "16:9",
  clipDurationSeconds: 5,
  sceneCount: null,
  maxScenes: 15,
  seed: null,
  ...changes,
});

export const note = (changes: Partial<ShotNote> = {}): ShotNote => ({
  sceneIndex: 0,
  sceneCount: 3,
  description: "A cat exploring Tokyo at night.",
  motion: "Camera: push in, slow and eased.",
  style: "minimal",
  ...changes,
});

const ref = (name: string): ArtifactRef =>
  ArtifactRef.parse({ id: "019a0000-0000-7000-8000-000000000001", sha256: name });

export const keyframeOrder = (prompt: string, changes: Partial<KeyframeOrder> = {}): KeyframeOrder => ({
  kind: "keyframe",
  model: "offline-still",
  prompt,
  aspectRatio: "16:9",
  seed: null,
  previous: null,
  note: note(),
  ...changes,
});

export const clipOrder = (aspectRatio: AspectRatio, changes: Partial<ClipOrder> = {}): ClipOrder => ({
  kind: "clip",
  model: "offline-clip",
  prompt: "Camera: push in, slow and eased.",
  aspectRatio,
  durationSeconds: 1,
  seed: null,
  start: ref("start"),
  end: ref("end"),
  note: note(),
  ...changes,
});
