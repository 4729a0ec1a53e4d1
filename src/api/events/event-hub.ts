import type { ProjectEvent } from "../../domain/facts.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { Clock } from "../../ports/runtime.ts";
import type { ProjectService } from "../../services/projects.ts";
import { withoutPaths } from "../error-response.ts";
import { createFilmSource, type FilmSourceDeps } from "./film-source.ts";
import type { Source } from "./source.ts";
import { createEventReader, type EventReader, frame, type Message } from "./sse-reader.ts";

/** Events read at once. */
const pageSize = 500;
/** Pause between two reads of what another process may be working on, ms. */
const lookMs = 1_000;
/** Time between two comments that keep idle connections open, ms; proxies close them after 30 s or more. */
const heartbeatMs = 15_000;

/** Clients that have all past messages of a source and get its new ones. */
interface Channel {
  readonly readers: Set<EventReader>;
  /** Number of the last message that all of them have. */
  seen: number;
}

interface EventHubDeps {
  readonly service: Pick<ProjectService, "events" | "subscribe"> & FilmSourceDeps;
  readonly clock: Clock;
  readonly maxReaders: number;
}

/** The list of films as a channel beside those of the projects. */
const FILMS = "films";
type Topic = ProjectId | typeof FILMS;

/** Server-sent events: one read of the database serves all clients of the same project, or of the list. */
export function createEventHub({ service, clock, maxReaders }: EventHubDeps) {
  const channels = new Map<Topic, Channel>();
  const everyone = new Set<EventReader>();
  const closed = new AbortController();
  const films = createFilmSource(service);
  let beating = false;

  const sourceOf = (topic: Topic): Source => (topic === FILMS ? films : projectSource(service, topic));

  /** Sends new messages to all clients of a channel, as long as there are any. */
  async function follow(topic: Topic, source: Source, channel: Channel): Promise<void> {
    let turn = new AbortController();
    const unsubscribe = source.subscribe(() => turn.abort());
    try {
      while (channel.readers.size > 0) {
        turn = new AbortController();
        const isAll = await tellNews(source, channel);
        if (isAll) await clock.sleep(lookMs, AbortSignal.any([turn.signal, closed.signal]));
        if (source.gatherMs > 0) await clock.sleep(source.gatherMs, closed.signal);
      }
    } finally {
      unsubscribe();
      channels.delete(topic);
    }
  }

  /** True when there are no more messages for now. */
  async function tellNews(source: Source, channel: Channel): Promise<boolean> {
    const news = await source.read(channel.seen, pageSize);
    channel.seen = news.at(-1)?.seq ?? channel.seen;
    for (const reader of channel.readers) reader.tell(news);
    return news.length < pageSize;
  }

  /** Sends past messages to a new client, which then joins the others. */
  async function catchUp(topic: Topic, after: number | undefined, reader: EventReader): Promise<void> {
    const source = sourceOf(topic);
    const { seen, hello } = await source.start(after);
    reader.seen = seen;
    if (hello !== undefined) reader.send(hello);
    while (reader.isOpen && reader.seen < (channels.get(topic)?.seen ?? 0)) {
      const past = await source.read(reader.seen, pageSize);
      reader.tell(past);
      if (past.length === 0) break;
    }
    join(topic, source, reader);
  }

  function join(topic: Topic, source: Source, reader: EventReader): void {
    if (!reader.isOpen) return;
    const there = channels.get(topic);
    if (there !== undefined) return void there.readers.add(reader);
    const channel = { readers: new Set([reader]), seen: reader.seen };
    channels.set(topic, channel);
    // Gone or unreadable: clients reconnect and get the error.
    void follow(topic, source, channel).catch(() => {
      for (const reader of channel.readers) reader.end();
    });
  }

  function leave(topic: Topic, reader: EventReader): void {
    everyone.delete(reader);
    channels.get(topic)?.readers.delete(reader);
  }

  async function beat(): Promise<void> {
    beating = true;
    while (everyone.size > 0) {
      await clock.sleep(heartbeatMs, closed.signal);
      for (const reader of everyone) reader.comment("keep-alive");
    }
    beating = false;
  }

  function openTopic(topic: Topic, after: number | undefined, onDrop: () => void) {
    if (everyone.size >= maxReaders || closed.signal.aborted) return undefined;
    const reader = createEventReader({ onDrop, onLeave: () => leave(topic, reader) });
    everyone.add(reader);
    void catchUp(topic, after, reader).catch(() => reader.end());
    if (!beating) void beat();
    return reader.stream;
  }

  return {
    /**
     * A stream of a project's events after a number: past ones first, then new ones as they happen.
     * `onDrop` is called when the client reads too slowly. Undefined when there are too many clients.
     */
    open: (id: ProjectId, afterSeq: number, onDrop: () => void): ReadableStream<Uint8Array> | undefined =>
      openTopic(id, afterSeq, onDrop),
    /** The same of the list of films: its changes after a number, or from now on. */
    openFilms: (after: number | undefined, onDrop: () => void): ReadableStream<Uint8Array> | undefined =>
      openTopic(FILMS, after, onDrop),
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

const projectSource = (service: Pick<ProjectService, "events" | "subscribe">, id: ProjectId): Source => ({
  gatherMs: 0,
  subscribe: (listener) => service.subscribe(id, listener),
  read: async (after, limit) => (await service.events(id, after, limit)).map(messageOf),
  /** A number that this project has not reached is not from this server: start at the first event. */
  async start(after = 0) {
    if (after === 0) return { seen: 0 };
    const [named] = await service.events(id, after - 1, 1);
    return { seen: named === undefined ? 0 : after };
  },
});

function messageOf({ seq, atMs, type, data }: ProjectEvent): Message {
  const message = typeof data.message === "string" ? { message: withoutPaths(data.message) } : {};
  return { seq, text: frame({ id: seq, event: type }, { seq, at: new Date(atMs).toISOString(), ...data, ...message }) };
}
