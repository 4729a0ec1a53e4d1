import type { ReferenceWords } from "../domain/direction.ts";
import type { Sink } from "./context.ts";
import { pad, plain } from "./text.ts";

/** Somebody or something as a line shows it. */
export interface CastLine extends ReferenceWords {
  readonly hasPicture: boolean;
}

/** Who and what there is, a line each. */
export function castTable(cast: readonly CastLine[], sink: Sink): string {
  const nameOf = ({ name }: CastLine) => plain(name ?? "(every still)");
  const width = Math.max(4, ...cast.map((one) => Bun.stringWidth(nameOf(one)))) + 2;
  const room = Math.max(20, sink.columns() - width - 20);
  const row = (name: string, kind: string, picture: string, words: string) =>
    `${pad(name, width)}${pad(kind, 11)}${pad(picture, 9)}${words.slice(0, room)}`.trimEnd();
  const rows = cast.map((one) =>
    row(nameOf(one), one.kind ?? "", one.hasPicture ? "yes" : "no", plain(one.description ?? "")),
  );
  return [row("NAME", "KIND", "PICTURE", "DESCRIPTION"), ...rows, ""].join("\n");
}
