import { useState } from "preact/hooks";
import type { Estimate, EstimateLine, FilmRequest } from "../data/api-types.ts";
import type { Priced } from "../data/hooks.ts";
import { length, money, plural } from "../data/words.ts";
import type { Draft } from "./choices.tsx";

interface OfferProps {
  /** Made on the server itself, and by which provider. */
  readonly offline: Priced & { readonly provider: string };
  readonly real: Priced;
  readonly draft: Draft;
  readonly busy: boolean;
  onMake(choice: Pick<FilmRequest, "provider" | "max_cost">): void;
}

/** Room above the estimate for tries that have to be bought again, as a share of it. */
const retryRoom = 0.25;
const suggestedLimit = ({ most_usd }: Estimate): number => Math.ceil(most_usd * (1 + retryRoom));

/** What the film takes, and the two ways to make it. */
export function Offer({ offline, real, draft, busy, onMake }: OfferProps) {
  const estimate = real.estimate ?? offline.estimate;
  return (
    <div class="offer">
      <Length estimate={estimate} draft={draft} />
      <section class="way">
        <h2>Offline film</h2>
        <p>Drawn stills with camera moves, made on this machine. See the film before you buy it.</p>
        <button
          type="button"
          class="primary"
          disabled={busy || offline.problem !== null}
          onClick={() => onMake({ provider: offline.provider })}
        >
          Make the offline film <span class="price">free</span>
        </button>
        {offline.problem !== null && <p class="way-problem">{offline.problem}</p>}
      </section>
      <Real real={real} draft={draft} busy={busy} onMake={onMake} />
    </div>
  );
}

function Real({ real, draft, busy, onMake }: Omit<OfferProps, "offline">) {
  const [typed, setTyped] = useState("");
  const { estimate, problem } = real;
  const suggestion = estimate ? suggestedLimit(estimate) : 0;
  const limit = typed === "" ? suggestion : Number(typed);
  const isFree = estimate?.total_usd === 0;
  return (
    <section class="way">
      <h2>The real thing</h2>
      {problem === null ? <Lines estimate={estimate} /> : <p class="way-problem">{problem}</p>}
      <Stop estimate={estimate} draft={draft} />
      <label class="limit">
        <span>Never spend more than</span>
        <span class="limit-amount">
          $
          <input
            inputMode="decimal"
            aria-label="Spending limit in US dollars"
            placeholder={String(suggestion)}
            disabled={estimate === null || isFree}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value.replace(/[^\d.]/g, ""))}
          />
        </span>
      </label>
      <button
        type="button"
        class="secondary"
        disabled={busy || estimate === null || !Number.isFinite(limit)}
        onClick={() => onMake({ provider: draft.provider, ...(!isFree && { max_cost: limit }) })}
      >
        Make the film <span class="price">{estimate ? `about ${money(estimate.total_usd)}` : ""}</span>
      </button>
    </section>
  );
}

const STOPS = { storyboard: "storyboard", keyframes: "stills", animatic: "animatic", clips: "clips" } as const;

/** Where the film waits for a word, and what it has taken by then. */
function Stop({ estimate, draft: { until } }: { estimate: Estimate | null; draft: Draft }) {
  if (until === "film") return null;
  const stages = Object.keys(STOPS);
  const upTo = stages.slice(0, stages.indexOf(until) + 1);
  const usd = estimate?.lines.reduce((sum, line) => sum + (upTo.includes(line.stage) ? line.usd : 0), 0) ?? 0;
  const spent = usd === 0 ? "" : `, at about ${money(usd)},`;
  return <p>{`Stops after the ${STOPS[until]}${spent} until you approve.`}</p>;
}

function Length({ estimate, draft }: { estimate: Estimate | null; draft: Draft }) {
  const scenes = draft.scenes || estimate?.scenes || 5;
  const fade = Math.min(draft.crossfadeSeconds, draft.clipSeconds / 2);
  const seconds = scenes * draft.clipSeconds - (scenes - 1) * fade;
  return (
    <p class="offer-length">
      <strong>{length(seconds)}</strong>
      <span>
        {draft.scenes === 0 ? "about " : ""}
        {plural(scenes, "scene")}, {plural(scenes + 1, "still")}
      </span>
    </p>
  );
}

const LINE_NAMES = { storyboard: "Storyboard", keyframes: "Stills", clips: "Clips" } as const;
const quantity = ({ unit, quantity: amount, pieces }: EstimateLine): string =>
  unit === "second" ? `${pieces} × ${length(amount / pieces)}` : String(pieces);

/** Figures of the last answer stay while new ones are asked for, so nothing jumps. */
function Lines({ estimate }: { estimate: Estimate | null }) {
  const lines = estimate?.lines ?? [];
  const asOf = lines.find((line) => line.as_of !== null)?.as_of;
  return (
    <>
      <table class="lines">
        <caption class="hidden">What the film buys</caption>
        <tbody>
          {(["storyboard", "keyframes", "clips"] as const).map((stage) => {
            const line = lines.find((own) => own.stage === stage);
            return (
              <tr key={stage}>
                <th scope="row">
                  {LINE_NAMES[stage]}
                  <span class="model">{line?.model ?? (estimate ? "given" : "\u00a0")}</span>
                </th>
                <td>{line ? quantity(line) : ""}</td>
                <td>{estimate === null ? "…" : money(line?.usd ?? 0)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="lines-note">
        {estimate && !estimate.scenes_are_given && estimate.most_usd > estimate.total_usd
          ? `Up to ${money(estimate.most_usd)} if the story needs ${estimate.max_scenes} scenes. `
          : ""}
        {asOf ? `Prices of ${asOf}.` : "\u00a0"}
      </p>
    </>
  );
}
