import type { Hono } from "hono";
import { generateSpecs } from "hono-openapi";
import type { ApiEnv } from "../middleware/auth.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** What stands in the paths. */
const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  id: "a project's id, or a unique start of it",
  n: "a scene, numbered from 0 as scene_index",
  name: "a reference's name; `-` is the first without a name, `-2` the second",
  still: "a keyframe, numbered from 0: 0 opens the film, N closes scene N-1",
};

/** OpenAPI 3.1, made from the schemas that check requests and type answers. */
export async function openApiDocument(api: Hono<ApiEnv>, version: string) {
  const document = await generateSpecs(api, {
    documentation: {
      info: { title: "vidpipe", version, description: "One prompt in, one finished multi-scene film out." },
      servers: [{ url: "/" }],
      security: [{}, { token: [] }],
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    },
    defaultOptions: Object.fromEntries(METHODS.map((method) => [method, { operationId }])),
    defaultValidationErrorResponse: false,
    excludeStaticFile: false,
  });
  for (const { get, post, put, patch, delete: remove } of Object.values(document.paths))
    for (const { parameters = [] } of [get, post, put, patch, remove].filter((one) => one !== undefined))
      for (const parameter of parameters)
        if ("in" in parameter && parameter.in === "path")
          parameter.description = PATH_PARAMETERS[parameter.name] ?? parameter.name;
  return document;
}

const operationId = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  [method.toLowerCase(), ...path.split(/[^a-z0-9]+/i).filter((word) => word !== "" && word !== "api")].join("_");
