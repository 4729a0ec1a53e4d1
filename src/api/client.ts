import { hc } from "hono/client";
import type { addRoutes } from "./app.ts";

/** Every route with the types of its requests and answers. */
export type ApiRoutes = ReturnType<typeof addRoutes>;

/**
 * A typed client of a vidpipe server, for programs in TypeScript:
 * `const { project_id } = await (await createClient(url, token).api.generate.$post({ json: { prompt } })).json()`.
 */
export const createClient = (baseUrl: string, token?: string) =>
  hc<ApiRoutes>(baseUrl, token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } });
