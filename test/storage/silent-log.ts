import type { Log } from "../../src/ports.ts";

/** Log lines of these tests say nothing anybody needs. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
