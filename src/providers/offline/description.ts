import type { ProviderDescription } from "../../ports/provider-description.ts";
import { OFFLINE } from "./names.ts";

/** Drawn stills with camera moves, on this machine and for nothing. */
export const offline: ProviderDescription = {
  ...OFFLINE,
  // Its name up to version 2.0: old projects keep it in their content keys.
  aliases: ["animatic"],
  autoRank: 2,
  section: null,
  readiness: () => ({ ready: true, reason: "draws films on this machine, free, without an account" }),
  create: async (_config, { media }) => (await import("./provider.ts")).createOfflineProvider({ media }),
};
