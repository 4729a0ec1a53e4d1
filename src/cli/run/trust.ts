import type { Config } from "../../config/load.ts";
import { keysOf, type TrustedKeys, type Untrusted } from "../../config/trust.ts";
import { asVidpipeError, VidpipeError } from "../../domain/errors.ts";
import { listOfAll } from "../../domain/settings.ts";
import type { CliContext } from "../context.ts";
import { canAsk, saysYes } from "../input/question.ts";
import { warn } from "../output/notices.ts";
import { plain } from "../output/text.ts";

/** What to do about it, after the words of `setsWords`. */
export const WAYS_TO_TRUST = "look at it, then run 'vidpipe trust', or name the file with --config";

/** What a found folder sets that does not count, and that is not merely passed over. */
export const untrustedOf = ({ found }: Pick<Config, "found">): readonly Untrusted[] =>
  found?.untrusted.filter(({ isPassedOver }) => !isPassedOver) ?? [];

/** "this folder's config.yaml sets ffmpeg.path and its .env sets server.auth_token" */
function setsWords(untrusted: readonly Untrusted[]): string {
  const files = Map.groupBy(untrusted, ({ holder }) => holder);
  const parts = [...files].map(([holder, of]) => `${holder} sets ${listOfAll(of.map(({ key }) => key))}`);
  return plain(`this folder's ${parts.join(", and its ")}`);
}

/** What a found folder sets, and whose word it needs. */
export const wordNeeded = (untrusted: readonly Untrusted[]): string =>
  `${setsWords(untrusted)}, and only you may say that ${untrusted.length === 1 ? "it counts" : "they count"}`;

/** The one line about values that do not count; undefined when there are none. */
export function untrustedLine(config: Pick<Config, "found">): string | undefined {
  const untrusted = untrustedOf(config);
  if (untrusted.length === 0) return undefined;
  return `${setsWords(untrusted)}, which ${untrusted.length === 1 ? "does" : "do"} not count: ${WAYS_TO_TRUST}`;
}

/** The lines about values that something harmless stands in for. */
export const passedOverLines = ({ found }: Pick<Config, "found">): readonly string[] =>
  (found?.untrusted ?? [])
    .filter(({ isPassedOver }) => isPassedOver)
    .map(
      ({ key, origin, value }) =>
        `${key} (${plain(origin)}) is ${plain(String(value))}, which others could reach: it listens on this machine only; say --host, or 'vidpipe trust'`,
    );

/**
 * Gets the user's word for what a found folder sets: asked on a terminal and remembered. Gives what they
 * said it of; undefined when no word is needed.
 * @throws VidpipeError config.untrusted
 */
export async function askForTrust(
  context: CliContext,
  { found }: Pick<Config, "found">,
): Promise<TrustedKeys | undefined> {
  const untrusted = untrustedOf({ found });
  if (found === null || untrusted.length === 0) return undefined;
  const words = setsWords(untrusted);
  if (!canAsk(context) || !(await saysYes(context, `${words}: trust it?`))) refuseUntrusted({ found });
  remember(context, found.folder, untrusted);
  return keysOf(untrusted);
}

/** @throws VidpipeError config.untrusted when a found folder sets what does not count */
export function refuseUntrusted(config: Pick<Config, "found">): void {
  const untrusted = untrustedOf(config);
  if (untrusted.length === 0) return;
  throw new VidpipeError("config.untrusted", `${wordNeeded(untrusted)}: nothing was done; ${WAYS_TO_TRUST}`);
}

/** A word that cannot be kept still counts now. */
function remember(context: CliContext, folder: string, shown: readonly Untrusted[]): void {
  try {
    context.folders.trust(folder, shown);
  } catch (thrown) {
    warn(context, asVidpipeError(thrown).message);
  }
}
