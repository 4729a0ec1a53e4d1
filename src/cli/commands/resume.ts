import { z } from "zod";
import { FITS, type Fit } from "../../domain/step.ts";
import { defineCommand } from "../command.ts";
import { textFlag } from "../input/flags.ts";
import {
  FILM_ARGS,
  filmOptions,
  flag,
  ID_ARG,
  maxCostFlag,
  option,
  UNTIL_ARG,
  untilFlag,
  YES_ARG,
} from "../input/options.ts";
import { usageError } from "../input/usage-errors.ts";
import { makeFilm } from "../run/run-film.ts";
import { readTrustedConfig } from "../run/session.ts";
import { agreeToSpend, consentOf } from "../run/spend-approval.ts";

/** How a still is brought to shape, as it was typed. @throws VidpipeError input.invalid */
function fitFlag(args: { readonly fit?: string | undefined; readonly "use-rejected"?: boolean | undefined }): {
  readonly fit?: Fit;
} {
  const fit = textFlag("--fit", args.fit, z.enum(FITS), FITS[0]);
  if (fit === undefined) return {};
  if (args["use-rejected"] !== true) throw usageError("--fit goes with --use-rejected", "resume");
  return { fit };
}

export const resumeCommand = defineCommand({
  name: "resume",
  description: "Continue a film where it stopped",
  note: "Files that exist already are reused; only what is missing is made and paid for.",
  examples: [
    "vidpipe resume 0199c3a1-5b7e",
    "vidpipe resume 0199c3a1-5b7e --until keyframes",
    "vidpipe resume 0199c3a1-5b7e --max-cost 10 --output film.mp4",
  ],
  args: {
    ...ID_ARG,
    "max-cost": option("usd", "Never spend more than this on the film"),
    "retry-ambiguous": flag("Repeat paid calls whose answer was lost; they may be billed twice"),
    "retry-refused": flag("Try again what the safety filter refused; it may be billed again"),
    "use-rejected": flag(
      "Use what was paid for although it does not fit: cut to shape, or a storyboard of another length",
    ),
    fit: option(FITS.join("|"), "With --use-rejected: cut a still to shape, or add bars (default crop)"),
    "retry-rejected": flag("Buy again what was paid for and does not fit"),
    "retry-gone": flag("Buy again what the provider does not know any more"),
    model: option("text", "Make what is not made yet with this model; what is made stays"),
    "skip-blocked": flag("Leave out scenes that cannot be made"),
    "retry-skipped": flag("Make the scenes that were left out before"),
    ...UNTIL_ARG,
    ...FILM_ARGS,
    ...YES_ARG,
  },
  async run({ context, args }) {
    const cap = maxCostFlag(args["max-cost"]);
    const model = textFlag("--model", args.model, z.string(), "the id of a model");
    const options = {
      ...cap,
      retryAmbiguous: args["retry-ambiguous"] === true,
      retryRefused: args["retry-refused"] === true,
      useRejected: args["use-rejected"] === true,
      ...fitFlag(args),
      ...(model !== undefined && { model }),
      retryRejected: args["retry-rejected"] === true,
      retryGone: args["retry-gone"] === true,
      skipBlocked: args["skip-blocked"] === true,
      retrySkipped: args["retry-skipped"] === true,
      ...untilFlag(args.until),
    };
    const config = await readTrustedConfig(context, args);
    const film = filmOptions(args);
    const consent = consentOf(config, args.yes, film, cap);
    return makeFilm(context, config, film, async ({ service }, signal) => {
      const id = await service.resolve(args.id);
      const shown = await agreeToSpend(context, await service.estimateResume(id, options), consent);
      return service.resume(id, { ...options, ...shown }, signal);
    });
  },
});
