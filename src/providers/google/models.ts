import type { Availability, Model, ModelKind, Vendor } from "../catalog/models.ts";
import { CHECKED, perImage, perSecond, picture, request, THINKING_TOKENS, tokens } from "./price-rows.ts";

/** The ways Google's API is reached: Vertex AI with a Google Cloud login, or the Gemini API with a key. */
export const MODES = ["vertex", "gemini"] as const;
export type Mode = (typeof MODES)[number];

/** The protocols models speak, and what each of them makes. */
export const BACKENDS = {
  gemini_text: "text",
  gemini_image: "image",
  imagen: "image",
  veo: "video",
  omni: "video",
} as const satisfies Record<string, ModelKind>;
export type Backend = keyof typeof BACKENDS;

/** A model with what Google's calls need. */
export interface GoogleModel extends Model {
  readonly backend: Backend;
  readonly modes: Readonly<Partial<Record<Mode, Availability>>>;
  /** Its names on the wire where they are not its id. */
  readonly wireIds: Readonly<Partial<Record<Mode, string>>>;
  /** The only Vertex location that serves it; null: any, as configured. */
  readonly vertexLocation: string | null;
  /** Takes the thinking level "minimal", which is asked for. */
  readonly thinksMinimally: boolean;
}

type Row = Partial<Omit<GoogleModel, "id" | "kind" | "backend">>;

const until = (vertex: string | null, gemini: string | null): GoogleModel["modes"] => ({
  vertex: { retiresOn: vertex },
  gemini: { retiresOn: gemini },
});
const BOTH = until(null, null);
const vertexOnly = (retiresOn: string | null = null): GoogleModel["modes"] => ({ vertex: { retiresOn } });

const LATEST_MODELS = "ai.google.dev/gemini-api/docs/latest-model";
const CARBON_PRICES = "third parties: litellm discussion 50970, laozhang";
/** Google's own page did not show these numbers on the days it was read. */
const OMNI_PRICES = "third parties: inference.sh, muapi, laozhang";

const blank: Omit<GoogleModel, "id" | "kind" | "backend"> = {
  aliases: [],
  modes: BOTH,
  wireIds: {},
  vertexLocation: null,
  thinksMinimally: false,
  durationsSeconds: [],
  aspectRatios: [],
  sizes: [],
  audio: false,
  lastFrame: false,
  referenceImages: 0,
  seed: false,
  requestsPerMinute: null,
  prices: [],
  successor: null,
};

const IMAGE_RATIOS = ["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9", "4:5", "5:4"];
const FLASH_RATIOS = [...IMAGE_RATIOS, "1:4", "4:1", "1:8", "8:1"];
const VIDEO_RATIOS = ["16:9", "9:16"];

/** Makes a backend's models from what they share and what each has of its own. */
const family =
  (backend: Backend, shared: Row) =>
  (id: string, own: Row): GoogleModel => ({ ...blank, ...shared, ...own, id, kind: BACKENDS[backend], backend });

// Gemini 3 and later are served by Vertex's global endpoint; a region may not have them.
const text = family("gemini_text", { vertexLocation: "global", seed: true });
const image = family("gemini_image", {
  vertexLocation: "global",
  aspectRatios: IMAGE_RATIOS,
  sizes: ["1K", "2K", "4K"],
  referenceImages: 3,
  seed: true,
});
const thinking = (id: string, own: Row): GoogleModel => image(id, { thinksMinimally: true, ...own });
const imagen = family("imagen", {
  modes: until("2026-08-17", "2026-08-17"),
  aspectRatios: ["1:1", "3:4", "4:3", "9:16", "16:9"],
  sizes: ["1K", "2K"],
  successor: "gemini-nano-banana-2.1",
});
// Google's page names 2026-11-17 "or later" for veo-3.1-generate-001 and its fast twin: no date to refuse by.
const veo = family("veo", {
  modes: vertexOnly(),
  durationsSeconds: [4, 6, 8],
  aspectRatios: VIDEO_RATIOS,
  sizes: ["720p", "1080p", "4k"],
  audio: true,
  lastFrame: true,
  referenceImages: 3,
  seed: true,
  requestsPerMinute: 10,
  successor: "gemini-omni-1.2-flash",
});
// Omni makes up to 15 s from one still and up to 10 s between two, which is what vidpipe asks for.
const omni = family("omni", {
  vertexLocation: "global",
  durationsSeconds: [3, 4, 5, 6, 7, 8, 9, 10],
  aspectRatios: VIDEO_RATIOS,
  sizes: ["720p", "360p", "1080p", "4k"],
  audio: true,
  lastFrame: true,
  referenceImages: 6,
});

