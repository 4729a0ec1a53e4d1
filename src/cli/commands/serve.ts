import { once } from "node:events";
import { defineCommand } from "../command.ts";
import { option, setting } from "../input/options.ts";
import { STOPPING, say, warn } from "../output/notices.ts";
import { readTrustedConfig, withStoppableApp } from "../run/session.ts";
import { passedOverLines } from "../run/trust.ts";

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
    const config = await readTrustedConfig(context, args, flags);
    for (const line of passedOverLines(config)) warn(context, line);
    // A server that stops when asked has succeeded: exit code 0.
    await withStoppableApp(context, config, async ({ serve }, signal) => {
      const server = await serve(config.server.host, config.server.port);
      try {
        context.stdout.write(`${server.url}\n`);
        say(context, "serving; press Ctrl-C to stop, everything is kept");
        if (!signal.aborted) await once(signal, "abort");
        say(context, STOPPING);
      } finally {
        await server.stop();
      }
    });
  },
});
