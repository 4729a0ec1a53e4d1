import type { ProjectId } from "../../domain/ids.ts";
import type { Clock } from "../../ports/runtime.ts";
import type { ProjectService } from "../../services/projects.ts";
import { createEventReader, type EventReader } from "./sse-reader.ts";

/** Events read at once. */
const pageSize = 500;
/** Pause between two reads of a project that another process may be working on, ms. */
const lookMs = 1_000;
/** Time between two comments that keep idle connections open, ms; proxies close them after 30 s or more. */
const heartbeatMs = 15_000;

/** Clients that have all past events of a project and get its new ones. */
interface Channel {
  readonly readers: Set<EventReader>;
  /** Number of the last event that all of them have. */
  seen: number;
}

interface EventHubDeps {
  readonly service: Pick<ProjectService, "events" | "subscribe">;
  readonly clock: Clock;
  readonly maxReaders: number;
}

/** Server-sent events of projects: one read of the database serves all clients of the same project. */
export function createEventHub({ service, clock, maxReaders }: EventHubDeps) {
  const channels = new Map<ProjectId, Channel>();
  const everyone = new Set<EventReader>();
  const closed = new AbortController();
  let beating = false;

  /** Sends new events to all clients of a project, as long as there are any. */
  async function follow(id: ProjectId, channel: Channel): Promise<void> {
    let turn = new AbortController();
    const unsubscribe = service.subscribe(id, () => turn.abort());
    try {
      while (channel.readers.size > 0) {
        turn = new AbortController();
        const isAll = await tellNews(id, channel);
        if (isAll) await clock.sleep(lookMs, AbortSignal.any([turn.signal, closed.signal]));
      }
    } finally {
      unsubscribe();
      channels.delete(id);
    }
  }

  /** True when there are no more events for now. */
  async function tellNews(id: ProjectId, channel: Channel): Promise<boolean> {
    const events = await service.events(id, channel.seen, pageSize);
    channel.seen = events.at(-1)?.seq ?? channel.seen;
    for (const reader of channel.readers) reader.tell(events);
    return events.length < pageSize;
  }

  /** Sends past events to a new client, which then joins the others. */
  async function catchUp(id: ProjectId, reader: EventReader): Promise<void> {
    reader.seen = await startOf(id, reader.seen);
    while (reader.isOpen && reader.seen < (channels.get(id)?.seen ?? 0)) {
      const events = await service.events(id, reader.seen, pageSize);
      reader.tell(events);
      if (events.length === 0) break;
    }
    join(id, reader);
  }

  /** A number that this project has not reached is not from this server: start at the first event. */
  async function startOf(id: ProjectId, afterSeq: number): Promise<number> {
    if (afterSeq === 0) return 0;
    const [named] = await service.events(id, afterSeq - 1, 1);
    return named === undefined ? 0 : afterSeq;
  }

  function join(id: ProjectId, reader: EventReader): void {
    if (!reader.isOpen) return;
    const there = channels.get(id);
    if (there !== undefined) return void there.readers.add(reader);
    const channel = { readers: new Set([reader]), seen: reader.seen };
    channels.set(id, channel);
    // Gone or unreadable: clients reconnect and get the error.
    void follow(id, channel).catch(() => {
      for (const reader of channel.readers) reader.end();
    });
  }

  function leave(id: ProjectId, reader: EventReader): void {
    everyone.delete(reader);
    channels.get(id)?.readers.delete(reader);
  }

  async function beat(): Promise<void> {
    beating = true;
    while (everyone.size > 0) {
      await clock.sleep(heartbeatMs, closed.signal);
      for (const reader of everyone) reader.comment("keep-alive");
    }
    beating = false;
  }

  return {
    /**
     * A stream of a project's events after a number: past ones first, then new ones as they happen.
     * `onDrop` is called when the client reads too slowly. Undefined when there are too many clients.
     */
    open(id: ProjectId, afterSeq: number, onDrop: () => void): ReadableStream<Uint8Array> | undefined {
      if (everyone.size >= maxReaders || closed.signal.aborted) return undefined;
      const reader = createEventReader(afterSeq, { onDrop, onLeave: () => leave(id, reader) });
      everyone.add(reader);
      void catchUp(id, reader).catch(() => reader.end());
      if (!beating) void beat();
      return reader.stream;
    },
    /** Connected clients. */
    get readers() {
      return everyone.size;
    },
    /** Ends every stream. */
    close() {
      closed.abort();
      for (const reader of everyone) reader.end();
    },
  };
}

export type EventHub = ReturnType<typeof createEventHub>;
