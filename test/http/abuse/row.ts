import type { RunningTestServer } from "../../api/test-server.ts";
import type { OwnServer } from "./stage.ts";

/** What a case works with. */
export interface Target extends RunningTestServer {
  readonly port: number;
  /** `Host: ...` of the server. */
  readonly host: string;
  /** `Authorization: ...` of the token that may spend. */
  readonly bearer: string;
  /** A finished project of two scenes, and another of one; empty on a server of a case's own. */
  finished: string;
  other: string;
  /** Statuses of what comes back for lines sent as they are; 0 when the line is cut without a word. */
  lines(...requests: readonly (readonly string[])[]): Promise<number[]>;
  /** The same with a body behind the lines. */
  withBody(lines: readonly string[], body: string | Uint8Array): Promise<number[]>;
  /** Statuses of `POST /api/generate` with each of these bodies. */
  generate(bodies: readonly (string | object)[], headers?: Record<string, string>): Promise<number[]>;
  /** Statuses of GETs. */
  look(...paths: readonly string[]): Promise<number[]>;
}

/** A case of the abuse list. */
export interface Row {
  /** Its number in the list. */
  readonly n: number;
  readonly name: string;
  /** The status of every answer; several where Bun's parser may also cut the line (0) or say it in another way. */
  readonly status: number | readonly number[];
  /**
   * Projects that come of it; whatever was there before stays byte for byte as it was. Left out: none; `some`: the row
   * itself expects which.
   */
  readonly creates?: number | "some";
  /** Needs a server of its own, made like this. */
  readonly own?: OwnServer;
  /** The server is gone afterwards, as asked. */
  readonly ends?: true;
  /** Sends the requests; gives the statuses of the answers. What else must be true of them it expects itself. */
  send(up: Target): Promise<readonly number[]>;
}

/**
 * Ms in which somebody else must be answered after whatever was done. The list says a second; a test machine that does
 * five other things gets more, for a server that hangs answers never.
 */
export const patienceMs = 5_000;

export const GET = "GET /api/projects HTTP/1.1";
export const POST = "POST /api/generate HTTP/1.1";
export const JSON_LINE = "Content-Type: application/json";
export const FILM = { prompt: "A cat", scenes: 1 };
export const MIB = 1_048_576;

export const count = (statuses: readonly number[], status: number): number =>
  statuses.filter((one) => one === status).length;
export const statuses = (answers: readonly Response[]): number[] => answers.map(({ status }) => status);
export const fifty = <T>(call: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: 50 }, (_, n) => call(n)));

/** Status of a raw answer. */
export const statusIn = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
