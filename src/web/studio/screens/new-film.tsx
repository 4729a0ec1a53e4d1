import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FilmRequest } from "../data/api-types.ts";
import { api } from "../data/client.ts";
import { useChoices, usePreview, usePurchase } from "../data/hooks.ts";
import { Button } from "../parts/button.tsx";
import { FileButton } from "../parts/image-change.tsx";
import { type Draft, EMPTY_DRAFT, requestOf, type StoryboardFile, withDefaults } from "../parts/new-film/draft.ts";
import { FilmOptions } from "../parts/new-film/options.tsx";
import { PricePanel } from "../parts/new-film/price-panel.tsx";
import { Problem } from "../parts/status.tsx";
import { filmPath, navigate } from "../router.tsx";

/** Characters, the server's limit. */
const maxPrompt = 10_000;
/** Prices do not depend on the prompt: this one stands in until something is typed. */
const PLACEHOLDER_PROMPT = "a film";
/** The offline provider's name if the server has not said it. */
const OFFLINE = "offline";

const EXAMPLES = [
  {
    name: "A fox in winter",
    prompt:
      "A red fox crosses a snowy valley at dawn. She finds a frozen lake, hears the ice sing, and follows the sound to a lighthouse where an old keeper has left the door open.",
  },
  {
    name: "The last ferry",
    prompt:
      "Evening in a small harbour. A violinist runs along the pier and misses the last ferry. She sits down and plays anyway, and the ferry turns around.",
  },
  {
    name: "Balcony garden",
    prompt:
      "A seed falls on a concrete balcony high above a grey city. Rain, sun, months pass. A single tomato plant becomes a garden, and the neighbours begin to plant their own.",
  },
] as const;

/** The form of a new film, with its price. */
export function NewFilm() {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [missing, setMissing] = useState(false);
  const prompt = useRef<HTMLTextAreaElement>(null);
  const purchase = usePurchase();
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  useEffect(() => {
    document.title = "New film · vidpipe studio";
    prompt.current?.focus({ preventScroll: true });
  }, []);
  const known = useChoices();
  useEffect(() => {
    if (known !== null) setDraft((before) => withDefaults(before, known));
  }, [known]);
  const request = useMemo(() => ({ prompt: PLACEHOLDER_PROMPT, ...requestOf(draft) }), [draft]);
  const offlineProvider = known?.providers.find(({ local }) => local)?.name ?? OFFLINE;
  const offline = usePreview(known && { ...request, provider: offlineProvider }, api.estimate);
  const full = usePreview({ ...request, provider: draft.provider }, api.estimate);

  function make(choice: Pick<FilmRequest, "provider" | "max_cost">): void {
    if (draft.prompt.trim() === "" && draft.story === null) {
      setMissing(true);
      prompt.current?.focus();
      return;
    }
    const film = { ...requestOf(draft), ...choice };
    purchase.buy(film, async (key) => navigate(filmPath((await api.generate(film, key)).project_id)));
  }

  return (
    <div class="new-film">
      <section>
        <h1>New film</h1>
        <label class="prompt">
          <span class="visually-hidden">What happens in the film?</span>
          <textarea
            ref={prompt}
            rows={6}
            maxLength={maxPrompt}
            placeholder="What happens? A sentence is enough; a whole script works too."
            value={draft.prompt}
            aria-invalid={missing}
            aria-describedby="prompt-note"
            onInput={(event) => {
              setMissing(false);
              change({ prompt: event.currentTarget.value });
            }}
          />
        </label>
        <StoryboardFileInput draft={draft} change={change} />
        <div class="prompt-note" id="prompt-note">
          {missing ? <strong>Describe the film first.</strong> : <Examples draft={draft} change={change} />}
        </div>
        <FilmOptions draft={draft} known={known} change={change} />
      </section>
      <aside aria-label="Price">
        <PricePanel {...{ offline, full, draft, offlineProvider }} busy={purchase.busy} onMake={make} />
        <Problem>{purchase.problem}</Problem>
      </aside>
    </div>
  );
}

/** Starts the film from the user's own storyboard, so that none is written for it. */
function StoryboardFileInput({ draft: { story }, change }: { draft: Draft; change(part: Partial<Draft>): void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const load = (file: File) =>
    readStory(file).then(
      (read) => {
        setProblem(null);
        change({ story: read });
      },
      () =>
        setProblem(`${file.name} is not a JSON file. To get one, choose "Save as file" in a film's storyboard editor.`),
    );
  return (
    <div class="storyboard-file">
      {story === null ? (
        <FileButton accept=".json,application/json" onChoose={(file) => void load(file)}>
          Start from a storyboard file
        </FileButton>
      ) : (
        <>
          <span>
            Uses <strong>{story.name}</strong>, so no storyboard is bought.
          </span>
          <Button class="chip" onClick={() => change({ story: null })}>
            Remove
          </Button>
        </>
      )}
      <Problem>{problem}</Problem>
    </div>
  );
}

async function readStory(file: File): Promise<StoryboardFile> {
  const storyboard: unknown = JSON.parse(await file.text());
  if (typeof storyboard !== "object" || storyboard === null) throw new TypeError("not a JSON object");
  return { name: file.name, storyboard };
}

function Examples({ draft, change }: { draft: Draft; change(part: Partial<Draft>): void }) {
  if (draft.prompt !== "") return <span>{draft.prompt.length.toLocaleString("en-US")} characters</span>;
  return (
    <>
      <span>Examples</span>
      {EXAMPLES.map(({ name, prompt }) => (
        <Button class="chip" key={name} onClick={() => change({ prompt })}>
          {name}
        </Button>
      ))}
    </>
  );
}
