import { once } from "node:events";
import { defineCommand } from "../command.ts";
import type { CliContext, OpenApp } from "../context.ts";
import { option, setting } from "../input/options.ts";
import { STOPPING, say } from "../output/notices.ts";
import { readConfig, withStoppableApp } from "../run/session.ts";

/** Serves until it is interrupted. A server that stops when asked has succeeded: exit code 0. */
async function serveUntilStopped(
  context: CliContext,
  { serve }: OpenApp,
  bind: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  const server = await serve(bind.host, bind.port);
  try {
    context.stdout.write(`${server.url}\n`);
    say(context, "serving; press Ctrl-C to stop, everything is kept");
    if (!signal.aborted) await once(signal, "abort");
    say(context, STOPPING);
  } finally {
    await server.stop();
  }
}

export const serveCommand = defineCommand({
  name: "serve",
  description: "Run the HTTP API and the web page",
  examples: ["vidpipe serve", "VIDPIPE_SERVER__AUTH_TOKEN=$(vidpipe token) vidpipe serve --host 0.0.0.0 --port 9000"],
  args: {
    host: option("address", "Address to listen on (default: 127.0.0.1)"),
    port: option("number", "Port to listen on; 0 takes any free one (default: 8000)"),
  },
  async run({ context, args }) {
    const flags = {
      ...setting("server.host", "--host", args.host),
      ...setting("server.port", "--port", args.port),
    };
    const config = readConfig(context, args, flags);
    await withStoppableApp(context, config, (app, signal) => serveUntilStopped(context, app, config.server, signal));
  },
});
