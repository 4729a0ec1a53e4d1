import type { Until } from "../../src/domain/direction.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { Scene, Storyboard } from "../../src/domain/storyboard.ts";
import type { ProjectView } from "../../src/domain/view.ts";
import type { StoryboardEdit } from "../../src/editing/edit-storyboard.ts";
import { never } from "../support/never.ts";
import type { Incarnation } from "./boot.ts";
import type { Environment } from "./environment.ts";
import type { ActId } from "./faults.ts";
import type { Random } from "./random.ts";

/** What a user does to direct a film, through one process. Throws what the process throws. */
export type Act = (testApp: Incarnation) => Promise<void>;

/** The user as director: edits, takes, picks and ways back, from what they see, which may have changed meanwhile. */
export interface EditingUser {
  /** An act that the film as it stands may take; the process may still refuse it. */
  draw(facts: ProjectFacts): Act;
  /** A change of the storyboard. */
  edit(facts: ProjectFacts): Act;
  /** Looks at the price, then lets the film go on. */
  approve(facts: ProjectFacts): Act;
  /** Back to a revision. */
  revert(facts: ProjectFacts, revision: number): Act;
}

type Edit = { readonly id: ActId; readonly storyboard: Storyboard };

/** An edit, and what its author saw before. */
interface Edited {
  readonly kind: ActId;
  readonly seen: ProjectView;
  readonly edited: StoryboardEdit;
}

const numbered = (scenes: readonly Scene[]): Scene[] => scenes.map((scene, sceneIndex) => ({ ...scene, sceneIndex }));
const longestFilm = 4;
/** All but the animatic: its captions are drawn in files of their own, which the loop does not see. */
const STAGES: readonly Until[] = ["storyboard", "keyframes", "clips", "film"];

