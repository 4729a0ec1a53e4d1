import { z } from "zod";
import type { openApiDocument } from "./document.ts";
import { escapeHtml, fieldTable, ShownSchema, table, typeText } from "./schema-table.ts";

/** A page and what may be on it. */
export interface ReferencePage {
  readonly html: string;
  /** Its Content-Security-Policy: nothing from anywhere, one style sheet by its hash. */
  readonly policy: string;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif; --line: color-mix(in srgb, currentcolor 22%, transparent); }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h2 { margin: 3rem 0 .5rem; } h3 { font-size: 1rem; margin: 0; }
a { color: light-dark(#0b57d0, #8ab4f8); }
code, pre { font: .875rem/1.5 ui-monospace, monospace; }
pre { padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; overflow-x: auto; }
section { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; scroll-margin-top: 1rem; }
section p { margin: .5rem 0; } section h4 { margin: 1rem 0 .25rem; font-size: .875rem; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
td { vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); }
td:nth-child(1) { width: 28%; } td:nth-child(2) { width: 32%; }
nav td { border: 0; padding-block: .1rem; } nav td:nth-child(1) { width: 55%; } nav h3 { margin-top: 1rem; }
summary { cursor: pointer; }
@media (max-width: 40rem) { tr { display: block; border-top: 1px solid var(--line); padding: .35rem 0; } td, td:nth-child(n) { display: block; width: auto; border: 0; padding: 0; } }
`;

const Media = z.object({ schema: ShownSchema });
const Content = z.object({ content: z.record(z.string(), Media) });
/** What the reference shows of an operation. */
const Operation = z.object({
  summary: z.string(),
  security: z.array(z.unknown()).optional(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), description: z.string().optional(), schema: ShownSchema }))
    .default([]),
  requestBody: Content.extend({ required: z.boolean() }).optional(),
  responses: z.record(z.string(), Content),
});

interface Route extends z.infer<typeof Operation> {
  readonly method: string;
  readonly path: string;
}

/** Where a route stands in the page, by the first pattern that fits its path. */
const GROUPS = [
  ["Operations", /^(\/metrics|\/api\/(health|ready))/],
  ["Editing a film", /\{id\}\/(plan|storyboard|retakes|takes|picks|history|revert|references|keyframes)/],
  ["What was made", /\{id\}\/(scenes|download|film|animatic|cost|steps)/],
  ["A film", /\{id\}/],
  ["Films", /./],
] as const;
const ORDER = ["Films", "A film", "What was made", "Editing a film", "Operations"] as const;

/** The OpenAPI document as one page for people, without scripts and without network access. */
export function referencePage(spec: Awaited<ReturnType<typeof openApiDocument>>): ReferencePage {
  const hash = new Bun.CryptoHasher("sha256").update(STYLE).digest("base64");
  const routes = Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Route => {
      return { method: method.toUpperCase(), path, ...Operation.parse(operation) };
    }),
  );
  const groups = Map.groupBy(routes, ({ path }) => GROUPS.find(([, pattern]) => pattern.test(path))?.[0] ?? "Films");
  const inOrder = ORDER.map((title) => ({ title, routes: groups.get(title) ?? [] }));
  return {
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>vidpipe API</title><style>${STYLE}</style></head><body>
<h1>vidpipe API ${escapeHtml(spec.info.version)}</h1>
<p>Order a film with <code>POST /api/generate</code>, follow it with <code>GET .../status?wait=60</code> or as events,
then download it with <code>GET .../download</code>. The other routes show details and edit the film.</p>
<p>Requests and answers are JSON in UTF-8. Amounts are US dollars. Scenes count from 0.</p>
<p>An error has a status of 400 or more and a body with <code>detail</code> for people (what happened, what is safe, what
to do next), <code>code</code> for programs, <code>status</code>, and for bad input <code>field</code>, the first field at
fault: <code>{"detail": "crossfade of 5 s is longer than ...", "code": "input.invalid", "status": 422, "field":
"crossfade"}</code>. These are members of RFC 9457; the content type is <code>application/json</code>.</p>
<p>Where the server has tokens, send <code>Authorization: Bearer TOKEN</code>. Send an <code>Idempotency-Key</code> with
every request that costs money: sent again with the same key, it is carried out once. For programs:
<a href="/api/openapi.json">OpenAPI 3.1</a>.</p>
<nav><h2>Routes</h2>${inOrder.map(contents).join("")}</nav>
${EXAMPLES}
${inOrder.map(({ title, routes }) => `<h2>${title}</h2>${routes.map(routeSection).join("")}`).join("")}
<h2>Schemas</h2>
${Object.entries(spec.components.schemas ?? {})
  .map(schemaSection)
  .join("")}
</body></html>`,
  };
}

