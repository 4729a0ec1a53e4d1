import { failureClass, VidpipeError } from "../../domain/errors.ts";
import type { ModelProvider, Reading } from "../../ports/provider.ts";
import type { ProviderDeps } from "../../ports/provider-description.ts";
import { findModel, successorOf } from "../catalog/catalog.ts";
import { dayOf } from "../catalog/days.ts";
import type { ModelKind } from "../catalog/models.ts";
import { billedUsd } from "./billed.ts";
import { type CallContext, createCalls } from "./call.ts";
import { checkAccess } from "./check-access.ts";
import { readClipName, writeClipName } from "./clip-name.ts";
import { addressOf, checkSaved, startClip } from "./clips.ts";
import type { ClipDeps } from "./download.ts";
import { fitModel, modelsInstead } from "./fit-model.ts";
import { findClip, outputFolder } from "./gcs.ts";
import { drawStill } from "./keyframes.ts";
import { createLogin, type LoginSecrets } from "./login.ts";
import { createGoogleCatalog } from "./model-overrides.ts";
import type { Mode } from "./models.ts";
import { noticesFor, quoteOrder, stillModel } from "./quotes.ts";
import { readStillAnswer } from "./read-keyframe.ts";
import { readOperationAnswer } from "./read-operation.ts";
import { readStoryboardAnswer } from "./read-storyboard.ts";
import { createRedaction } from "./redaction.ts";
import { type FrozenOptions, frozenOptions, onTheWire, selectModel, selectModels } from "./select-models.ts";
import { baseUrlOf, createSessions } from "./sessions.ts";
import { GOOGLE, type GoogleConfig } from "./settings.ts";
import { writeStoryboard } from "./storyboard.ts";
import { createWire } from "./wire.ts";

const STORAGE_BASE_URL = "https://storage.googleapis.com";
/** A 4K clip of 15 s is about a tenth of this. */
const MAX_CLIP_BYTES = 2 ** 30;

/** The Google provider: it can look for clips whose answer was lost, and tells what it billed. */
export type GoogleProvider = ModelProvider & Required<Pick<ModelProvider, "recoverClip" | "billedOf">>;

