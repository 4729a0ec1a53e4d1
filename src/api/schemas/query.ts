import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import { ProjectId, ProjectIdPrefix } from "../../domain/ids.ts";
import { PROJECT_STATUSES } from "../../domain/lifecycle.ts";
import { quote } from "../../domain/refusal.ts";
import type { ListFilter, ListPlace } from "../../ports/server.ts";
import type { ProjectService } from "../../services/projects.ts";

/** A whole number written in digits; `Number` would take "1e3", " 5 " and "" too. */
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .meta({ examples: [String(min)] })
    .transform(Number)
    .pipe(z.int().min(min, `must be ${min} or more`).max(max, `must be ${max} or less`));

/** Most projects on one page of the list. */
const maxPageLength = 200;
const usualPageLength = 50;
/** Longest wait for a change of status, seconds. */
export const MAX_WAIT_SECONDS = 300;

const anyStatus = `(?:${PROJECT_STATUSES.join("|")})`;
const STATUS_LIST = new RegExp(`^${anyStatus}(?:,${anyStatus})*$`);

/** `GET /api/projects`. Without any of these it answers v1's bare list of everything. */
export const ListQuery = z.object({
  status: z
    .string()
    .regex(STATUS_LIST, `must be one of ${PROJECT_STATUSES.join(", ")}, or several with commas between them`)
    .meta({ examples: ["held"] })
    .transform((words) => PROJECT_STATUSES.filter((status) => words.split(",").includes(status)))
    .optional()
    .describe("Only projects with this status, or one of several with commas between them."),
  limit: whole(1, maxPageLength)
    .optional()
    .describe(`Projects on a page, up to ${maxPageLength}; the default is ${usualPageLength}.`),
  cursor: z
    .string()
    .meta({ examples: ["next_cursor of an earlier answer"] })
    .optional()
    .describe("next_cursor of the previous page."),
  q: z
    .string()
    .max(200, "is longer than 200 characters")
    .meta({ examples: ["lighthouse"] })
    .optional()
    .describe(
      "Only projects whose title or prompt has every word of this text; a part of a word will do. A page may be shorter than its limit, even empty, while next_cursor leads on.",
    ),
});

/** `GET /api/projects/{id}/status`. */
export const StatusQuery = z.object({
  wait: whole(0, MAX_WAIT_SECONDS)
    .optional()
    .describe(`Seconds to wait for a change of the status, up to ${MAX_WAIT_SECONDS}; answers at once without it.`),
  known: z
    .enum(PROJECT_STATUSES)
    .optional()
    .describe("The status that the client knows: a different one is answered at once."),
});

/** Keyframes and clips. */
export const FileQuery = z.object({
  take: whole(1, 1_000_000).optional().describe("The number of a take; the default is the one used in the film."),
  answer: z
    .uuid("must be a UUID")
    .meta({ examples: ["0193f0c4-7a1e-7000-8000-000000000000"] })
    .optional()
    .describe("A rejected answer of the take, by its submit_id; the default is what was made."),
});
export const StillQuery = FileQuery.extend({
  w: whole(16, 1_280).optional().describe("Width of a WebP thumbnail, 16 to 1,280 pixels; it may be rounded up."),
});

/** An image that replaces a keyframe or a reference. */
export const PictureQuery = z.object({
  dry_run: z
    .enum(["true", "false"], "must be true or false")
    .optional()
    .describe("true: only preview what would have to be made, and its price."),
  revision: whole(0, 999_999_999)
    .optional()
    .describe("The revision that was edited: 409 when the project was changed since."),
});

const moment = (example: string) =>
  z
    .string()
    .regex(/^\d{1,6}(?:\.\d{1,6})?$/, "must be a number of seconds")
    .meta({ examples: [example] })
    .transform(Number)
    .pipe(z.number());

/** A clip that takes the place of a scene's. */
export const ClipQuery = PictureQuery.extend({
  in: moment("1.5").optional().describe("Where the scene begins in the video, seconds; its beginning unless given."),
  out: moment("6").optional().describe("Where it ends in the video, seconds; its end unless given."),
});

/** `GET /api/projects/{id}/events`. */
export const EventsQuery = z.object({
  after: whole(0, 999_999_999)
    .optional()
    .describe("Only events after this number, for clients that cannot send Last-Event-ID."),
});

/** `GET /api/events`. */
export const FilmEventsQuery = z.object({
  after: whole(0, 999_999_999)
    .optional()
    .describe("Only changes after this number, for clients that cannot send Last-Event-ID; from now on without it."),
});

type ListPage = z.output<typeof ListQuery>;

export const asksForPage = (page: ListPage): boolean => Object.values(page).some((value) => value !== undefined);

/** What to read for a page. @throws VidpipeError input.invalid for a cursor that is none */
export const pageFilter = ({ status, limit = usualPageLength, cursor }: ListPage): ListFilter & { limit: number } => ({
  limit,
  ...(status !== undefined && { statuses: status }),
  ...(cursor !== undefined && { after: placeOf(cursor) }),
});

const Cursor = z.tuple([z.int().min(0), ProjectId]);

/** Where the next page starts, as opaque text for clients. */
export const cursorOf = ({ createdAtMs, id }: ListPlace): string =>
  Buffer.from(JSON.stringify([createdAtMs, id])).toString("base64url");

function placeOf(cursor: string): ListPlace {
  try {
    const [createdAtMs, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    return { createdAtMs, id };
  } catch {
    throw new VidpipeError(
      "input.invalid",
      `cursor must be the next_cursor of an earlier answer, not ${quote(cursor)}; leave it out for the first page`,
      { field: "cursor" },
    );
  }
}

/** The project a path names by its id or a unique start of it. @throws VidpipeError project.not_found */
export async function projectIdOf(service: Pick<ProjectService, "resolve">, typed: string): Promise<ProjectId> {
  const whole = ProjectId.safeParse(typed);
  if (whole.success) return whole.data;
  if (!ProjectIdPrefix.safeParse(typed).success) throw new VidpipeError("project.not_found", "project not found");
  return service.resolve(typed);
}
