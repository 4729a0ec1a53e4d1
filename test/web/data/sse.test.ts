import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readStream, type StreamMessage } from "../../../src/web/studio/data/sse.ts";

function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

/** Text cut into pieces at the given bytes. */
function cut(text: string, places: readonly number[]): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, place) => bytes.slice(ends[place - 1] ?? 0, end));
}

async function read(chunks: readonly Uint8Array[]): Promise<StreamMessage[]> {
  const messages: StreamMessage[] = [];
  for await (const message of readStream(streamOf(chunks))) messages.push(message);
  return messages;
}

const TEXT =
  'retry: 2000\n\nid: 1\nevent: step\ndata: {"a":"ü"}\n\n: still here\n\nid: 2\nevent: money\ndata: one\ndata: two\n\n';
const MESSAGES = [
  { id: "1", event: "step", data: '{"a":"ü"}' },
  { id: "2", event: "money", data: "one\ntwo" },
];

describe("an event stream", () => {
  test("is read alike however the network cuts it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 12 }), async (places) => {
        expect(await read(cut(TEXT, places))).toEqual(MESSAGES);
      }),
    );
  }, 0);

  test("gives no half message when it breaks off", async () => {
    expect(await read([new TextEncoder().encode("id: 1\nevent: step\ndata: {")])).toEqual([]);
  });

  test("may use carriage returns", async () => {
    expect(await read([new TextEncoder().encode("id: 1\r\nevent: step\r\ndata: x\r\n\r\n")])).toEqual([
      { id: "1", event: "step", data: "x" },
    ]);
  });
});
