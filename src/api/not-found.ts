import type { Hono } from "hono";
import { refusal } from "./error-response.ts";

/** The answer to a request that no route took: 405 with what is possible there, or 404. */
export function createNoRouteAnswer(app: Pick<Hono, "routes">): (method: string, path: string) => Response {
  let patterns: readonly { readonly method: string; readonly pattern: RegExp }[] | undefined;
  const patternsOf = () =>
    app.routes
      .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
      .map(({ method, path }) => ({
        method,
        pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/:\w+/g, "[^/]+")}$`),
      }));
  return (method, path) => {
    patterns ??= patternsOf();
    const fitting = patterns.filter(({ pattern }) => pattern.test(path)).map((route) => route.method);
    const possible = [...new Set(fitting.flatMap((m) => (m === "GET" ? ["GET", "HEAD"] : m)))].join(", ");
    return possible === ""
      ? refusal(404, "there is nothing here")
      : refusal(405, `${method} is not possible here, only ${possible}`, { Allow: possible });
  };
}
