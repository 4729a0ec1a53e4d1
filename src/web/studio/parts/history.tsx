import { type HistoryEvent, isStepKind } from "../data/steps.ts";
import { money, stepName } from "../data/words.ts";

/** Lines of history shown; the newest ones. */
const mostLines = 200;
const times = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** All events, newest first; collapsed at first. */
export function History({ history }: { history: readonly HistoryEvent[] }) {
  const lines = history.slice(-mostLines).toReversed();
  return (
    <details class="history">
      <summary>
        History <span class="count">{history.length}</span>
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
  if (type === "money") return `${money(Number(data.usd))} ${MONEY_WORDS[String(data.state)] ?? String(data.state)}`;
  if (typeof data.edit === "string") return `Edited: ${data.edit}`;
  if (type === "project") return `Film ${String(data.status).replace("_", " ")}${message}`;
  const { kind, position } = data;
  return `${isStepKind(kind) ? stepName(kind, Number(position)) : "Step"} ${String(data.status)}${message}`;
}

const MONEY_WORDS: Readonly<Record<string, string>> = {
  intent: "set aside",
  open: "with the provider",
  spent: "spent",
  released: "released, nothing was charged",
  unknown: "unclear: the answer was lost",
};
