import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FilmRequest } from "../data/api-types.ts";
import { api, createIdempotentRequests } from "../data/client.ts";
import { useAction, useChoices, useEstimate } from "../data/hooks.ts";
import {
  type Draft,
  EMPTY_DRAFT,
  EXAMPLES,
  ProviderOptions,
  requestOf,
  type StoryFile,
  withDefaults,
} from "../parts/choices.tsx";
import { Offer } from "../parts/offer.tsx";
import { ChooseFile } from "../parts/own-picture.tsx";
import { Problem } from "../parts/signs.tsx";
import { filmPath, navigate } from "../router.tsx";

/** Most characters of a prompt; the server says the same. */
const maxPrompt = 10_000;
/** Figures do not depend on the words, so there are some before the first word is typed. */
const SOME_WORDS = "a film";

/** New film: words, choices, and what they take. */
export function Compose() {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [missing, setMissing] = useState(false);
  const prompt = useRef<HTMLTextAreaElement>(null);
  const action = useAction();
  const purchases = useRef(createIdempotentRequests());
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  useEffect(() => {
    document.title = "New film · vidpipe studio";
    prompt.current?.focus({ preventScroll: true });
  }, []);
  const known = useChoices();
  useEffect(() => {
    if (known !== null) setDraft((before) => withDefaults(before, known));
  }, [known]);
  const asked = useMemo(() => ({ prompt: SOME_WORDS, ...requestOf(draft) }), [draft]);
  const offline = known?.providers.find(({ local }) => local)?.name ?? "offline";
  const free = useEstimate({ ...asked, provider: offline });
  const real = useEstimate({ ...asked, provider: draft.provider });

  function make(choice: Pick<FilmRequest, "provider" | "max_cost">): void {
    if (draft.prompt.trim() === "" && draft.story === null) {
      setMissing(true);
      prompt.current?.focus();
      return;
    }
    const film = { ...requestOf(draft), ...choice };
    const key = purchases.current.keyOf(film);
    action.run(async () => navigate(filmPath((await api.generate(film, key)).project_id)));
  }

  return (
    <div class="compose">
      <section class="compose-words">
        <h1>New film</h1>
        <label class="prompt">
          <span class="hidden">What happens in the film?</span>
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
        <FromFile draft={draft} change={change} />
        <div class="prompt-note" id="prompt-note">
          {missing ? <strong>Write what happens first.</strong> : <Examples draft={draft} change={change} />}
        </div>
        <ProviderOptions draft={draft} known={known} change={change} />
      </section>
      <aside class="compose-offer" aria-label="What it takes">
        <Offer offline={{ ...free, provider: offline }} real={real} draft={draft} busy={action.busy} onMake={make} />
        <Problem>{action.problem}</Problem>
      </aside>
    </div>
  );
}

/** A storyboard that is there already: nobody has to write one. */
function FromFile({ draft: { story }, change }: { draft: Draft; change(part: Partial<Draft>): void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const take = (file: File) =>
    readStory(file).then(
      (taken) => {
        setProblem(null);
        change({ story: taken });
      },
      () => setProblem(`${file.name} is no JSON file. "Save as a file" in a film's storyboard makes one.`),
    );
  return (
    <div class="from-file">
      {story === null ? (
        <ChooseFile accept=".json,application/json" onChoose={(file) => void take(file)}>
          Start from a storyboard file
        </ChooseFile>
      ) : (
        <>
          <span>
            Filmed from <strong>{story.name}</strong>: no storyboard is bought.
          </span>
          <button type="button" class="chip" onClick={() => change({ story: null })}>
            Without it
          </button>
        </>
      )}
      <Problem>{problem}</Problem>
    </div>
  );
}

async function readStory(file: File): Promise<StoryFile> {
  const storyboard: unknown = JSON.parse(await file.text());
  if (typeof storyboard !== "object" || storyboard === null) throw new TypeError("no storyboard");
  return { name: file.name, storyboard };
}

function Examples({ draft, change }: { draft: Draft; change(part: Partial<Draft>): void }) {
  if (draft.prompt !== "") return <span>{draft.prompt.length.toLocaleString("en-US")} characters</span>;
  return (
    <>
      <span>For instance</span>
      {EXAMPLES.map(({ name, prompt }) => (
        <button type="button" class="chip" key={name} onClick={() => change({ prompt })}>
          {name}
        </button>
      ))}
    </>
  );
}
