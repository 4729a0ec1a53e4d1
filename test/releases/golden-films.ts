import type { Direction } from "../../src/domain/direction.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import { ArtifactId, ProjectId, StepId } from "../../src/domain/ids.ts";
import type { StepKind } from "../../src/domain/lifecycle.ts";
import type { ModelSelection, ProjectRequest } from "../../src/domain/project.ts";
import type { Artifact, Step, StepOrder, StepResult } from "../../src/domain/step.ts";
import type { Storyboard } from "../../src/domain/storyboard.ts";
import { type PlannedStep, plan } from "../../src/planning/plan.ts";
import { inputKeyOf } from "../../src/planning/step-orders.ts";

/** One order of a golden film and the key by which what was made from it is found again. */
export interface GoldenKey {
  readonly film: string;
  readonly kind: StepKind;
  readonly position: number;
  /** The order as JSON. */
  readonly order: string;
  readonly key: string;
}

const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const sha256Of = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");
const projectId = ProjectId.parse(uuid(1));

const storyboard: Storyboard = {
  title: "The lantern of the harbour",
  styleGuide: { visualStyle: "noir, ink and rain", colorPalette: "black and amber", cameraStyle: "slow pushes" },
  characters: [{ name: "Mika", physicalDescription: "A black cat", clothingDescription: "a red scarf" }],
  scenes: ["Mika finds a lantern.", "The Harbour wakes.", "Mika sleeps — “at last”."].map(
    (description, sceneIndex) => ({
      sceneIndex,
      description,
      startFramePrompt: `Wide shot. ${description}`,
      endFramePrompt: `Close shot. ${description}`,
      motionPrompt: `Push in ${sceneIndex + 1}.`,
      transitionNotes: "",
      characters: sceneIndex === 1 ? [] : ["Mika"],
    }),
  ),
};

/** The same with a transition and a length of its own. */
const edited: Storyboard = {
  ...storyboard,
  scenes: storyboard.scenes.map((scene, place) => {
    if (place === 0) return { ...scene, transition: { kind: "dip", seconds: 0.5 } };
    return place === 1 ? { ...scene, durationSeconds: 8, transition: { kind: "cut", seconds: 0 } } : scene;
  }),
};

const request: ProjectRequest = {
  prompt: "Mika finds a lantern. The Harbour wakes. Mika sleeps.",
  style: "noir",
  aspectRatio: "16:9",
  clipDurationSeconds: 4,
  sceneCount: 3,
  maxScenes: 15,
  seed: 7,
  crossfadeSeconds: 0,
};

/** As 2.0.0 froze them. */
const selections = {
  animatic: {
    provider: "animatic",
    textModel: "animatic-storyboard",
    imageModel: "animatic-still",
    videoModel: "animatic-clip",
    options: { width: 1280, height: 720, frameRate: 24 },
    readsNotes: true,
  },
  google: {
    provider: "google",
    textModel: "gemini-3.8-flash",
    imageModel: "gemini-3.1-flash-image",
    videoModel: "veo-3.1-fast-generate-001",
    options: {
      mode: "vertex",
      project: "films",
      location: "us-central1",
      imageSize: "1K",
      resolution: "720p",
      conditionedImageModel: "gemini-3.1-flash-image",
      outputGcsUri: "",
    },
    mostReferences: 13,
  },
} as const satisfies Record<string, ModelSelection>;

const plain: Direction = { storyboard: null, picks: [] };
const directed: Direction = {
  storyboard: edited,
  picks: [],
  references: [
    { name: "Mika", artifact: { id: ArtifactId.parse(uuid(900)), sha256: sha256Of("Mika") }, kind: "character" },
    { name: "Harbour", artifact: null, kind: "place", description: "Red cranes in fog" },
    { name: null, artifact: { id: ArtifactId.parse(uuid(901)), sha256: sha256Of("the look") } },
  ],
  boundaryFrame: "auto",
  told: [{ name: "Harbour", kind: "place", description: "Red cranes in fog" }],
};

