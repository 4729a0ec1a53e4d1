import { type HistoryEvent, isStepKind } from "../../data/steps.ts";
import { money, STATUSES, STEP_WORDS, stepName } from "../../data/words.ts";
import type { ShownFilm } from "../shown-film.ts";

/** The newest events that are shown. */
const mostLines = 200;
const times = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** Everything that happened to the film, newest first. */
export function Activity({ history }: ShownFilm) {
  const lines = history.slice(-mostLines).toReversed();
  return (
    <details class="history">
      <summary>
        Activity <span class="count">{history.length}</span>
      </summary>
      <ol>
        {lines.map((event) => (
          <li key={event.seq}>
            <time dateTime={new Date(event.atMs).toISOString()}>{times.format(event.atMs)}</time>
            <span>{lineOf(event)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function lineOf({ type, data }: HistoryEvent): string {
  const message = typeof data.message === "string" ? `: ${data.message}` : "";
  if (type === "money") return `${money(Number(data.usd))} ${wordFor(MONEY_WORDS, data.state)}`;
  if (typeof data.edit === "string") return `Edit: ${data.edit}`;
  if (type === "project") return `Film: ${wordFor(STATUS_WORDS, data.status)}${message}`;
  const { kind, position } = data;
  return `${isStepKind(kind) ? stepName(kind, Number(position)) : "Step"} ${wordFor(STEP_WORDS, data.status)}${message}`;
}

const STATUS_WORDS = Object.fromEntries(Object.entries(STATUSES).map(([status, { label }]) => [status, label]));

const wordFor = (words: Readonly<Record<string, string>>, status: unknown): string =>
  words[String(status)] ?? String(status);

const MONEY_WORDS: Readonly<Record<string, string>> = {
  intent: "reserved",
  open: "with the provider",
  spent: "spent",
  released: "released, not charged",
  unknown: "unclear: the answer was lost",
};
