/** A track that is left out, in words; its codec's name may be any text of a stranger's. Pure. */
export function leftOut(kind: string, codec: string): string {
  const name = codec.replace(/[^\w-]/g, "");
  if (kind === "video") return `a second picture (${name})`;
  if (kind === "audio") return `a second sound track (${name})`;
  return kind === "subtitle" ? `subtitles (${name})` : `data (${name})`;
}