/** Storyboards, stills and clips by Google's models, on Vertex AI or the Gemini API. Builds nothing until it is used. */
export function createGoogleProvider(
  cfg: GoogleConfig,
  { clock, log, reread }: Pick<ProviderDeps, "clock" | "log"> & { readonly reread?: () => LoginSecrets },
): GoogleProvider {
  const catalog = createGoogleCatalog(cfg.catalog);
  const storageBaseUrl = cfg.storageBaseUrl ?? STORAGE_BASE_URL;
  const wire = createWire(configuredOrigins(cfg, storageBaseUrl));
  const secrets = [cfg.apiKey];
  const redact = createRedaction(secrets);
  const login = createLogin(cfg, { clock, reread, onSecret: (key) => secrets.push(key) });
  const { call, callPaid } = createCalls(wire, clock, redact, (failure) => {
    if (failure === null) login.accepted();
    else if (failureClass(failure.code).retry === "login") login.refused();
  });
  const sessions = createSessions(cfg, login, wire);
  const today = () => dayOf(clock.now());
  const maxClipBytes = cfg.maxClipBytes ?? MAX_CLIP_BYTES;
  const clipDeps: ClipDeps = { call, wire, clock, storageBaseUrl, maxClipBytes };

  const purposeOf = (name: string, kind: ModelKind, mode: Mode) => ({
    mode,
    model: name,
    successor: successorOf(catalog, name, kind, mode, today()),
  });
  async function prepare(name: string, kind: ModelKind, options: FrozenOptions) {
    const selected = selectModel(catalog, name, kind, options, today());
    const { mode, project } = options;
    const session = await sessions({ mode, project, location: mode === "vertex" ? selected.location : "" });
    return { selected, session, purpose: purposeOf(name, kind, mode) };
  }
  async function lookAt(saved: string, model: string, signal: AbortSignal) {
    const name = readClipName(saved);
    const address = addressOf(name);
    const look: CallContext = {
      session: await sessions(address),
      purpose: purposeOf(model, "video", address.mode),
      signal,
    };
    return { name, look };
  }

  /** A reading whose words hold no secrets. */
  const told = <Content>(reading: Reading<Content>): Reading<Content> =>
    reading.kind === "content" ? reading : { ...reading, reason: redact(reading.reason) };

  return {
    ...GOOGLE,
    selectModels(request) {
      const models = selectModels(request, cfg, catalog, today());
      if (request.seed !== null && findModel(catalog, models.videoModel)?.seed !== true)
        log.warn(`${models.videoModel} takes no seed: the seed repeats the storyboard and the stills, not the clips`);
      return models;
    },
    fitModel: (name, models, needs) => fitModel(name, models, needs, catalog, today()),
    modelsFor: (current, models, needs) => modelsInstead(current, models, needs, catalog, today()),
    async checkAccess(models, signal) {
      const options = frozenOptions(models);
      const named: readonly (readonly [string, ModelKind])[] = [
        [models.textModel, "text"],
        ...[...new Set([models.imageModel, options.conditionedImageModel])].map((name) => [name, "image"] as const),
        [models.videoModel, "video"],
      ];
      await checkAccess(
        named.map(([name, kind]) => async () => ({ ...(await prepare(name, kind, options)), signal })),
        call,
      );
    },
    paceOf: (model) => ({
      requestsPerMinute: findModel(catalog, model)?.requestsPerMinute ?? null,
      callsAtOnce: null,
    }),
    quote: (order, models, complaint) => quoteOrder(order, models, catalog, today(), complaint),
    noticesFor: (models) => noticesFor(models, catalog, today()),
    loginStamp: () => login.stamp(),
    billedOf: (order, _models, answer) => billedUsd(order, answer, catalog, today()),
    async writeStoryboard(order, models, complaint, signal) {
      const ready = await prepare(order.model, "text", frozenOptions(models));
      return await writeStoryboard({ ...ready, order, complaint, signal }, callPaid);
    },
    readStoryboard: (_order, answer) => told(readStoryboardAnswer(answer)),
    async drawKeyframe(order, models, previous, signal, references = []) {
      const options = frozenOptions(models);
      const ready = await prepare(stillModel(order, models), "image", options);
      return await drawStill({ ...ready, order, previous, references, imageSize: options.imageSize, signal }, callPaid);
    },
    readKeyframe: (order, answer) => told(readStillAnswer(answer, findModel(catalog, order.model)?.backend)),
    async startClip(order, models, stills, signal, submitId) {
      const options = frozenOptions(models);
      requireOwnBucket(options, cfg);
      const ready = await prepare(order.model, "video", options);
      const output = outputFolder(options.outputGcsUri, submitId);
      return await startClip({ ...ready, order, stills, options, submitId, output, signal }, callPaid);
    },
    readOperation(order, models, submitId, answer) {
      const options = frozenOptions(models);
      const model = findModel(catalog, order.model);
      const asked = model === undefined ? null : { backend: model.backend, ...onTheWire(model, options) };
      const output = outputFolder(options.outputGcsUri, submitId);
      return told(readOperationAnswer(answer, { model: asked, options, output }));
    },
    async checkClip(operationName, order, _models, _stills, signal) {
      const { name, look } = await lookAt(operationName, order.model, signal);
      return await checkSaved(name, look, clipDeps);
    },
    async recoverClip(submitId, order, models, signal) {
      const { project, outputGcsUri } = frozenOptions(models);
      const output = outputFolder(outputGcsUri, submitId);
      if (output === null) return null;
      const saved = writeClipName({ backend: "gcs", project, output });
      const { look } = await lookAt(saved, order.model, signal);
      return (await findClip(output, look, clipDeps)) === null ? null : saved;
    },
  };
}

/**
 * A film that came from elsewhere names the bucket of whoever made it: clips that this user pays for go there only where
 * their own configuration says so too.
 * @throws VidpipeError config.invalid
 */
function requireOwnBucket({ outputGcsUri: frozen }: FrozenOptions, { outputGcsUri }: GoogleConfig): void {
  if (frozen === "" || frozen === outputGcsUri) return;
  const now = outputGcsUri === null ? "not set" : outputGcsUri;
  throw new VidpipeError(
    "config.invalid",
    `this film leaves its clips in ${frozen}, and google_cloud.output_gcs_uri is ${now}: nothing was sent; set it to ${frozen} if that bucket is yours`,
  );
}

/** The addresses of the configuration; Google's own hosts are allowed besides. */
function configuredOrigins(cfg: GoogleConfig, storageBaseUrl: string): ReadonlySet<string> {
  const addresses = [
    baseUrlOf(cfg, { mode: "gemini", project: "", location: "" }),
    baseUrlOf(cfg, { mode: "vertex", project: "", location: "global" }),
    storageBaseUrl,
  ];
  return new Set(addresses.map((address) => new URL(address).origin));
}
