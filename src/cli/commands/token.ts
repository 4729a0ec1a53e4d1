import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { COMMON_ARGS } from "../input/options.ts";

/** Random bytes of a token: as many as the server requires, so that nobody can guess it. */
const tokenBytes = 32;

export const tokenCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "token", description: "Generate an access token, or a secret for webhooks" },
    args: {
      webhook: { type: "boolean", description: "Generate a secret that signs webhooks" },
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const bytes = crypto.getRandomValues(new Uint8Array(tokenBytes));
      const text = args.webhook === true ? `whsec_${bytes.toBase64()}` : bytes.toBase64({ alphabet: "base64url" });
      context.stdout.write(`${text}\n`);
      return 0;
    },
  });