export function createEditingUser(environment: Environment): EditingUser {
  const { loop, audit, faults } = environment;
  const random: Random = environment.random.fork("directing");
  let words = 0;

  /** Another wording; the old one's own mark goes. */
  const reworded = (text: string): string => `${text.replace(/ \(draft \d+\)$/, "")} (draft ${++words})`;

  function rewordedScene(scene: Scene): Scene {
    return random.pick<() => Scene>([
      () => ({ ...scene, description: reworded(scene.description) }),
      () => ({ ...scene, motionPrompt: reworded(scene.motionPrompt) }),
      () => ({ ...scene, endFramePrompt: reworded(scene.endFramePrompt) }),
    ])();
  }

  const replaced = ({ scenes }: Storyboard, place: number, make: (scene: Scene) => Scene): Scene[] =>
    scenes.map((scene, number) => (number === place ? make(scene) : scene));

  function drawEdit(before: Storyboard): Edit {
    const { scenes } = before;
    const place = random.below(scenes.length);
    const edit = (id: ActId, changed: readonly Scene[]): Edit => ({
      id,
      storyboard: { ...before, scenes: numbered(changed) },
    });
    const kinds: (() => Edit)[] = [
      () => edit("D1", replaced(before, place, rewordedScene)),
      () => edit("D5", replaced(before, place, drawTransition)),
    ];
    if (scenes.length < longestFilm)
      kinds.push(() =>
        edit(
          "D2",
          scenes.flatMap((scene, number) => (number === place ? [scene, rewordedScene(scene)] : scene)),
        ),
      );
    if (scenes.length > 1) {
      kinds.push(() =>
        edit(
          "D3",
          scenes.filter((_, number) => number !== place),
        ),
      );
      kinds.push(() => edit("D4", [...scenes.slice(1), ...scenes.slice(0, 1)]));
    }
    return random.pick(kinds)();
  }

  const drawTransition = ({ transition: _, ...scene }: Scene): Scene =>
    random.pick<Scene>([
      scene,
      { ...scene, transition: { kind: "cut", seconds: 0 } },
      { ...scene, transition: { kind: "dip", seconds: 1 } },
    ]);

  /** Carries an act out; one that the process refuses must have changed nothing: `applied` says whether it did. */
  async function wholly<T>(id: ActId, act: () => Promise<T>, preview: () => boolean): Promise<T> {
    try {
      const done = await act();
      faults.happened(id);
      return done;
    } catch (thrown) {
      const code = thrown instanceof VidpipeError ? thrown.code : "internal";
      const refused = code === "input.invalid" || code === "project.conflict" || code === "run.lease_lost";
      if (refused && preview()) loop.fail(`9.7 ${id} was refused and carried out all the same: ${thrown}`);
      throw thrown;
    }
  }

  const now = ({ project }: ProjectFacts): ProjectFacts | undefined => audit.latest.get(project.id);
  const wait = () => loop.sleep(null, random.pick([0, 0, random.between(10, 3_000)]));

  const edit = (facts: ProjectFacts): Act => {
    const { id } = facts.project;
    return async (testApp) => {
      const seen = await testApp.service.get(id);
      if (seen.storyboard === null) return;
      const { id: kind, storyboard } = drawEdit(seen.storyboard);
      const patch = random.random(0.3);
      const edited = { storyboard, patch, ...(random.random(0.6) ? { revision: seen.revision } : {}) };
      await wait();
      if (random.random(0.5)) await testApp.editing.forecastEdit(id, edited, never);
      await execute(testApp, facts, { kind, seen, edited });
      if (patch) faults.happened("D6");
    };
  };

  async function execute({ editing }: Incarnation, facts: ProjectFacts, { kind, seen, edited }: Edited): Promise<void> {
    const { storyboard, revision } = edited;
    const isNew = !Bun.deepEquals(seen.storyboard, storyboard);
    const isThere = () => isNew && Bun.deepEquals(now(facts)?.project.direction.storyboard, storyboard);
    const view = await wholly(kind, () => editing.editStoryboard(facts.project.id, edited, never), isThere);
    loop.must(Bun.deepEquals(view.storyboard, storyboard), "9.7 an edit was carried out in part");
    if (isNew && revision !== undefined)
      loop.must(view.revision === revision + 1, `9.7 an edit of revision ${revision} made revision ${view.revision}`);
  }

  const retake = (facts: ProjectFacts): Act => {
    const { id } = facts.project;
    return async ({ service, editing }) => {
      const { storyboard } = await service.get(id);
      const scenes = storyboard?.scenes.length ?? 1;
      const kind = random.pick(["keyframe", "clip"] as const);
      const position = random.below(kind === "clip" ? scenes : scenes + 1);
      const takes = 1 + random.below(2);
      const wanted = { kind, position, takes, ...(random.random(0.3) ? { prompt: reworded("another still 0") } : {}) };
      await editing.quoteRetake(id, wanted);
      audit.direction.ordersTakes(id, takes);
      await wholly(
        "D7",
        () => editing.retake(id, wanted),
        () => false,
      );
    };
  };

  const pick = (facts: ProjectFacts): Act => {
    const { id } = facts.project;
    return async ({ editing }) => {
      const takes = (await editing.takes(id)).filter(({ step }) => step.status === "done");
      if (takes.length === 0) return;
      const { kind, position, take } = random.pick(takes).step;
      if (kind !== "keyframe" && kind !== "clip") return;
      await wait();
      await wholly(
        "D8",
        () => editing.pick(id, { kind, position, take }),
        () => false,
      );
    };
  };

  const revert = (facts: ProjectFacts, revision: number): Act => {
    const { id } = facts.project;
    return async ({ editing }) => {
      const to = (await editing.history(id)).find((known) => known.revision === revision);
      const view = await wholly(
        "D9",
        () => editing.revert(id, revision),
        () => false,
      );
      const storyboard = to?.direction.storyboard ?? null;
      if (storyboard !== null)
        loop.must(Bun.deepEquals(view.storyboard, storyboard), "9.7 a way back led somewhere else");
    };
  };

  const approve = (facts: ProjectFacts): Act => {
    const { id } = facts.project;
    return async ({ editing, service }) => {
      const told = await editing.forecast(id);
      const seen = now(facts);
      if (seen?.project.status === "review" && told.complete && seen.project.revision === facts.project.revision)
        audit.direction.toldPrice(seen, told.totalUsd);
      await service.resume(id, {}, never);
      audit.resumed(id);
      faults.happened("D10");
    };
  };

  const goOnUntil = (facts: ProjectFacts): Act => {
    const until: Until = random.pick(STAGES);
    return async ({ service }) => {
      await service.resume(facts.project.id, { until }, never);
      audit.resumed(facts.project.id);
      faults.happened("D11");
    };
  };

  return {
    edit,
    approve,
    revert,
    draw(facts) {
      const { revision, status } = facts.project;
      if (status === "review" && random.random(0.5)) return approve(facts);
      const back = () => revert(facts, random.below(revision + 1));
      return random.pick([edit, edit, edit, retake, retake, pick, pick, back, goOnUntil])(facts);
    },
  };
}
