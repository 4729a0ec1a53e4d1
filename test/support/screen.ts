/** A terminal's screen: enough of one to follow going up to the start of a line, clearing and wrapped lines. */
class Screen {
  private readonly rows: string[][] = [[]];
  private row = 0;
  private column = 0;

  constructor(private readonly columns: number) {}

  private get line(): string[] {
    while (this.rows.length <= this.row) this.rows.push([]);
    return this.rows[this.row] ?? [];
  }

  up(count: number): void {
    this.moveTo(Math.max(0, this.row - count));
  }

  clearLine(): void {
    this.line.length = Math.min(this.line.length, this.column);
  }

  clearBelow(): void {
    this.clearLine();
    this.rows.length = this.row + 1;
  }

  put(character: string): void {
    if (character === "\r") this.column = 0;
    else if (character === "\n") this.moveTo(this.row + 1);
    else this.print(character);
  }

  private print(character: string): void {
    if (this.column === this.columns) this.moveTo(this.row + 1);
    this.line[this.column] = character;
    this.column += 1;
  }

  private moveTo(row: number): void {
    this.row = row;
    this.column = 0;
  }

  read(): string[] {
    const lines = this.rows.map((cells) => cells.join(""));
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  }
}

/** What a terminal of this width shows after the text; colours are left out. */
export function screenOf(text: string, columns: number): string[] {
  const screen = new Screen(columns);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it reads what a terminal reads
  for (const [part, count, word] of text.matchAll(/\u001b\[(\d*)([FKJm])|[\s\S]/g)) {
    if (word === "F") screen.up(Number(count || 1));
    else if (word === "K") screen.clearLine();
    else if (word === "J") screen.clearBelow();
    else if (word === undefined) screen.put(part);
  }
  return screen.read();
}
