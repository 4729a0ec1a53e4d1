import { z } from "zod";
import { type Catalog, createCatalog } from "../catalog/catalog.ts";
import { dayOf } from "../catalog/days.ts";
import { ModelOverride, parseOverrides } from "../catalog/overrides.ts";
import { BACKENDS, type Backend, GOOGLE_MODELS, type GoogleModel, MODES } from "./models.ts";

const GoogleOverride = ModelOverride.extend({
  backend: z.enum(["gemini_text", "gemini_image", "imagen", "veo", "omni"] satisfies Backend[]).optional(),
  modes: z.array(z.enum(MODES)).min(1).optional(),
  vertex_location: z.string().min(1).nullable().optional(),
});
type GoogleOverride = z.infer<typeof GoogleOverride>;
/** What the configuration changes of Google's models, by model id. */
export type GoogleOverrides = Readonly<Record<string, GoogleOverride>>;

export type GoogleCatalog = Catalog<GoogleModel>;

/** The `catalog` key of the configuration, checked. @throws VidpipeError config.invalid naming the first bad key */
export const parseGoogleOverrides = (given: unknown, nowMs: number): GoogleOverrides =>
  parseOverrides(given, GoogleOverride, dayOf(nowMs));

/** Google's models with the configuration's changes. @throws VidpipeError config.invalid */
export const createGoogleCatalog = (overrides: GoogleOverrides = {}): GoogleCatalog =>
  createCatalog(GOOGLE_MODELS, overrides, withOwnChanges);

function withOwnChanges(base: GoogleModel, { backend, vertex_location }: GoogleOverride, id: string): GoogleModel {
  return {
    ...base,
    // A new model is called by its own id.
    ...(base.id === id ? {} : { wireIds: {} }),
    ...(backend === undefined ? {} : { backend, kind: BACKENDS[backend] }),
    ...(vertex_location === undefined ? {} : { vertexLocation: vertex_location }),
  };
}
