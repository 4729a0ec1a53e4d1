import { z } from "zod";
import { PROJECT_STATUSES } from "../../domain/lifecycle.ts";
import type { Metrics, ProjectHead, ProjectListItem } from "../../ports/server.ts";
import { posterUrl } from "./assets.ts";
import { Status, Timestamp, timestamp } from "./responses.ts";

/** Characters of a prompt on a page of the list; v1's bare list has all of it. */
const shownPrompt = 500;

export const ListItemAnswer = z
  .strictObject({
    project_id: z.string(),
    prompt: z.string(),
    status: Status,
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: "ListItem" });

/** A film as a page of the list and the stream of its changes show it. */
export const ListedAnswer = ListItemAnswer.extend({
  prompt: z.string().describe(`Its first ${shownPrompt} characters.`),
  poster_url: z.string().nullable().describe("A thumbnail of the first keyframe; null until there is one."),
  title: z.string().nullable().describe("The storyboard's; null until there is one."),
  duration_seconds: z.number().nullable().describe("Length of the finished film; null until there is one."),
}).meta({ id: "Listed" });

/** One page of the list, newest first. */
export const ListPageAnswer = z
  .strictObject({
    projects: z.array(ListedAnswer),
    next_cursor: z.string().nullable().describe("The cursor of the next page; null on the last one."),
    counts: z
      .partialRecord(z.enum(PROJECT_STATUSES), z.int())
      .describe("How many projects there are by status, whatever was asked for."),
  })
  .meta({ id: "ListPage" });

export const listItemAnswer = (item: ProjectHead): z.infer<typeof ListItemAnswer> => ({
  project_id: item.id,
  prompt: item.prompt,
  status: item.status,
  created_at: timestamp(item.createdAtMs),
  updated_at: timestamp(item.updatedAtMs),
});

export const listedAnswer = (item: ProjectListItem): z.infer<typeof ListedAnswer> => ({
  ...listItemAnswer(item),
  prompt: openingOf(item.prompt),
  poster_url: item.hasStill ? posterUrl(item.id) : null,
  title: item.title,
  duration_seconds: item.durationSeconds,
});

/** Cut between characters, never inside one. */
const openingOf = (prompt: string): string =>
  prompt.length <= shownPrompt ? prompt : prompt.slice(0, shownPrompt).replace(/[\ud800-\udbff]$/, "");

export const countsAnswer = (counts: Metrics["projects"]): z.infer<typeof ListPageAnswer>["counts"] => ({ ...counts });
