import { z } from "zod";
import { cell, code, page, table } from "./markdown.ts";
import { startVidpipe } from "./run-vidpipe.ts";

/** The parts of a JSON schema that the page shows; the rest is in `/api/openapi.json`. */
interface Schema {
  readonly [key: string]: unknown;
  readonly $ref?: string | undefined;
  readonly type?: string | string[] | undefined;
  readonly const?: unknown;
  readonly enum?: unknown[] | undefined;
  readonly format?: string | undefined;
  readonly description?: string | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: Schema[] | undefined;
  readonly oneOf?: Schema[] | undefined;
  readonly properties?: Record<string, Schema> | undefined;
  readonly required?: string[] | undefined;
}
const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    format: z.string().optional(),
    description: z.string().optional(),
    items: Schema.optional(),
    anyOf: z.array(Schema).optional(),
    oneOf: z.array(Schema).optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
  }),
);

const Content = z.object({ content: z.record(z.string(), z.looseObject({ schema: Schema.optional() })).default({}) });

const Operation = z.object({
  summary: z.string().default(""),
  security: z.array(z.unknown()).optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        description: z.string().optional(),
        schema: Schema.default({}),
      }),
    )
    .default([]),
  requestBody: Content.extend({ required: z.boolean().default(false) }).optional(),
  responses: z.record(z.string(), Content).default({}),
});

const OpenApi = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema).default({}) }).default({ schemas: {} }),
});

/** What a server of this build says of itself, by its own route. */
async function readOpenApi(folder: string): Promise<z.infer<typeof OpenApi>> {
  const run = startVidpipe(folder, "serve", "--port", "0");
  try {
    const answer = await fetch(new URL("/api/openapi.json", await addressOf(run.stdout, run.stderr)));
    return OpenApi.parse(await answer.json());
  } finally {
    run.kill("SIGTERM");
    await run.exited;
  }
}

/** Where the server says that it listens. */
async function addressOf(...streams: readonly ReadableStream<Uint8Array>[]): Promise<string> {
  const seen = streams.map(async (stream) => {
    let text = "";
    for await (const bytes of stream) {
      text += new TextDecoder().decode(bytes);
      const address = /http:\/\/[\d.]+:\d+/.exec(text)?.[0];
      if (address !== undefined) return address;
    }
    throw new Error(`the server did not start: ${text}`);
  });
  return Promise.any(seen);
}

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

/** A schema's type in a few words; a named one is a link to its table. */
function typeText(schema: Schema | undefined): string {
  if (schema === undefined) return "";
  const { $ref, type, items, anyOf, oneOf } = schema;
  if ($ref !== undefined) {
    const name = $ref.split("/").at(-1) ?? "";
    return `[${name}](#${anchorOf(name)})`;
  }
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum?.includes("input.invalid")) return "a [failure code](errors.md)";
  if (schema.enum !== undefined) return schema.enum.map((word) => code(String(word))).join(", ");
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeText))].join(" or ");
  if (type === "array") return `list of ${typeText(items) || "anything"}`;
  const words = [type ?? []].flat().join(" or ");
  return [words || "anything", ...limits(schema)].join(", ");
}

/** Bounds of a number or of a text's length; those of safe integers are left out. */
function limits(schema: Schema): string[] {
  const bound = (name: string) => {
    const value = schema[name];
    return typeof value === "number" && Math.abs(value) < 2 ** 52 ? value : undefined;
  };
  const range = (from: number | undefined, to: number | undefined, what: string): string[] => {
    if (from === undefined && to === undefined) return [];
    return [`${from === undefined ? "" : `${from} `}${to === undefined ? "or more" : `to ${to}`}${what}`];
  };
  const above = bound("exclusiveMinimum");
  return [
    ...(schema.format === undefined ? [] : [schema.format]),
    ...(above === undefined ? [] : [`more than ${above}`]),
    ...range(bound("minimum"), bound("maximum"), ""),
    ...range(bound("minLength"), bound("maxLength"), " characters"),
  ];
}

const contentText = ({ content }: z.infer<typeof Content>): string =>
  Object.entries(content)
    .map(([type, { schema }]) => (type.endsWith("json") ? typeText(schema) : code(type)))
    .join(", ");

function routeSection(method: string, path: string, operation: z.infer<typeof Operation>): string {
  const { summary, security, parameters, requestBody, responses } = operation;
  // The id is the same everywhere: the top of the page says it.
  const own = parameters
    .filter(({ name, in: place }) => name !== "id" || place !== "path")
    .toSorted((a, b) => Number(b.in === "path") - Number(a.in === "path"));
  const asked = own.map(({ name, in: place, description, schema }) => [
    code(name),
    place,
    typeText(schema),
    cell(description ?? schema.description ?? ""),
  ]);
  const answers = Object.entries(responses)
    .filter(([status]) => status !== "default" && Number(status) < 400)
    .map(([status, answer]) => `${status}: ${contentText(answer) || "no body"}`);
  const body = requestBody && `Body: ${contentText(requestBody)}${requestBody.required ? "" : " (may be left out)"}.`;
  return [
    `### ${method.toUpperCase()} ${path}`,
    `${summary}.${security?.length === 0 ? " Needs no token." : ""}`,
    ...(asked.length > 0 ? [table(["parameter", "in", "type", "meaning"], asked)] : []),
    ...(body === undefined ? [] : [body]),
    `Answers ${answers.join("; ")}.`,
  ].join("\n\n");
}

function schemaSection(name: string, schema: Schema): string {
  const fields = Object.entries(schema.properties ?? {}).map(([field, of]) => [
    code(field),
    typeText(of),
    schema.required?.includes(field) ? "yes" : "",
    cell(of.description ?? ""),
  ]);
  const words = [`### ${name}`, ...(schema.description === undefined ? [] : [schema.description])];
  const shown = fields.length > 0 ? table(["field", "type", "required", "meaning"], fields) : `${typeText(schema)}.`;
  return [...words, shown].join("\n\n");
}

/** docs/reference/http-api.md; `folder` is an empty one for a server that is started and stopped. */
export async function httpPage(folder: string): Promise<string> {
  const { paths, components } = await readOpenApi(folder);
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  return page("HTTP API", [
    "`vidpipe serve` shows the same at `/api/docs`, and as OpenAPI 3.1 at `/api/openapi.json`. How to use it is in [the guide](../guide/http-api.md); limits and error bodies are there too.",
    "Requests and answers are JSON in UTF-8. Amounts are US dollars. Scenes and stills count from 0. `{id}` may be shortened to any unique beginning.",
    table(
      ["route", "what it does"],
      routes.map(({ method, path, operation }) => {
        const heading = `${method.toUpperCase()} ${path}`;
        return [`[\`${heading}\`](#${anchorOf(heading)})`, cell(operation.summary)];
      }),
    ),
    "## Routes",
    ...routes.map(({ method, path, operation }) => routeSection(method, path, operation)),
    "## Schemas",
    ...Object.entries(components.schemas)
      .toSorted(([a], [b]) => a.localeCompare(b, "en"))
      .map(([name, schema]) => schemaSection(name, schema)),
  ]);
}
