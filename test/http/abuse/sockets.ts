import { connect, type Socket } from "node:net";
import { statusIn } from "./row.ts";

/** Sends a request; resolves with its status when the answer begins, and keeps the line open. */
export function firstLine(port: number, request: string): Promise<{ socket: Socket; status: number }> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.on("error", () => resolve({ socket, status: 0 }));
    socket.once("data", (chunk) => resolve({ socket, status: statusIn(chunk.toString("latin1")) }));
  });
}

/** So many connections, each of which has sent the same text. */
export async function openSockets(port: number, n: number, text: string): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: n }, async () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
      socket.write(text);
      return socket;
    }),
  );
}

/** Text of a stream up to a mark (behind another one), then lets go of it. */
export async function readUntil(answer: Response, mark: string, behind = ""): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const start = text.indexOf(behind);
    if (start >= 0 && text.indexOf(mark, start) >= 0) return text;
  }
  throw new Error(`the stream ended before ${JSON.stringify(mark)}: ${text.slice(-500)}`);
}
