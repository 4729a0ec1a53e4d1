import type { ProjectEvent } from "../../domain/facts.ts";
import { withoutPaths } from "../error-response.ts";

/** Bytes that may wait for a reader before it is dropped; the kernel's socket buffers hold more below it. */
const maxQueuedBytes = 256 * 1024;
/** Ms that a browser waits before it connects again. */
const reconnectMs = 2_000;

/**
 * A reader's end of a stream of server-sent events. One that reads too slowly is dropped when its bounded queue is
 * full: `onDrop` is called before, `onLeave` after it has gone, however it went.
 */
export function createEventReader(
  afterSeq: number,
  { onDrop, onLeave }: { readonly onDrop: () => void; readonly onLeave: () => void },
) {
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
    /** Number of the last event it got. */
    seen: afterSeq,
    /** Sends the events that it has not got yet. */
    tell(events: readonly ProjectEvent[]) {
      const fresh = events.filter(({ seq }) => seq > this.seen);
      this.seen = fresh.at(-1)?.seq ?? this.seen;
      if (fresh.length > 0) send(fresh.map(frameOf).join(""));
    },
    comment: (text: string) => send(`: ${text}\n\n`),
    end,
  };
}

export type EventReader = ReturnType<typeof createEventReader>;

/** Frames by event, so that a thousand clients cost one encoding. */
const frames = new WeakMap<ProjectEvent, string>();

function frameOf(event: ProjectEvent): string {
  const frame = frames.get(event) ?? encode(event);
  frames.set(event, frame);
  return frame;
}

/** JSON has no raw line breaks, so no prompt can add a field of its own to the stream. */
function encode({ seq, atMs, type, data }: ProjectEvent): string {
  const message = typeof data.message === "string" ? { message: withoutPaths(data.message) } : {};
  const json = JSON.stringify({ seq, at: new Date(atMs).toISOString(), ...data, ...message });
  return `id: ${seq}\nevent: ${type}\ndata: ${json}\n\n`;
}
