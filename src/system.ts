import { readFileSync, readlinkSync } from "node:fs";
import { uptime } from "node:os";
import { createConsola } from "consola";
import type { Chance, Clock, Log, Owner } from "./ports.ts";

/** The machine's clock. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sinceBoot,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener("abort", done);
      }),
  };
}

/** Linux says it to 10 ms; elsewhere to a second, which is little beside a lease. */
function sinceBoot(): number {
  const seconds = Number(read("/proc/uptime")?.split(" ")[0]);
  return Math.round(1_000 * (seconds > 0 ? seconds : uptime()));
}

/** Real randomness. */
export function createSystemChance(): Chance {
  return { random: () => Math.random(), id: () => Bun.randomUUIDv7() };
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
};

/** A process's start in clock ticks since boot, Linux only: with it a reused pid is not mistaken for its predecessor. */
function startTicks(pid: string): string | null {
  const stat = read(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces; the start time is the 20th field behind it.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "0";
  }
}

function answers(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

/**
 * This process as `boot.namespace.pid.start`. A wall clock that jumps cannot make two owners of one, nor can a pid
 * that is used again. Another namespace cannot be looked into: its owners count as alive until their lease runs out.
 */
export function createSystemOwner(): Owner {
  const boot = read("/proc/sys/kernel/random/boot_id") ?? "unknown";
  const namespace = pidNamespace();
  const pid = String(process.pid);
  return {
    self: [boot, namespace, pid, startTicks(pid) ?? "0"].join("."),
    isLive(owner) {
      const [theirBoot, theirNamespace, theirPid, theirStart] = owner.split(".");
      if (theirPid === undefined || theirBoot !== boot) return false;
      if (theirNamespace !== namespace) return true;
      const start = startTicks(theirPid);
      return start === null ? theirStart === "0" && answers(theirPid) : start === theirStart;
    },
  };
}

/**
 * Runs the user's editor on a file and waits for its end. `command` is what VISUAL or EDITOR hold: a shell reads it,
 * as everywhere, so that it may have arguments; the path is no part of what the shell reads.
 * Resolves with the exit code; 127 when there is no such program.
 */
export function runEditor(command: string, path: string): Promise<number> {
  return Bun.spawn(["sh", "-c", `${command} "$@"`, "sh", path], { stdio: ["inherit", "inherit", "inherit"] }).exited;
}

/** Anything that looks like a Google key or a bearer token; logs never show one. */
const SECRETS = /AIza[\w-]{20,}|AQ\.[\w-]{20,}|ya29\.[\w.-]+|(?<=[Bb]earer )[\w.~+/-]+=*/g;

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

const CONSOLA_LEVELS = { silent: -999, error: 0, warn: 1, info: 3, debug: 4 } as const satisfies Record<
  LogLevel,
  number
>;

/** How a log is written: for people, for programs, or for whoever reads stderr. */
export type LogFormat = "pretty" | "json" | "auto";

/** Log lines on stderr; secrets are masked and control characters made visible. */
export function createLog({ level, format }: { readonly level: LogLevel; readonly format: LogFormat }): Log {
  const isJson = format === "json" || (format === "auto" && !process.stderr.isTTY);
  return isJson ? createJsonLog(level) : createPrettyLog(level);
}

/** One JSON object a line: `time`, `level`, `message` and the fields. */
function createJsonLog(level: LogLevel): Log {
  const threshold = CONSOLA_LEVELS[level];
  const writer = (name: Exclude<LogLevel, "silent">) => (message: string, fields?: Record<string, unknown>) => {
    if (CONSOLA_LEVELS[name] > threshold) return;
    const line = JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields });
    process.stderr.write(`${line.replace(SECRETS, "***")}\n`);
  };
  return { debug: writer("debug"), info: writer("info"), warn: writer("warn"), error: writer("error") };
}

function createPrettyLog(level: LogLevel): Log {
  const consola = createConsola({ level: CONSOLA_LEVELS[level], stdout: process.stderr, stderr: process.stderr });
  const lineOf = (message: string, fields: Record<string, unknown> = {}): string => {
    const details = Object.entries(fields).map(([key, value]) => `${key}=${text(value)}`);
    return [message, ...details]
      .join(" ")
      .replace(/\p{Cc}/gu, "?")
      .replace(SECRETS, "***");
  };
  return {
    debug: (message, fields) => consola.debug(lineOf(message, fields)),
    info: (message, fields) => consola.info(lineOf(message, fields)),
    warn: (message, fields) => consola.warn(lineOf(message, fields)),
    error: (message, fields) => consola.error(lineOf(message, fields)),
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value : String(JSON.stringify(value)));
