import type { CliContext } from "../context.ts";

/** Whether somebody reads and types here. */
export const canAsk = ({ stdin, stderr }: Pick<CliContext, "stdin" | "stderr">): boolean =>
  stdin.isTerminal && stderr.isTerminal;

/** Asks on the terminal; only a clear yes is one. */
export async function saysYes({ stdin, stderr }: CliContext, question: string): Promise<boolean> {
  stderr.write(`${question} [y/N] `);
  const answer = await readLine(stdin.chunks());
  return /^y(es)?$/i.test(answer.trim());
}

/** The first line of a stream, without its end; at most what the first read returns. */
async function readLine(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const chunk of chunks) return new TextDecoder().decode(chunk).split("\n", 1)[0] ?? "";
  return "";
}
