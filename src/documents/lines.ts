/** The line, from 1, of a place in a text. */
export const lineAfter = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

/** Something wrong with a file, at a line of it if that is known. */
export interface Problem {
  readonly line: number | undefined;
  /** One line without the file's name. */
  readonly message: string;
}

/** A problem for people: `line 12: scenes[3].description is empty`. */
export const problemLine = ({ line, message }: Problem): string =>
  line === undefined ? message : `line ${line}: ${message}`;
