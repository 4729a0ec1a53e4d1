import { expect, test } from "bun:test";
import { join } from "node:path";

const system = join(import.meta.dir, "../../src/platform/log.ts");

/** What a log writes to stderr for one message with one field. */
function logged(format: "json" | "pretty", message: string, field: string): string {
  const script = `const { createLog } = await import(${JSON.stringify(system)});
    createLog({ level: "info", format: "${format}" }).warn(${JSON.stringify(message)}, { prompt: ${JSON.stringify(field)} });`;
  return Bun.spawnSync([process.execPath, "-e", script], { env: { PATH: process.env.PATH ?? "" } }).stderr.toString();
}

const evil = 'a\nb\r\u001b[31mred\u001b]0;title\u0007\u009b2J\u202e\u200b\u2028 {"level":"error"}';
const key = `AIza${"x".repeat(35)}`;

test.each(["json", "pretty"] as const)("13.16 a prompt makes one %s line that drives no terminal", (format) => {
  const text = logged(format, evil, evil);
  expect(text.trim().split("\n")).toHaveLength(1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(text.trim()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b\u2028-\u202e]/);
});

test.each(["json", "pretty"] as const)("13.3 no key is shown in a %s line", (format) => {
  expect(logged(format, `refused ${key}`, `Bearer ${"t".repeat(40)}`)).not.toMatch(/AIza|ttttt/);
});
