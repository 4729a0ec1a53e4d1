import { createConsola } from "consola";
import { plain, safeJson } from "../domain/plain-text.ts";
import type { Log } from "../ports/runtime.ts";

/** Text that looks like a Google key or a bearer token: it is never logged. */
const SECRETS = /AIza[\w-]{20,}|AQ\.[\w-]{20,}|ya29\.[\w.-]+|(?<=[Bb]earer )[\w.~+/-]+=*/g;

const CONSOLA_LEVELS = { silent: -999, error: 0, warn: 1, info: 3, debug: 4 };
type LogLevel = keyof typeof CONSOLA_LEVELS;

/** For people, for programs, or `auto`: for people when stderr is a terminal, else for programs. */
type LogFormat = "pretty" | "json" | "auto";

/** Log lines on stderr. Secrets are masked and control characters are replaced. */
export function createLog({ level, format }: { readonly level: LogLevel; readonly format: LogFormat }): Log {
  const isJson = format === "json" || (format === "auto" && !process.stderr.isTTY);
  return isJson ? createJsonLog(level) : createPrettyLog(level);
}

/** One JSON object per line: `time`, `level`, `message` and the fields. */
function createJsonLog(level: LogLevel): Log {
  const threshold = CONSOLA_LEVELS[level];
  return withLevels((name) => (message, fields) => {
    if (CONSOLA_LEVELS[name] > threshold) return;
    const line = safeJson({ time: new Date().toISOString(), level: name, message, ...fields });
    process.stderr.write(`${line.replace(SECRETS, "***")}\n`);
  });
}

const withLevels = (writer: (level: keyof Log) => Log[keyof Log]): Log => ({
  debug: writer("debug"),
  info: writer("info"),
  warn: writer("warn"),
  error: writer("error"),
});

function createPrettyLog(level: LogLevel): Log {
  const consola = createConsola({ level: CONSOLA_LEVELS[level], stdout: process.stderr, stderr: process.stderr });
  const lineOf = (message: string, fields: Record<string, unknown> = {}): string => {
    const details = Object.entries(fields).map(([key, value]) => `${key}=${text(value)}`);
    return plain([message, ...details].join(" ")).replace(SECRETS, "***");
  };
  return withLevels((name) => (message, fields) => consola[name](lineOf(message, fields)));
}

const text = (value: unknown): string => (typeof value === "string" ? value : String(JSON.stringify(value)));
