import type { Log } from "../../src/ports/runtime.ts";
/** Log lines of these tests say nothing anybody needs. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
