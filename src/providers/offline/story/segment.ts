/** Words after which a full stop does not end a sentence. */
const ABBREVIATION = /(?:^|\s)(?:Mr|Mrs|Ms|Dr|St|Prof|Capt|Lt|Sgt|Jr|Sr|vs|No|Mt|INT|EXT|I\/E|e\.g|i\.e|[A-Z])\.\s*$/u;

/** A line that opens a scene in a script: a slug line, "Scene 3", a numbered or bulleted item, a Markdown heading. */
const HEADING =
  /^(?:#{1,6}\s+|[-*•]\s+|\(?\d{1,3}[.):]\s+|(?:scene|szene|scène|escena|сцена|shot|act|chapter|part)\s+(?:\d+|[ivx]+)\b|(?:int|ext|i\/e)[./\s]|第.{1,4}[場幕章景])/iu;

/** The part of a heading that only counts and shows nothing. */
const COUNTER =
  /^(?:#{1,6}\s+|[-*•]\s+|\(?\d{1,3}[.):]\s+|(?:scene|szene|scène|escena|сцена|shot|act|chapter|part)\s+(?:\d+|[ivx]+)\b\s*[.:)–—-]*\s*|第.{1,4}[場幕章景]\s*[:：]?\s*)+/iu;

const sentenceSegmenter = new Intl.Segmenter("en", { granularity: "sentence" });

const says = (text: string): boolean => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(text);

const tidy = (text: string): string => text.replace(/\s+/gu, " ").trim();

/** Sentences of a text, each with something to show. Marks that stand alone stay with the sentence before. */
export function sentencesOf(text: string): readonly string[] {
  const sentences: string[] = [];
  for (const { segment } of sentenceSegmenter.segment(tidy(text))) {
    const last = sentences.at(-1);
    const continues = last !== undefined && (ABBREVIATION.test(last) || !says(segment) || !says(last));
    if (continues) sentences[sentences.length - 1] = last + segment;
    else sentences.push(segment);
  }
  return sentences.map(tidy).filter((sentence) => sentence !== "");
}

/** Scenes that the writer marked with headings or list items; undefined when there are fewer than two. */
function markedScenes(text: string): readonly string[] | undefined {
  const scenes: string[][] = [];
  for (const line of text.split(/\r?\n/u).map((raw) => raw.trim())) {
    if (line === "") continue;
    if (HEADING.test(line)) scenes.push([line.replace(COUNTER, "")]);
    else scenes.at(-1)?.push(line);
  }
  const told = scenes.map((lines) => joined(lines.filter((line) => line !== ""))).filter(says);
  return told.length < 2 ? undefined : told;
}

/** A slug line gets a full stop before the action that follows it. */
const joined = (lines: readonly string[]): string =>
  lines
    .map((line) => (/[\p{P}]$/u.test(line) ? line : `${line}.`))
    .join(" ")
    .replace(/\.$/u, (stop) => (lines.length === 1 ? "" : stop));

/** Where a sentence can be divided into things that happen one after the other. */
const JOINT =
  /\s*[;；]\s*|\s+[–—]\s+|,?\s+(?:and\s+)?(?:then|before|until|while|when|as)\s+|,\s+(?:and|but|finally)\s+|\s+and\s+(?=\p{Ll}+s\s)|[、，]\s*|,\s+(?=\p{Ll}+(?:s|ing)\s)/giu;

/** Things that happen in a sentence, in order; the sentence itself when it cannot be divided. */
export function clausesOf(sentence: string): readonly string[] {
  const clauses = sentence.split(JOINT).map(tidy).filter(says);
  // A clause of a word or two is a remark, not an event.
  const events = clauses.filter((clause) => clause.length >= 12 || /[^\p{Script=Latin}\P{L}]/u.test(clause));
  return events.length < 2 ? [sentence] : events;
}

/** What a text tells, in the pieces its writer gave it. Never empty. */
export function unitsOf(text: string): readonly string[] {
  const marked = markedScenes(text);
  if (marked !== undefined) return marked;
  const sentences = sentencesOf(text);
  return sentences.length === 0 ? [tidy(text)] : sentences;
}

/** Neighbouring units joined into `count` groups of about equal length. */
export function grouped(units: readonly string[], count: number): readonly string[] {
  const total = units.reduce((sum, unit) => sum + unit.length, 0);
  const groups: string[][] = [[]];
  let told = 0;
  units.forEach((unit, place) => {
    const current = groups.at(-1);
    const unitsLeft = units.length - place;
    const groupsLeft = count - groups.length;
    const full = told >= (total * groups.length) / count || unitsLeft <= groupsLeft;
    if (current !== undefined && current.length > 0 && groupsLeft > 0 && full) groups.push([unit]);
    else current?.push(unit);
    told += unit.length;
  });
  return groups.map((group) => group.join(" "));
}

/** The longest units divided into clauses until there are `count`, or nothing can be divided. */
export function divided(units: readonly string[], count: number): readonly string[] {
  let pieces = [...units];
  for (;;) {
    const spare = count - pieces.length;
    const options = pieces
      .map((piece, place) => ({ place, parts: clausesOf(piece) }))
      .filter(({ parts }) => parts.length > 1)
      .sort((one, other) => (pieces[other.place]?.length ?? 0) - (pieces[one.place]?.length ?? 0));
    const [longest] = options;
    if (spare <= 0 || longest === undefined) return pieces;
    const parts = grouped(longest.parts, Math.min(longest.parts.length, spare + 1));
    if (parts.length < 2) return pieces;
    pieces = pieces.flatMap((piece, place) => (place === longest.place ? parts : [piece]));
  }
}
