import type { Hono } from "hono";
import { z } from "zod";
import { ListPageAnswer } from "../routes/projects.ts";
import { ReferenceAnswer, ReferencesAnswer } from "../routes/references.ts";
import { DeliveriesAnswer, DiscardedAnswer } from "../routes/trash.ts";
import {
  PieceAnswer,
  ScenesAnswer,
  SceneTakesAnswer,
  StepAnswer,
  StepsAnswer,
  StoryboardAnswer,
  TakeAnswer,
} from "../schemas/assets.ts";
import { CostAnswer, EstimateAnswer, LedgerLineAnswer } from "../schemas/costs.ts";
import {
  EditAnswer,
  EditBody,
  HistoryAnswer,
  PickBody,
  PlanAnswer,
  PlanLineAnswer,
  RetakeBody,
  RetakeQuoteAnswer,
  RevertBody,
  TakesAnswer,
} from "../schemas/editing.ts";
import { ChoicesAnswer } from "../schemas/provider-options.ts";
import { GenerateBody, ResumeBody, StitchBody } from "../schemas/requests.ts";
import { AcceptedAnswer, ListItemAnswer, ProjectAnswer, SceneAnswer, StatusAnswer } from "../schemas/responses.ts";
import { SceneEdit, StoryboardBody } from "../schemas/storyboard.ts";
import { type AnswerDoc, docOf, type RouteDoc } from "./describe-route.ts";

/** Every refusal: v1's shape. */
const Refusal = z.strictObject({ detail: z.string() });

/** The schemas that get a name in the reference; others are written where they are used. */
const NAMED = {
  Accepted: AcceptedAnswer,
  ProviderOptions: ChoicesAnswer,
  Cost: CostAnswer,
  Deliveries: DeliveriesAnswer,
  Discarded: DiscardedAnswer,
  Edit: EditBody,
  Edited: EditAnswer,
  Estimate: EstimateAnswer,
  Generate: GenerateBody,
  History: HistoryAnswer,
  LedgerLine: LedgerLineAnswer,
  ListItem: ListItemAnswer,
  ListPage: ListPageAnswer,
  Pick: PickBody,
  Piece: PieceAnswer,
  Plan: PlanAnswer,
  PlanLine: PlanLineAnswer,
  Project: ProjectAnswer,
  Reference: ReferenceAnswer,
  References: ReferencesAnswer,
  Refusal,
  Resume: ResumeBody,
  Retake: RetakeBody,
  RetakeQuote: RetakeQuoteAnswer,
  Revert: RevertBody,
  Scene: SceneAnswer,
  SceneEdit,
  SceneTakes: SceneTakesAnswer,
  Scenes: ScenesAnswer,
  Status: StatusAnswer,
  Step: StepAnswer,
  Steps: StepsAnswer,
  Stitch: StitchBody,
  Storyboard: StoryboardAnswer,
  StoryboardEdit: StoryboardBody,
  Take: TakeAnswer,
  Takes: TakesAnswer,
} as const satisfies Record<string, z.ZodType>;

/** One documented route. */
export interface DocumentedRoute extends RouteDoc {
  readonly method: string;
  /** With `{name}` for parameters. */
  readonly path: string;
}

/** The routes of an app that say what they are for, in the order in which they were made. */
export function documentedRoutes(app: Pick<Hono, "routes">): readonly DocumentedRoute[] {
  const found = new Map<string, Partial<RouteDoc>>();
  for (const { method, path, handler } of app.routes) {
    const name = `${method} ${path}`;
    found.set(name, { ...found.get(name), ...docOf(handler) });
  }
  return [...found].flatMap(([name, { summary, answers, ...doc }]) => {
    const [method = "", path = ""] = name.split(" ");
    if (summary === undefined || answers === undefined) return [];
    return {
      body: undefined,
      bodyIsOptional: false,
      rawBody: undefined,
      query: undefined,
      isOpen: false,
      idempotent: false,
      ...doc,
      method,
      path: path.replace(/:(\w+)/g, "{$1}"),
      summary,
      answers,
    };
  });
}

/** OpenAPI 3.1, made from the schemas that check requests and type answers. */
export function openApi(routes: readonly DocumentedRoute[], version: string) {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { ...SCHEMA_OPTIONS, uri: (id) => `#/components/schemas/${id}` });
  const names = new Map<z.ZodType, string>(Object.entries(NAMED).map(([name, schema]) => [schema, name]));
  const schemaOf = (schema: z.ZodType): object => {
    const name = names.get(schema);
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    if (schema instanceof z.ZodUnion) return { anyOf: schema.options.flatMap(named) };
    if (schema instanceof z.ZodArray) return { type: "array", items: named(schema.element)[0] };
    return plain(schema);
  };
  const named = (schema: unknown): object[] => (schema instanceof z.ZodType ? [schemaOf(schema)] : []);
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, schemaOf) };
  return {
    openapi: "3.1.0",
    info: { title: "vidpipe", version, description: "One prompt in, one finished multi-scene film out." },
    servers: [{ url: "/" }],
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutMarks(schema)])),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

const SCHEMA_OPTIONS = { target: "draft-2020-12", io: "input", unrepresentable: "any" } as const;

const plain = (schema: z.ZodType): object => withoutMarks(z.toJSONSchema(schema, SCHEMA_OPTIONS));

const withoutMarks = (schema: object): object =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema" && key !== "$id"));

type SchemaOf = (schema: z.ZodType) => object;

function operationOf(route: DocumentedRoute, schemaOf: SchemaOf): object {
  const parameters = [...pathParameters(route.path), ...queryParameters(route.query), ...headerParameters(route)];
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(route.isOpen && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: {
        required: !route.bodyIsOptional,
        content: { "application/json": { schema: schemaOf(route.body) } },
      },
    }),
    ...(route.rawBody && {
      requestBody: {
        required: true,
        content: Object.fromEntries(route.rawBody.map((type) => [type, { schema: { contentMediaType: type } }])),
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answer]) => [status, answerOf(answer, schemaOf, "as asked")]),
      ),
      default: answerOf(Refusal, schemaOf, "refused, with the reason"),
    },
  };
}

const operationId = ({ method, path }: DocumentedRoute): string =>
  [method.toLowerCase(), ...path.split(/[^a-z0-9]+/i).filter((word) => word !== "" && word !== "api")].join("_");

const answerOf = (answer: AnswerDoc, schemaOf: SchemaOf, description: string): object => ({
  description,
  content:
    typeof answer === "string"
      ? { [answer]: { schema: { type: "string" } } }
      : { "application/json": { schema: schemaOf(answer) } },
});

const PARAMETERS: Readonly<Record<string, string>> = {
  id: "a project's id, or a unique start of it",
  name: "a reference's name; `-` is the first without a name, `-2` the second",
  still: "a still, numbered from 0: 0 opens the film, N closes scene N-1",
};

const pathParameters = (path: string): object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    description: PARAMETERS[name ?? ""] ?? "a scene, numbered from 0 as scene_index",
    schema: { type: "string" },
  }));

const queryParameters = (query: z.ZodObject | undefined): object[] =>
  Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    // What the text of a URL stands for: whole numbers are integers here.
    schema: withoutMarks(z.toJSONSchema(schema, { ...SCHEMA_OPTIONS, io: "output" })),
  }));

const headerParameters = ({ idempotent }: DocumentedRoute): object[] =>
  idempotent
    ? [
        {
          name: "Idempotency-Key",
          in: "header",
          required: false,
          description: "The same key and body get the same answer and are carried out once; kept for a day.",
          schema: { type: "string", minLength: 1, maxLength: 255 },
        },
      ]
    : [];
