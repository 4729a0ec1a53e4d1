/** What the server takes and answers, by the types of its own routes. Amounts are US dollars, durations seconds. */
import type { InferRequestType, InferResponseType } from "hono/client";
import type { ApiClient } from "../../../api/client.ts";

type Projects = ApiClient["projects"];
type Routes = Projects[":id"];

export type Project = InferResponseType<Routes["$get"], 200>;
export type ProjectStatus = Project["status"];
export type SceneState = Project["scenes"][number];
export type Wait = Project["waits"][number];
export type Way = Wait["ways"][number];
export type Seam = Project["seams"][number];
export type Aspect = Project["aspect_ratio"];

/** One page of the list of films; `next_cursor` is null on the last one. */
export type ListPage = Exclude<InferResponseType<Projects["$get"], 200>, readonly unknown[]>;
export type ListedFilm = ListPage["projects"][number];
/** How many films there are by status. */
export type Counts = ListPage["counts"];
/** What the stream of the list tells: a film as it is now, or the id of one that is not in the list any more. */
export interface FilmChange {
  readonly film?: ListedFilm;
  readonly goneId?: string;
}

export type Storyboard = InferResponseType<Routes["storyboard"]["$get"], 200>;
export type StoryScene = Storyboard["scenes"][number];
/** Seconds in which both scenes are seen; a cut takes none. */
export type Transition = NonNullable<StoryScene["transition"]>;

export type Step = InferResponseType<Routes["steps"]["$get"], 200>["steps"][number];
export type StepKind = Step["kind"];
export type StepStatus = Step["status"];

export type Plan = InferResponseType<Routes["plan"]["$get"], 200>;
export type PlanLine = Plan["lines"][number];
export type Take = InferResponseType<Routes["takes"]["$get"], 200>["takes"][number];
/** A paid answer that is not used. */
export type RejectedAnswer = Take["rejected"][number];
/** What a film has bought. */
export type Receipt = InferResponseType<Routes["cost"]["$get"], 200>;
export type ReceiptLine = Receipt["ledger"][number];
export type Revision = InferResponseType<Routes["history"]["$get"], 200>["revisions"][number];
export type Cast = InferResponseType<Routes["references"]["$get"], 200>;

export type Estimate = InferResponseType<ApiClient["estimate"]["$post"], 200>;
export type EstimateLine = Estimate["lines"][number];
/** The options for a new film. */
export type ProviderOptions = InferResponseType<ApiClient["choices"]["$get"], 200>;
export type Accepted = InferResponseType<Routes["cancel"]["$post"], 202>;

type Body<Route> = InferRequestType<Route> extends { json: infer Json } ? Json : never;

/** A new film; what is left out comes from the server's configuration. */
export interface FilmRequest extends Omit<Body<ApiClient["generate"]["$post"]>, "storyboard"> {
  /** From a file of the user's; the server checks that it is a storyboard. */
  readonly storyboard?: object;
}
/** Where a film can stop for approval. */
export type Until = NonNullable<FilmRequest["until"]>;
export type ResumeChoice = Body<Routes["resume"]["$post"]>;
export type Retake = Pick<Body<Routes["retakes"]["$post"]>, "scene" | "piece" | "prompt" | "seed"> & {
  readonly takes: number;
};
export type Piece = Retake["piece"];