/** Every model of Google that vidpipe knows. Nothing outside this file names one. */
const MODELS: readonly GoogleModel[] = [
  text("gemini-3.8-flash", {
    aliases: ["gemini-3.7-flash"],
    prices: [tokens(0.75, 3.75, { to: "2026-12-31" }), tokens(1.5, 7.5, { from: "2027-01-01" })],
  }),
  // On Vertex AI gemini-3.5-flash is a model of its own, and of this one nothing is said there.
  text("gemini-3.6-flash", { aliases: ["gemini-3.5-flash"], successor: "gemini-3.8-flash" }),
  text("gemini-3.5-flash-lite", { prices: [tokens(0.3, 2.5)], successor: "gemini-3.8-flash" }),
  text("gemini-3.1-flash-lite", { modes: until("2027-05-07", "2027-05-07"), successor: "gemini-3.5-flash-lite" }),
  text("gemini-3.1-pro-preview", {
    prices: [tokens(2, 12, CHECKED, { inputTokens: 200_000, inputUsd: 4, outputUsd: 18 })],
    successor: "gemini-4-argon",
  }),
  text("gemini-4-argon", {
    prices: [
      tokens(2, 10, { to: "2026-11-30", source: LATEST_MODELS, ...CHECKED }),
      tokens(4, 20, { from: "2026-12-01", source: LATEST_MODELS, ...CHECKED }),
    ],
  }),
  text("gemini-4-hydrogen", {
    prices: [tokens(1.5, 7.5, { from: "2026-11-12", source: "third party: litellm discussion 51436", ...CHECKED })],
  }),
  text("gemini-4-carbon", {
    prices: [
      tokens(2, 10, { from: "2026-11-10", to: "2026-11-30", source: CARBON_PRICES, ...CHECKED }),
      tokens(4, 20, { from: "2026-12-01", source: CARBON_PRICES, ...CHECKED }),
    ],
  }),
  // On the Gemini API these are for those who used them before, until further notice (Google's changelog, 2026-09-18).
  text("gemini-2.5-flash", { modes: until("2026-10-20", null), successor: "gemini-3.8-flash" }),
  text("gemini-2.5-pro", { modes: until("2026-10-20", null), successor: "gemini-4-argon" }),

  // Both surfaces since 2026-10-06; that Vertex AI serves it globally and that it takes a seed is not confirmed.
  thinking("gemini-nano-banana-2.1", {
    aspectRatios: FLASH_RATIOS,
    referenceImages: 14,
    prices: [
      picture(30, { "1K": 1_120, "2K": 1_680, "4K": 3_780 }, request(1.5, 7.5, THINKING_TOKENS.minimal), {
        from: "2026-10-06",
        ...CHECKED,
      }),
    ],
  }),
  // Shut on the Gemini API (litellm discussion 44983, jpcaparas/skills); on Vertex AI 2027-05-28 "or later".
  thinking("gemini-3.1-flash-image", {
    modes: until(null, "2026-10-29"),
    aspectRatios: FLASH_RATIOS,
    referenceImages: 14,
    prices: [picture(60, { "1K": 1_120, "2K": 1_680, "4K": 2_520 }, request(0.5, 3, THINKING_TOKENS.minimal), CHECKED)],
    successor: "gemini-nano-banana-2.1",
  }),
  image("gemini-3-pro-image", {
    referenceImages: 14,
    prices: [picture(120, { "1K": 1_120, "2K": 1_120, "4K": 2_000 }, request(2, 12, THINKING_TOKENS.fixed), CHECKED)],
  }),
  thinking("gemini-3.1-flash-lite-image", {
    sizes: ["1K"],
    prices: [picture(30, { "1K": 1_120 }, request(0.25, 1.5, THINKING_TOKENS.minimal), CHECKED)],
  }),
  image("gemini-2.5-flash-image", {
    modes: until("2027-03-15", "2026-10-02"),
    vertexLocation: null,
    sizes: ["1K"],
    prices: [picture(30, { "1K": 1_290 }, request(0.3, 2.5, 0))],
    successor: "gemini-nano-banana-2.1",
  }),
  image("gemini-3.1-flash-image-preview", {
    modes: until("2026-06-25", "2026-06-25"),
    successor: "gemini-3.1-flash-image",
  }),
  image("gemini-3-pro-image-preview", { modes: until("2026-06-25", "2026-06-25"), successor: "gemini-3-pro-image" }),
  imagen("imagen-4.0-generate-001", { prices: perImage({ "1K": 0.04, "2K": 0.04 }) }),
  imagen("imagen-4.0-fast-generate-001", { prices: perImage({ "1K": 0.02, "2K": 0.02 }) }),
  imagen("imagen-4.0-ultra-generate-001", {
    prices: perImage({ "1K": 0.06, "2K": 0.06 }),
    successor: "gemini-3-pro-image",
  }),

  omni("gemini-omni-1.2-flash", {
    prices: perSecond(
      { "360p": 0.0232, "720p": 0.0695, "1080p": 0.1043, "4k": 0.2085 },
      { source: OMNI_PRICES, ...CHECKED },
      request(1.5, 9, THINKING_TOKENS.minimal),
    ),
  }),
  omni("gemini-omni-1.1-flash", {
    wireIds: { vertex: "gemini-omni-1.1-flash-preview" },
    prices: perSecond({ "360p": 0.03, "720p": 0.1, "1080p": 0.15, "4k": 0.3 }, {}),
    successor: "gemini-omni-1.2-flash",
  }),
  omni("gemini-omni-flash-preview", {
    modes: until("2026-11-06", "2026-09-30"),
    successor: "gemini-omni-1.2-flash",
  }),
  veo("veo-3.1-generate-001", { prices: perSecond({ "720p": 0.4, "1080p": 0.4, "4k": 0.6 }) }),
  veo("veo-3.1-fast-generate-001", { prices: perSecond({ "720p": 0.1, "1080p": 0.12, "4k": 0.3 }) }),
  veo("veo-3.1-lite-generate-001", {
    sizes: ["720p", "1080p"],
    referenceImages: 0,
    prices: perSecond({ "720p": 0.05, "1080p": 0.08 }),
  }),
  veo("veo-3.1-generate-preview", { modes: until(null, "2026-10-22") }),
  veo("veo-3.1-fast-generate-preview", { modes: until(null, "2026-10-22") }),
];

export const GOOGLE_MODELS: Vendor<GoogleModel> = {
  models: MODELS,
  modeNames: { vertex: "Vertex AI", gemini: "the Gemini API" } satisfies Record<Mode, string>,
  // The generation that answers in both modes.
  defaults: { text: "gemini-3.8-flash", image: "gemini-nano-banana-2.1", video: "gemini-omni-1.2-flash" },
  retiredFamilies: [
    { prefix: "gemini-1.", since: null },
    { prefix: "gemini-2.0-", since: null },
    { prefix: "imagen-3.", since: "2026-08-17" },
    { prefix: "imagegeneration", since: null },
    { prefix: "veo-2.", since: "2026-06-30" },
    { prefix: "veo-3.0-", since: "2026-06-30" },
  ],
};
