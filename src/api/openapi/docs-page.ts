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
  ["Whoever runs it", /^(\/metrics|\/api\/(health|ready))/],
  ["Directing a film", /\{id\}\/(plan|storyboard|retakes|takes|picks|history|revert|references|keyframes)/],
  ["What was made", /\{id\}\/(scenes|download|film|animatic|cost|steps)/],
  ["A film", /\{id\}/],
  ["Films", /./],
] as const;
const ORDER = ["Films", "A film", "What was made", "Directing a film", "Whoever runs it"] as const;

/** The reference as one page that needs no script and no network: what the OpenAPI description says, for people. */
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
<p>Ask for a film with <code>POST /api/generate</code>, follow it with <code>GET .../status?wait=60</code> or as events,
then fetch it with <code>GET .../download</code>. Everything else is for looking closer and for directing.</p>
<p>Requests and answers are JSON in UTF-8; amounts are US dollars, scenes count from 0. A refusal has a status of 400 or
more and says <code>{"detail": "why"}</code>. Where the server has tokens, send
<code>Authorization: Bearer TOKEN</code>. Send an <code>Idempotency-Key</code> with whatever costs money: sent again, it is
carried out once. For machines: <a href="/api/openapi.json">OpenAPI 3.1</a>.</p>
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
  // Refusals are the same everywhere: the top of the page says how they look.
  const answers = Object.entries(responses)
    .filter(([status]) => status !== "default")
    .map(([status, { content }]) => ({ name: status, type: contentText(content), note: "" }));
  const isOpen = security?.length === 0;
  const body = requestBody && `${contentText(requestBody.content)}${requestBody.required ? "" : ", may be left out"}`;
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
<p><code>GET .../events</code> is a stream of server-sent events, first those of the past. Each has a number as its
<code>id</code>; who was cut off sends the last one as <code>Last-Event-ID</code> (browsers do it by themselves) and
misses nothing. <code>data</code> is JSON with <code>seq</code> and <code>at</code>, and by the type of the event:</p>
${table([
  {
    name: "project",
    type: "the film stands otherwise, or was directed",
    note: "<code>status</code>, <code>message</code>, or <code>edit</code>",
  },
  {
    name: "step",
    type: "a storyboard, still, clip or film is under way",
    note: "<code>kind</code>, <code>position</code>, <code>take</code>, <code>status</code>, <code>message</code>",
  },
  {
    name: "money",
    type: "a paid call was written down, sent or answered",
    note: "<code>state</code>, <code>usd</code>; all of them: <code>GET .../cost</code>",
  },
])}
<h2>With TypeScript</h2>
<p>The client in <code>src/api/client.ts</code> has the types of every route, from the schemas that check them.</p>
<pre>${escapeHtml(`import { createClient } from "vidpipe/src/api/client.ts";

const { api } = createClient("http://127.0.0.1:8000", "TOKEN");
const made = await api.generate.$post({ json: { prompt: "A cat exploring Tokyo at night", max_cost: 5 } });
const { project_id: id } = await made.json();
const film = await api.projects[":id"].status.$get({ param: { id }, query: { wait: "60" } });
console.log((await film.json()).status);`)}</pre>
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
<p>The second node answers when the status changes: let an If node lead back to it until <code>status</code> is
<code>complete</code>. Or give <code>webhook_url</code> with the first one, the address of a Webhook node.</p>`;

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
