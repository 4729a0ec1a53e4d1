import { join } from "node:path";
import { z } from "zod";
import { FAILURES } from "../../src/domain/errors.ts";
import { code, page, table } from "./markdown.ts";
import { exportsOf } from "./module-exports.ts";

const errorResponse = join(import.meta.dir, "../../src/api/error-response.ts");

/** What each code says happened. A code without words is shown without. */
const MEANINGS: Readonly<Record<string, string>> = {
  "input.invalid": "A value is not allowed; the message names it and what is.",
  "input.malformed": "The input is not in the format that was expected, e.g. not JSON.",
  "input.too_large": "The body, picture or file is over its limit.",
  "input.too_slow": "The body did not arrive in time.",
  "input.media_type": "The content type is not one that this route takes.",
  "config.invalid": "A setting is wrong; the message names the key and where it came from.",
  "config.untrusted":
    "A file that merely lies in the current folder sets what only you may set; the message names the keys.",
  "project.not_found": "No project has this id.",
  "project.ambiguous_id": "Several projects begin with these characters: type more of them.",
  "project.conflict": "The project is not in a state that allows this, or somebody changed it in the meantime.",
  "project.busy": "Another process drives the project: try again soon.",
  "server.unavailable": "The server cannot listen, or is stopping.",
  "server.too_many": "A limit of the server is reached: wait as long as it says.",
  "storage.full": "The disk is full. Nothing made so far is lost.",
  "storage.io": "A file could not be read or written.",
  "storage.busy": "The database is locked by another process.",
  "storage.unusable": "The database or folder cannot be used here, or is of a newer version.",
  "storage.not_adopted": "The data folder was merely found and is not known as yours: `vidpipe adopt` says that it is.",
  "storage.damaged": "A stored file or row is not what was stored.",
  "media.ffmpeg_missing": "ffmpeg was not found.",
  "media.ffmpeg_unfit": "The ffmpeg that was found lacks something vidpipe needs.",
  "media.ffmpeg_failed": "ffmpeg ended with an error.",
  "media.invalid": "A picture, clip or film did not pass its check.",
  "provider.invalid_request": "The provider does not take this request.",
  "provider.not_configured": "The provider has no credentials here. Under `serve` films wait for them.",
  "provider.bad_key": "The provider does not accept the key or login. Under `serve` films wait for another one.",
  "provider.no_permission": "The account may not do this.",
  "provider.billing": "The account's billing is off or exhausted.",
  "provider.model_unavailable": "The model does not exist, is retired, or is not open to this account.",
  "provider.quota": "Too many requests: vidpipe waits as long as the provider said.",
  "provider.quota_day": "The day's quota is used up: vidpipe waits until it starts again.",
  "provider.overloaded": "The provider has no capacity at the moment: vidpipe waits for it.",
  "provider.unreachable": "The provider could not be reached; nothing was sent: vidpipe waits for it.",
  "provider.unclear": "The call was sent and its answer was lost: nobody knows whether it was charged.",
  "provider.failed": "The provider failed and said so.",
  "provider.gone":
    "The provider does not know the operation, or the finished file, any more: it may be looked at again for nothing.",
  "provider.refused": "The safety filter refused the words or the picture.",
  "provider.truncated": "The answer came incomplete.",
  "provider.bad_answer": "The answer is not what was asked for.",
  "money.over_budget": "The next paid call would go over a cap.",
  "money.not_confirmed": "Spending was not confirmed.",
  "run.interrupted": "Ctrl-C or a stop: everything made is kept.",
  "run.lease_lost": "Another process took the project over.",
  internal: "A bug in vidpipe: please report it.",
};

/** What only the HTTP layer refuses. */
const HTTP_MEANINGS: Readonly<Record<string, string>> = {
  "http.unauthorized": "The server has tokens and this request has none of them.",
  "http.read_only_token": "The token may only read.",
  "http.cross_site": "Another site's page sent this request.",
  "http.not_found": "No route has this path.",
  "http.method_not_allowed": "The path exists, but not with this method; `Allow` names those that do.",
  "http.url_too_long": "The URL is longer than 8,192 characters.",
  "http.wrong_host": "The Host header is not one that this server answers to.",
};

async function httpSection(): Promise<string[]> {
  const { HTTP_ERRORS } = await exportsOf(errorResponse);
  const codes = z.record(z.string(), z.number()).default({}).parse(HTTP_ERRORS);
  const rows = Object.entries(codes).map(([name, status]) => [code(name), String(status), HTTP_MEANINGS[name] ?? ""]);
  if (rows.length === 0) return [];
  return ["## Only over HTTP", table(["code", "http", "meaning"], rows)];
}

/** What the columns of the table say. */
const COLUMNS: Readonly<Record<string, string>> = {
  area: "The part of the program that it belongs to.",
  retry:
    "`never`: asks or fails. `backoff`: tries again after a growing pause. `slow_down`: waits at least as long as the service said, without an end unless `pipeline.retry_max_attempts` is set. `login`: under `serve` waits for another login, else fails.",
  charge: "What the failed paid call has cost: `none`, `unknown`, or `full` (it was answered).",
  http: "Status of the HTTP API's answer.",
  exit: "[Exit code](exit-codes.md) of the command line.",
};

/** docs/reference/errors.md */
export async function errorsPage(): Promise<string> {
  const classes = Object.entries<Readonly<Record<string, unknown>>>(FAILURES);
  const columns = [...new Set(classes.flatMap(([, row]) => Object.keys(row)))];
  return page("Errors", [
    "Every failure has one code. The code decides what vidpipe does by itself, what the HTTP API answers and how the command line exits. The table is `FAILURES` in `src/domain/errors.ts`.",
    table(
      ["column", "meaning"],
      columns.map((column) => [code(column), COLUMNS[column] ?? ""]),
    ),
    table(
      ["code", ...columns, "meaning"],
      classes.map(([name, row]) => [
        code(name),
        ...columns.map((column) => String(row[column] ?? "")),
        MEANINGS[name] ?? "",
      ]),
    ),
    ...(await httpSection()),
  ]);
}
