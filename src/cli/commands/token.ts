import { defineCommand } from "../command.ts";
import { flag } from "../input/options.ts";

/** Random bytes of a token: as many as the server requires. */
const tokenBytes = 32;

export const tokenCommand = defineCommand({
  name: "token",
  description: "Generate an access token, or a secret for webhooks",
  examples: ["export VIDPIPE_SERVER__AUTH_TOKEN=$(vidpipe token)", "vidpipe token --webhook"],
  args: {
    webhook: flag("Generate a secret that signs webhooks"),
  },
  async run({ context, args }) {
    const bytes = crypto.getRandomValues(new Uint8Array(tokenBytes));
    const text = args.webhook === true ? `whsec_${bytes.toBase64()}` : bytes.toBase64({ alphabet: "base64url" });
    context.stdout.write(`${text}\n`);
  },
});
