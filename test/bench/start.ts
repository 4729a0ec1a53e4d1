/** Cold start of the compiled binary beside a compiled hello-world, in turn, so that the machine's mood is shared. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = join(import.meta.dir, "..", "..", "dist", "vidpipe");
const rounds = 15;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function timedMs(command: string[], cwd: string): number {
  const start = performance.now();
  const { exitCode } = Bun.spawnSync(command, { cwd, env: { PATH: process.env.PATH ?? "", HOME: cwd } });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}`);
  return performance.now() - start;
}

/** Prints medians and ratios; needs `bun run build` first. */
export async function startBench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "vidpipe-bench-"));
  try {
    const hello = join(folder, "hello");
    const source = join(folder, "hello.ts");
    await Bun.write(source, 'process.stdout.write("hello\\n");\n');
    const built = await Bun.build({ entrypoints: [source], target: "bun", compile: { outfile: hello } });
    if (!built.success) throw new Error("hello-world does not build");
    const commands = {
      "hello-world": [hello],
      "vidpipe --version": [binary, "--version"],
      "vidpipe list": [binary, "list"],
    };
    const times = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
    for (let round = 0; round <= rounds; round++)
      for (const [name, command] of Object.entries(commands)) {
        const ms = timedMs(command, folder);
        if (round > 0) times.get(name)?.push(ms);
      }
    const base = median(times.get("hello-world") ?? []);
    console.log(`\nCold start, median of ${rounds}, in turn`);
    for (const [name, all] of times) {
      const [low, high] = [Math.min(...all), Math.max(...all)];
      const metrics = `${median(all).toFixed(0).padStart(5)} ms (${low.toFixed(0)} to ${high.toFixed(0)})`;
      console.log(`  ${name.padEnd(20)} ${metrics}  ${(median(all) / base).toFixed(2)} x`);
    }
    console.log(
      `  binary ${(Bun.file(binary).size / 1024 ** 2).toFixed(1)} MiB, hello-world ${(Bun.file(hello).size / 1024 ** 2).toFixed(1)} MiB`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await startBench();
