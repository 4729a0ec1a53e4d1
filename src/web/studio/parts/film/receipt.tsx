import { useEffect, useState } from "preact/hooks";
import type { Receipt as Bought, ReceiptLine } from "../../data/api-types.ts";
import { projectRoutes, read, sending, withId } from "../../data/client.ts";
import { moment, money, plural } from "../../data/words.ts";
import type { ShownFilm } from "../shown-film.ts";

/** Columns of amounts; those that are empty are left out. */
const AMOUNTS = [
  ["Quoted", "quoted_usd"],
  ["Spent", "spent_usd"],
  ["Reserved", "reserved_usd"],
  ["Unknown", "unknown_usd"],
  ["Returned", "returned_usd"],
  ["Billed", "billed_usd"],
] as const;

const WHY = {
  first: "first",
  repeat: "repeat: the answer before was lost",
  complaint: "the one before did not fit",
  approval: "you agreed to buy again",
} as const satisfies Record<ReceiptLine["because"], string>;

/** What the film has bought, call by call; read when it is opened, and again on every event. */
export function Receipt({ project, history }: Pick<ShownFilm, "project" | "history">) {
  const [isOpen, setOpen] = useState(false);
  const [bought, setBought] = useState<Bought | null>(null);
  const { project_id: id, cost } = project;
  const seq = history.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (!isOpen) return;
    const gone = new AbortController();
    read(projectRoutes.cost.$get(withId(id), sending({ signal: gone.signal })))
      .then(setBought)
      // The page itself shows when the server cannot be reached; the next event asks again.
      .catch(() => undefined);
    return () => gone.abort();
  }, [id, isOpen, seq]);
  if (cost.spent_usd + cost.reserved_usd + cost.unknown_usd === 0 && bought === null) return null;
  return (
    <details class="history receipt" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Receipt</summary>
      {bought !== null && <ReceiptTable bought={bought} />}
    </details>
  );
}

function ReceiptTable({ bought }: { bought: Bought }) {
  const { ledger } = bought;
  const columns = AMOUNTS.filter(([, column], place) => place < 2 || ledger.some((line) => (line[column] ?? 0) > 0));
  const exact = exactly(ledger.flatMap((line) => columns.map(([, column]) => line[column] ?? 0)));
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Piece</th>
            <th scope="col">Take</th>
            {columns.map(([name]) => (
              <th key={name} scope="col" class="amount">
                {name}
              </th>
            ))}
            <th scope="col">Answer</th>
          </tr>
        </thead>
        <tbody>
          {ledger.map((line) => (
            <tr key={line.submit_id}>
              <th scope="row" title={`${moment(line.created_at)}, ${line.model}, ${plural(line.quantity, line.unit)}`}>
                {line.piece}
              </th>
              <td>{line.take}</td>
              {columns.map(([name, column]) => (
                <td key={name} class="amount">
                  {line[column] === null || line[column] === 0 ? "" : exact(line[column])}
                </td>
              ))}
              <td>
                {line.reason === null ? line.answer : `${line.answer}: ${line.reason}`}
                {line.because !== "first" && <span class="receipt-why"> ({WHY[line.because]})</span>}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td />
            {columns.map(([name, column]) => (
              <td key={name} class="amount">
                {exact(bought[column] ?? 0)}
              </td>
            ))}
            <td>{bought.max_usd === null ? "" : `at most ${money(bought.max_usd)}`}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

/** Writes amounts with the fewest decimals in which all of these are exact: a column adds up as it is shown. */
function exactly(amounts: readonly number[]): (usd: number) => string {
  const isExact = (decimals: number) => amounts.every((usd) => Math.abs(usd - Number(usd.toFixed(decimals))) < 1e-7);
  const decimals = [2, 3, 4, 5].find(isExact) ?? 6;
  return (usd) => `$${usd.toFixed(decimals)}`;
}
