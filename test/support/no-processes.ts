/**
 * Loaded before every file of the fast tests: a test that starts a program, and is among the fast ones by mistake, fails.
 * What starts one is replaced before any test can take a copy of it.
 */
import { mock } from "bun:test";

function refused(): never {
  throw new Error("a fast test may not start a program: what it imports must say that it does");
}

Object.assign(Bun, { spawn: refused, spawnSync: refused, $: refused });
const child = {
  spawn: refused,
  spawnSync: refused,
  exec: refused,
  execSync: refused,
  execFile: refused,
  fork: refused,
};
mock.module("node:child_process", () => ({ ...child, execFileSync: refused, default: child }));