const anchorOf = ({ method, path }: Route): string => `${method}${path}`.replace(/\W+/g, "-").toLowerCase();

const contents = ({ title, routes }: { readonly title: string; readonly routes: readonly Route[] }): string =>
  `<h3>${title}</h3><table>${routes
    .map(
      (route) =>
        `<tr><td><a href="#${anchorOf(route)}"><code>${route.method} ${escapeHtml(route.path)}</code></a></td><td>${prose(route.summary)}</td></tr>`,
    )
    .join("")}</table>`;

function routeSection(route: Route): string {
  const { method, path, summary, security, parameters, requestBody, responses } = route;
  const asked = parameters.map(({ name, in: place, description, schema }) => ({
    name,
    type: typeText(schema),
    note: `In the ${place}. ${escapeHtml(description ?? schema.description ?? "")}`,
  }));
  // Errors are the same everywhere: the top of the page describes them.
  const answers = Object.entries(responses)
    .filter(([status]) => status !== "default")
    .map(([status, { content }]) => ({ name: status, type: contentText(content), note: "" }));
  const isOpen = security?.length === 0;
  const body = requestBody && `${contentText(requestBody.content)}${requestBody.required ? "" : ", optional"}`;
  return `<section id="${anchorOf(route)}"><h3><span class="method">${method}</span> <code>${escapeHtml(path)}</code></h3>
<p>${prose(summary)}.${isOpen ? " Needs no token." : ""}</p>
${asked.length === 0 ? "" : `<h4>Parameters</h4>${table(asked)}`}
${body === undefined ? "" : `<h4>Body</h4><p>${body}</p>`}
<h4>Answers</h4>${table(answers)}</section>`;
}

const contentText = (content: z.infer<typeof Content>["content"]): string =>
  Object.entries(content)
    .map(([type, { schema }]) => (type === "application/json" ? typeText(schema) : escapeHtml(type)))
    .join(", ");

/** Text in which backquotes mark code. */
const prose = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");

/** Schemas of bodies: what is required of them is said. */
const ASKED = /^(Generate|Edit|Pick|Resume|Retake|Revert|Stitch|SceneEdit|StoryboardEdit)$/;

const schemaSection = ([name, schema]: [string, object]): string =>
  `<section id="schema-${escapeHtml(name)}"><h3>${escapeHtml(name)}</h3>${fieldTable(ShownSchema.parse(schema), ASKED.test(name))}</section>`;

const EXAMPLES = `<h2>With curl</h2>
<pre>${escapeHtml(`curl -s http://127.0.0.1:8000/api/generate \\
  -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: monday-film-1' \\
  -d '{"prompt": "A cat exploring Tokyo at night", "max_cost": 5}'

