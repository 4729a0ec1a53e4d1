import type { DocumentedRoute, openApi } from "./openapi.ts";

/** A page and what may be on it. */
export interface ReferencePage {
  readonly html: string;
  /** Its Content-Security-Policy: nothing from anywhere, one style sheet by its hash. */
  readonly policy: string;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif; }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; } h3 { font-size: 1rem; margin: 2rem 0 .25rem; }
code, pre { font: .875rem/1.5 ui-monospace, monospace; }
pre { padding: .75rem 1rem; border: 1px solid color-mix(in srgb, currentcolor 25%, transparent); border-radius: .5rem; overflow-x: auto; }
.method { display: inline-block; min-width: 4rem; font-weight: 700; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
nav ul { columns: 2; padding-left: 1.2rem; } @media (max-width: 40rem) { nav ul { columns: 1; } }
`;

/** The reference as one page that needs no script and no network. */
export function referencePage(routes: readonly DocumentedRoute[], spec: ReturnType<typeof openApi>): ReferencePage {
  const hash = new Bun.CryptoHasher("sha256").update(STYLE).digest("base64");
  const links = routes.map((route) => `<li><a href="#${anchorOf(route)}"><code>${titleOf(route)}</code></a></li>`);
  return {
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>vidpipe API</title><style>${STYLE}</style></head><body>
<h1>vidpipe API ${escapeHtml(spec.info.version)}</h1>
<p>Machine-readable: <a href="/api/openapi.json">OpenAPI 3.1</a>. Requests and answers are JSON in UTF-8; a refusal is
<code>{"detail": "why"}</code>. When the server has tokens, send <code>Authorization: Bearer TOKEN</code>.
Send an <code>Idempotency-Key</code> with whatever costs money: sent again, it is carried out once.</p>
${EXAMPLES}
<nav><h2>Routes</h2><ul>${links.join("")}</ul></nav>
${routes.map(routeSection).join("")}
<h2>Schemas</h2>
${Object.entries(spec.components.schemas).map(schemaSection).join("")}
</body></html>`,
  };
}

const titleOf = ({ method, path }: DocumentedRoute): string => `${method} ${escapeHtml(path)}`;
const anchorOf = ({ method, path }: DocumentedRoute): string => `${method}${path}`.replace(/\W+/g, "-").toLowerCase();

function routeSection(route: DocumentedRoute): string {
  const rows = [
    ...Object.keys(route.query?.shape ?? {}).map((name) => ["query", name]),
    ...(route.idempotent ? [["header", "Idempotency-Key"]] : []),
    ...Object.keys(route.answers).map((status) => ["answers", status]),
  ];
  return `<h3 id="${anchorOf(route)}"><span class="method">${route.method}</span> <code>${escapeHtml(route.path)}</code></h3>
<p>${escapeHtml(route.summary)}.${route.isOpen ? " Needs no token." : ""}</p>
<table>${rows.map(([what = "", name = ""]) => `<tr><td>${what}</td><td><code>${escapeHtml(name)}</code></td></tr>`).join("")}</table>`;
}

const schemaSection = ([name, schema]: [string, object]): string =>
  `<h3 id="schema-${escapeHtml(name)}">${escapeHtml(name)}</h3><pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre>`;

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const EXAMPLES = `<h2>With curl</h2>
<pre>${escapeHtml(`curl -s http://127.0.0.1:8000/api/generate \\
  -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: monday-film-1' \\
  -d '{"prompt": "A cat exploring Tokyo at night", "max_cost": 5}'

curl -s 'http://127.0.0.1:8000/api/projects/ID/status?wait=60' -H 'Authorization: Bearer TOKEN'
curl -N http://127.0.0.1:8000/api/projects/ID/events -H 'Authorization: Bearer TOKEN'
curl -o film.mp4 http://127.0.0.1:8000/api/projects/ID/download -H 'Authorization: Bearer TOKEN'`)}</pre>
<h2>With n8n</h2>
<p>Three HTTP Request nodes, each with a Header Auth credential: name <code>Authorization</code>, value
<code>Bearer TOKEN</code>. Copy this and paste it into a workflow.</p>
<pre>${escapeHtml(
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
)}</pre>
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
