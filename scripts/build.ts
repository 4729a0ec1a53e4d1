/** Builds dist/vidpipe: CLI, server, migrations, font and defaults in one executable. */
import { join } from "node:path";

const root = join(import.meta.dir, "..");

/** Compiles the program to `outfile` for this machine. Throws with the compiler's messages. */
export async function buildBinary(outfile: string): Promise<void> {
  const result = await Bun.build({
    // The program, and that of the thread which hashes files: see src/platform/file-hasher.ts.
    entrypoints: [join(root, "src", "main.ts"), join(root, "src", "platform", "hash-worker.ts")],
    target: "bun",
    format: "esm",
    // Names stay, so that a stack in a log can be read without the map files a build would leave beside the binary.
    minify: { whitespace: true, syntax: true, identifiers: false },
    bytecode: true,
    sourcemap: "none",
    // Looked for where the binary runs; it is not there on most machines.
    external: ["ffmpeg-static"],
    define: { "process.env.NODE_ENV": '"production"' },
    compile: {
      outfile,
      // A planted file in the current directory must not reach into the binary: vidpipe reads its own `.env`.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
  if (!result.success) throw new AggregateError(result.logs, "the build failed");
}

if (import.meta.main) {
  const outfile = join(root, "dist", "vidpipe");
  await buildBinary(outfile);
  process.stdout.write(`${outfile} ${(Bun.file(outfile).size / 1024 ** 2).toFixed(0)} MiB\n`);
}
