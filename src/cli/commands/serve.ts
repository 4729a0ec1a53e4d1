import { defineCommand } from "../command.ts";
import type { CliContext, OpenApp } from "../context.ts";
import { setting } from "../input/options.ts";
import { say } from "../output/notices.ts";
import { type Interrupt, listenForInterrupt, readConfig, withApp } from "../run/session.ts";

const interrupted = ({ signal }: Interrupt): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** Serves until it is interrupted. A server that stops when asked has succeeded: exit code 0. */
async function serveUntilStopped(
  context: CliContext,
  { serve }: OpenApp,
  bind: { readonly host: string; readonly port: number },
  interrupt: Interrupt,
): Promise<number> {
  const server = await serve(bind.host, bind.port);
  try {
    context.stdout.write(`${server.url}\n`);
    say(context, "serving; press Ctrl-C to stop, everything is kept");
    await interrupted(interrupt);
    say(context, "stopping; press Ctrl-C again to stop at once");
  } finally {
    await server.stop();
  }
  return 0;
}

export const serveCommand = defineCommand({
  name: "serve",
  description: "Run the HTTP API and the web page",
  examples: ["vidpipe serve", "VIDPIPE_SERVER__AUTH_TOKEN=$(vidpipe token) vidpipe serve --host 0.0.0.0 --port 9000"],
  args: {
    host: { type: "string", valueHint: "address", description: "Address to listen on (default: 127.0.0.1)" },
    port: {
      type: "string",
      valueHint: "number",
      description: "Port to listen on; 0 takes any free one (default: 8000)",
    },
  },
  async run({ context, args }) {
    const flags = {
      ...setting("server.host", "--host", args.host),
      ...setting("server.port", "--port", args.port),
    };
    const config = readConfig(context, args, flags);
    const interrupt = listenForInterrupt(context);
    try {
      return await withApp(context, config, (app) => serveUntilStopped(context, app, config.server, interrupt));
    } finally {
      interrupt.dispose();
    }
  },
});
