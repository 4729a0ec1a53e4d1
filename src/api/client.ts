import { hc } from "hono/client";
import type { addRoutes } from "./app.ts";

/** Every route with the types of its requests and answers: the page and the tests are checked against it. */
export type ApiRoutes = ReturnType<typeof addRoutes>;

/** A typed client of the vidpipe server at `baseUrl`. */
export const createClient = (baseUrl: string, token?: string) =>
  hc<ApiRoutes>(baseUrl, token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } });

export type ApiClient = ReturnType<typeof createClient>["api"];