curl -s 'http://127.0.0.1:8000/api/projects/ID/status?wait=60' -H 'Authorization: Bearer TOKEN'
curl -N http://127.0.0.1:8000/api/projects/ID/events -H 'Authorization: Bearer TOKEN'
curl -o film.mp4 http://127.0.0.1:8000/api/projects/ID/download -H 'Authorization: Bearer TOKEN'`)}</pre>
<h2>Events</h2>
<p><code>GET .../events</code> is a stream of server-sent events. It starts with past events. Each event has a number as
its <code>id</code>. A client that was disconnected sends the last number as <code>Last-Event-ID</code> and misses nothing
(browsers do this automatically). <code>data</code> is JSON with <code>seq</code>, <code>at</code> and, by event type:</p>
${table([
  {
    name: "project",
    type: "the film's status changed, or it was edited",
    note: "<code>status</code>, <code>message</code>, or <code>edit</code>",
  },
  {
    name: "step",
    type: "the status of a storyboard, keyframe, clip or film step changed",
    note: "<code>kind</code>, <code>position</code>, <code>take</code>, <code>status</code>, <code>message</code>",
  },
  {
    name: "money",
    type: "a paid call was recorded, sent or answered",
    note: "<code>state</code>, <code>usd</code>; all of them: <code>GET .../cost</code>",
  },
])}
<h2>With TypeScript</h2>
<p>Types for a client come from the OpenAPI document, e.g. with <code>openapi-typescript</code> and
<code>openapi-fetch</code> from npm.</p>
<pre>${escapeHtml(`npx openapi-typescript http://127.0.0.1:8000/api/openapi.json -o vidpipe.d.ts

import createClient from "openapi-fetch";
import type { paths } from "./vidpipe.d.ts";

const headers = { Authorization: "Bearer TOKEN" };
const api = createClient<paths>({ baseUrl: "http://127.0.0.1:8000", headers });
const film = { prompt: "A cat exploring Tokyo at night", max_cost: 5 };
const { data, error } = await api.POST("/api/generate", { body: film });
console.log(data?.project_id ?? error?.detail);`)}</pre>
<h2>With n8n</h2>
<p>Three HTTP Request nodes, each with a Header Auth credential: name <code>Authorization</code>, value
<code>Bearer TOKEN</code>.</p>
<details><summary>Copy this and paste it into a workflow</summary><pre>${escapeHtml(
  JSON.stringify(
    {
      nodes: [
        n8nNode("Make the film", 0, {
          method: "POST",
          url: "http://vidpipe:8000/api/generate",
          sendHeaders: true,
          headerParameters: { parameters: [{ name: "Idempotency-Key", value: "={{ $execution.id }}" }] },
          sendBody: true,
          specifyBody: "json",
          jsonBody: '={{ { "prompt": $json.prompt, "max_cost": 5 } }}',
        }),
        n8nNode("Wait for it", 1, {
          url: "=http://vidpipe:8000/api/projects/{{ $('Make the film').item.json.project_id }}/status",
          sendQuery: true,
          queryParameters: { parameters: [{ name: "wait", value: "240" }] },
          options: { timeout: 300_000 },
        }),
        n8nNode("Fetch the film", 2, {
          url: "=http://vidpipe:8000/api/projects/{{ $json.project_id }}/download",
          options: { response: { response: { responseFormat: "file" } } },
        }),
      ],
      connections: {
        "Make the film": { main: [[{ node: "Wait for it", type: "main", index: 0 }]] },
        "Wait for it": { main: [[{ node: "Fetch the film", type: "main", index: 0 }]] },
      },
    },
    null,
    2,
  ),
)}</pre></details>
<p>The second node answers when the status changes: loop back to it with an If node until <code>status</code> is
<code>complete</code>. Or send <code>webhook_url</code> in the first node, with the address of a Webhook node.</p>`;

function n8nNode(name: string, place: number, parameters: object): object {
  const auth = { authentication: "genericCredentialType", genericAuthType: "httpHeaderAuth" };
  return {
    name,
    type: "n8n-nodes-base.httpRequest",
    typeVersion: 4.2,
    position: [place * 220, 0],
    parameters: { ...auth, ...parameters },
  };
}
