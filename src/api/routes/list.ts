import { Hono, type MiddlewareHandler } from "hono";
import { z } from "zod";
import type { ListPlace, ProjectListItem, SearchPage } from "../../ports/server.ts";
import type { ProjectService } from "../../services/projects.ts";
import type { ApiEnv } from "../middleware/auth.ts";
import { query } from "../middleware/query.ts";
import { compressed, isKnown, notModified } from "../middleware/representation.ts";
import { described } from "../openapi/route-docs.ts";
import { countsAnswer, ListItemAnswer, ListPageAnswer, listedAnswer, listItemAnswer } from "../schemas/list.ts";
import { asksForPage, cursorOf, ListQuery, pageFilter } from "../schemas/query.ts";
import type { RouteDeps } from "./route-deps.ts";

/** The list of projects: v1's whole one, and pages of it. */
export function listRoutes({ service, random }: RouteDeps) {
  return new Hono<ApiEnv>().get(
    "/projects",
    described("All projects, newest first; one page of them with any of these parameters", {
      200: z.union([z.array(ListItemAnswer), ListPageAnswer]),
    }),
    query(ListQuery),
    unchangedList(service, random.id()),
    wholeList(service),
    async (c) => {
      const { q = "", ...asked } = c.req.valid("query");
      const filter = pageFilter(asked);
      const { items, next } =
        q.trim() === ""
          ? pageOf(await service.list({ ...filter, limit: filter.limit + 1 }), filter.limit)
          : await service.search({ ...filter, text: q });
      return c.json({
        projects: items.map(listedAnswer),
        next_cursor: next && cursorOf(next),
        counts: countsAnswer(await service.counts()),
      });
    },
  );
}

/** Cuts a list that was read with one more than is shown: that one says whether there is another page. */
function pageOf(found: readonly ProjectListItem[], limit: number): SearchPage {
  const items = found.slice(0, limit);
  const last: ListPlace | undefined = items.at(-1);
  return { items, next: last !== undefined && found.length > limit ? last : null };
}

/**
 * Answers 304 while nothing in the list has changed since the client got it, without reading the list. `server` is of
 * this start: a restored backup may count its changes over again.
 */
const unchangedList =
  (service: Pick<ProjectService, "lastChange">, server: string): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const search = new URL(c.req.url).search;
    const tag = `"${Bun.hash(`${server} ${await service.lastChange()} ${search}`).toString(36)}"`;
    if (isKnown(c, tag)) return notModified(tag);
    await next();
    if (c.res.ok) c.res.headers.set("ETag", `W/${tag}`);
  };

/** Characters of a list that are made before the answer begins: until then a failure is an answer of its own. */
const madeFirst = 64 * 1_024;

/** Answers v1's bare list where no page is asked for: in slices, so that a hundred thousand projects stop nobody else. */
const wholeList =
  (service: Pick<ProjectService, "every">): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    if (asksForPage(ListQuery.parse(c.req.query()))) return next();
    const text = wholeText(service);
    let first = "";
    while (first.length < madeFirst) {
      const { done, value } = await text.next();
      if (done === true) return new Response(first, { headers: { "Content-Type": "application/json" } });
      first += value;
    }
    return compressed(c, "application/json", chained(first, text));
  };

async function* chained(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

async function* wholeText(service: Pick<ProjectService, "every">): AsyncGenerator<string> {
  let before = "[";
  for await (const slice of service.every())
    if (slice.length > 0) {
      yield before + slice.map((head) => JSON.stringify(listItemAnswer(head))).join(",");
      before = ",";
    }
  yield before === "[" ? "[]" : "]";
}
