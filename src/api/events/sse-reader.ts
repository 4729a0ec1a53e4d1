/** A message that is encoded once, however many clients get it. */
export interface Message {
  readonly seq: number;
  readonly text: string;
}

/** Bytes that may wait for a reader before it is dropped; the kernel's socket buffers hold more below it. */
const maxQueuedBytes = 256 * 1024;
/** Ms that a browser waits before it connects again. */
const reconnectMs = 2_000;

/**
 * A reader's end of a stream of server-sent events. One that reads too slowly is dropped when its bounded queue is
 * full: `onDrop` is called before, `onLeave` after it has gone, however it went.
 */
export function createEventReader({ onDrop, onLeave }: { readonly onDrop: () => void; readonly onLeave: () => void }) {
  let open = true;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  function leave(): void {
    if (!open) return;
    open = false;
    onLeave();
  }

  function end(): void {
    if (!open) return;
    leave();
    controller?.close();
  }

  function send(text: string): void {
    if (!open) return;
    controller?.enqueue(Buffer.from(text));
    if ((controller?.desiredSize ?? 0) >= 0) return;
    onDrop();
    end();
  }

  const stream = new ReadableStream<Uint8Array>(
    {
      start(own) {
        controller = own;
      },
      cancel: leave,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: maxQueuedBytes }),
  );
  send(`retry: ${reconnectMs}\n\n`);

  return {
    stream,
    get isOpen() {
      return open;
    },
    /** Number of the last message it got. */
    seen: 0,
    /** Sends the messages that it has not got yet. */
    tell(messages: readonly Message[]) {
      const fresh = messages.filter(({ seq }) => seq > this.seen);
      this.seen = fresh.at(-1)?.seq ?? this.seen;
      if (fresh.length > 0) send(fresh.map(({ text }) => text).join(""));
    },
    send,
    comment: (text: string) => send(`: ${text}\n\n`),
    end,
  };
}

export type EventReader = ReturnType<typeof createEventReader>;

/** One message as text; without an id it does not move where a client goes on. JSON has no raw line breaks, so no prompt can add a field of its own. */
export const frame = ({ id, event }: { readonly id?: number; readonly event: string }, data: object): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
