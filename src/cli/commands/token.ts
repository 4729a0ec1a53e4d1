import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { COMMON_ARGS } from "../input/options.ts";

/** Random bytes of a token: as many as the server asks of one, so it cannot be guessed. */
const tokenBytes = 32;

export const tokenCommand = (context: CliContext) =>
  defineCommand({
    meta: { name: "token", description: "Make a token for the server's settings" },
    args: {
      webhook: { type: "boolean", description: "Make a secret that signs webhooks instead" },
      ...COMMON_ARGS,
    },
    async run({ args }) {
      const bytes = crypto.getRandomValues(new Uint8Array(tokenBytes));
      const text = args.webhook === true ? `whsec_${bytes.toBase64()}` : bytes.toBase64({ alphabet: "base64url" });
      context.stdout.write(`${text}\n`);
      return 0;
    },
  });
