import { useState } from "preact/hooks";
import type { Estimate, EstimateLine, FilmRequest } from "../../data/api-types.ts";
import type { Preview } from "../../data/hooks.ts";
import { cost, length, money, mostWords, plural } from "../../data/words.ts";
import { Button } from "../button.tsx";
import { LimitInput } from "../limit-input.tsx";
import type { Draft } from "./draft.ts";

interface PricePanelProps {
  readonly offline: Preview<Estimate>;
  /** Name of the provider of an offline film. */
  readonly offlineProvider: string;
  readonly full: Preview<Estimate>;
  readonly draft: Draft;
  readonly busy: boolean;
  onMake(choice: Pick<FilmRequest, "provider" | "max_cost">): void;
}

/** The film's length and price, and its two ways: offline and free, or in full by a paid provider. */
export function PricePanel({ offline, offlineProvider, full, draft, busy, onMake }: PricePanelProps) {
  const estimate = full.answer ?? offline.answer;
  return (
    <div class="price-panel">
      <Length estimate={estimate} draft={draft} />
      <section class="price-choice">
        <h2>Offline film</h2>
        <p>Drawn keyframes with camera moves, made on this machine. See the film before you pay for it.</p>
        <Button
          class="primary"
          disabled={busy || offline.problem !== null}
          onClick={() => onMake({ provider: offlineProvider })}
        >
          Make offline film <span class="price">free</span>
        </Button>
        {offline.problem !== null && <p class="price-choice-problem">{offline.problem}</p>}
      </section>
      <FullFilm full={full} draft={draft} busy={busy} onMake={onMake} />
    </div>
  );
}

function FullFilm({ full, draft, busy, onMake }: Omit<PricePanelProps, "offline" | "offlineProvider">) {
  const [typed, setTyped] = useState("");
  const { answer: estimate, problem } = full;
  const cap = estimate?.max_usd ?? 0;
  // The most that is shown is sent, so that it holds whatever a price becomes meanwhile.
  const most = typed === "" ? cap : Math.min(cap, Number(typed));
  const isFree = estimate?.most_usd === 0;
  return (
    <section class="price-choice">
      <h2>Full film</h2>
      {problem === null ? <PriceTable estimate={estimate} /> : <p class="price-choice-problem">{problem}</p>}
      {estimate?.notices.map((notice) => (
        <p key={notice}>{notice}</p>
      ))}
      <Stop estimate={estimate} draft={draft} />
      <LimitInput
        name="Spending limit"
        placeholder={cap}
        disabled={estimate === null || isFree}
        value={typed}
        onInput={setTyped}
      >
        Never spend more than
      </LimitInput>
      <Button
        class="secondary"
        disabled={busy || estimate === null || !Number.isFinite(most)}
        onClick={() => onMake({ provider: draft.provider, ...(!isFree && { max_cost: most }) })}
      >
        Make the film <span class="price">{estimate ? cost(estimate.total_usd) : ""}</span>
      </Button>
      {estimate && !isFree && <p>{mostWords(most)}</p>}
    </section>
  );
}

/** Where the film waits for approval; the price is up to there. */
function Stop({ estimate, draft: { until } }: { estimate: Estimate | null; draft: Draft }) {
  if (until === "film") return null;
  const spent = estimate === null || estimate.total_usd === 0 ? "" : `, at ${money(estimate.total_usd)},`;
  return <p>{`Stops after the ${until}${spent} until you approve.`}</p>;
}

function Length({ estimate, draft }: { estimate: Estimate | null; draft: Draft }) {
  const scenes = draft.scenes || estimate?.scenes || 5;
  const fade = Math.min(draft.crossfadeSeconds, draft.clipSeconds / 2);
  const seconds = scenes * draft.clipSeconds - (scenes - 1) * fade;
  return (
    <p class="price-panel-length">
      <strong>{length(seconds)}</strong>
      <span>
        {draft.scenes === 0 ? "about " : ""}
        {plural(scenes, "scene")}, {plural(scenes + 1, "keyframe")}
      </span>
    </p>
  );
}

const LINE_NAMES = { storyboard: "Storyboard", keyframes: "Keyframes", clips: "Clips" } as const;
const quantity = ({ unit, quantity: amount, pieces }: EstimateLine): string =>
  unit === "second" ? `${pieces} × ${length(amount / pieces)}` : String(pieces);

/** The last prices stay until new ones arrive, so that nothing jumps. */
function PriceTable({ estimate }: { estimate: Estimate | null }) {
  const lines = estimate?.lines ?? [];
  const asOf = lines.find((line) => line.as_of !== null)?.as_of;
  return (
    <>
      <table class="price-table">
        <caption class="visually-hidden">Estimated price</caption>
        <tbody>
          {(["storyboard", "keyframes", "clips"] as const).map((stage) => {
            const line = lines.find((own) => own.stage === stage);
            return (
              <tr key={stage}>
                <th scope="row">
                  {LINE_NAMES[stage]}
                  <span class="model">{line?.model ?? (estimate ? "from your file" : "\u00a0")}</span>
                </th>
                <td>{line ? quantity(line) : ""}</td>
                <td>{estimate === null ? "…" : money(line?.usd ?? 0)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="price-table-note">
        {estimate && !estimate.scenes_are_given && estimate.most_usd > estimate.total_usd
          ? `The most is for ${estimate.max_scenes} scenes, if the story needs them. `
          : ""}
        {asOf ? `Prices as of ${asOf}.` : "\u00a0"}
      </p>
      {estimate?.notices.map((notice) => (
        <p key={notice} class="price-table-note">
          {notice}
        </p>
      ))}
    </>
  );
}