function unbegun(models: ModelSelection, direction: Direction, changes: Partial<ProjectRequest>): ProjectFacts {
  const project: ProjectFacts["project"] = {
    id: projectId,
    request: { ...request, ...changes },
    models,
    maxCostUsd: null,
    hold: null,
    cancelled: false,
    until: "animatic",
    direction,
    revision: 0,
    status: "pending",
    message: null,
    epoch: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
  return { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
}

const roleOf = { keyframe: "keyframe", animatic: "animatic", clip: "clip", stitch: "final" } as const satisfies Record<
  Exclude<StepKind, "storyboard">,
  Artifact["role"]
>;

/** The facts after a planned step was made; its file holds what its place says. */
function afterMaking(facts: ProjectFacts, planned: PlannedStep): ProjectFacts {
  const { kind, position, order, inputKey } = planned;
  const number = facts.steps.length + 1;
  const id = StepId.parse(uuid(100 + number));
  const base = { id, projectId, kind, position, take: 1, status: "done", order, inputKey } as const;
  const times = { attempts: 1, dueAtMs: 0, createdAtMs: 0, startedAtMs: 0, finishedAtMs: 0 };
  const made = (result: StepResult): Step => ({
    ...base,
    ...times,
    operation: null,
    result,
    failure: null,
    approvals: 0,
    reservedUsd: 0,
    fit: null,
  });
  if (kind === "storyboard") return { ...facts, steps: [...facts.steps, made({ kind: "storyboard", storyboard })] };
  const sha256 = sha256Of(`${kind} ${position}`);
  const artifact: Artifact = {
    id: ArtifactId.parse(uuid(500 + number)),
    projectId,
    stepId: id,
    role: roleOf[kind],
    position,
    key: `${projectId}/${kind}-${position}`,
    sha256,
    bytes: 1,
    mediaType: kind === "keyframe" ? "image/png" : "video/mp4",
    media: null,
    createdAtMs: 0,
  };
  const step = made({ kind: "artifact", artifactId: artifact.id, report: null });
  return { ...facts, steps: [...facts.steps, step], artifacts: [...facts.artifacts, artifact] };
}

/** Makes everything a film needs, step after step as they are due, and keeps every order with its key. */
function keysOf(film: string, begun: ProjectFacts): GoldenKey[] {
  let facts = begun;
  for (let made = 0; ; made++) {
    if (made > 100) throw new Error("a film that never ends");
    const next = plan(facts).steps.find(({ step }) => step === null);
    if (next === undefined) break;
    facts = afterMaking(facts, next);
  }
  const recorded = facts.steps.map(({ kind, position, order, inputKey }) =>
    golden(film, { kind, position, order, key: inputKey }),
  );
  return [...recorded, ...furtherTakes(facts).map((one) => golden(film, one))];
}

const golden = (
  film: string,
  { order, ...rest }: Omit<GoldenKey, "film" | "order"> & { readonly order: StepOrder },
) => ({
  film,
  ...rest,
  order: JSON.stringify(order),
});

/** A retake of each clip and still, and a picture that the user brought. */
function furtherTakes(facts: ProjectFacts) {
  return facts.steps.flatMap(({ kind, position, order }) => {
    if (order.kind !== "keyframe" && order.kind !== "clip") return [];
    const retake = { ...order, seed: 8, variant: 1 };
    const own = order.kind === "keyframe" ? [{ ...order, model: "own picture", prompt: "", own: true as const }] : [];
    return [retake, ...own].map((one) => ({ kind, position, order: one, key: inputKeyOf(one, facts) }));
  });
}

/** Every order of ten films of three scenes: each provider, plain and with all that a user can direct. */
export const goldenKeys = (): readonly GoldenKey[] =>
  Object.entries(selections).flatMap(([provider, models]) => [
    ...keysOf(`${provider}, plain`, unbegun(models, plain, {})),
    ...keysOf(`${provider}, boundary frame`, unbegun(models, { ...plain, boundaryFrame: "drop" }, {})),
    ...keysOf(`${provider}, crossfade without a seed`, unbegun(models, plain, { crossfadeSeconds: 0.5, seed: null })),
    ...keysOf(`${provider}, told of its cast`, unbegun(models, { ...directed, storyboard: null }, {})),
    ...keysOf(`${provider}, directed`, unbegun(models, directed, {})),
  ]);
