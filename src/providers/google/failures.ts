import { type FailureCode, VidpipeError } from "../../domain/errors.ts";
import { utcMinute } from "../../domain/times.ts";
import { plainText } from "./error-body.ts";
import type { FailureSignals } from "./failure-signals.ts";
import type { Mode } from "./models.ts";
import { refusalReason, soundsRefused } from "./refusals.ts";
import { WAYS_TO_LOG_IN } from "./settings.ts";

/** What the call was for. */
export interface CallPurpose {
  /** For messages, e.g. "the storyboard". */
  readonly what: string;
  /** Its request may cost money. */
  readonly paid: boolean;
  /** What a free request asks for was finished, and so it was paid for. */
  readonly made?: boolean;
  /** Where it is asked for, "not there" and "not allowed" are one answer. */
  readonly hidesAbsence?: boolean;
  /** A free request asks for a model and not for what one makes. */
  readonly ofModel?: boolean;
  readonly mode: Mode;
  readonly model: string;
  readonly successor: string;
}

/** gRPC's names: a 503 that carries one was answered by Google itself and not by something in between. */
const RPC_NAMES = new Set(
  "CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED".split(
    " ",
  ),
);

/** Connections that never came to be: not a byte of the request has left. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ConnectionRefused|FailedToOpenSocket|ERR_PROXY_TUNNEL|ERR_TLS_\w+|.*CERT.*|UNABLE_TO_\w+|ERR_INVALID_URL)$/;

const has = (signals: FailureSignals, ...reasons: string[]): boolean =>
  signals.reasons.some((reason) => reasons.includes(reason));
const is4xx = (signals: FailureSignals): boolean =>
  signals.status !== null && signals.status >= 400 && signals.status < 500;

type Rule = readonly [code: CallFailure, when: (signals: FailureSignals) => boolean];

/** Failures before the request was handed to the network: the login, the address, our own input. First match wins. */
const BEFORE: readonly Rule[] = [
  ["run.interrupted", (s) => s.stopped === "interrupted"],
  ["provider.unreachable", (s) => s.stopped === "timeout" || s.foreignHost !== null],
  [
    "provider.not_configured",
    (s) => /default credentials|ENOENT|credential|unexpected token/i.test(s.message + s.network),
  ],
  ["provider.bad_key", (s) => /invalid_grant|invalid_client|invalid_target|unauthorized/i.test(s.message) || is4xx(s)],
  ["provider.unreachable", (s) => s.network !== "" || s.status !== null],
  ["provider.invalid_request", () => true],
];

/** Failures once it was. First match wins. */
const AFTER: readonly Rule[] = [
  ["provider.unreachable", (s) => s.status === null && BEFORE_SENDING.test(s.network)],
  ["provider.unclear", (s) => s.status === null],
  ["provider.refused", (s) => s.status === 400 && (soundsRefused(s.message) || /SAFETY|PROHIBITED/.test(s.rpc))],
  ["provider.bad_key", (s) => s.status === 401 || has(s, "API_KEY_INVALID", "API_KEY_EXPIRED", "CREDENTIALS_MISSING")],
  ["provider.bad_key", (s) => is4xx(s) && /api key (not valid|expired|not found)/i.test(s.message)],
  ["provider.billing", (s) => s.status === 402 || has(s, "BILLING_DISABLED")],
  ["provider.billing", (s) => is4xx(s) && /prepa(id|y)|credits? (are |is )?(exhausted|depleted)/i.test(s.message)],
  ["provider.billing", (s) => (s.status === 400 || s.status === 403) && /billing/i.test(s.message)],
  ["provider.no_permission", (s) => s.status === 403],
  // Waiting does not help where there is no quota to come back.
  ["provider.billing", (s) => s.status === 429 && s.quota === "none"],
  ["provider.quota_day", (s) => s.status === 429 && s.quota === "day"],
  ["provider.quota", (s) => s.status === 429],
  ["provider.overloaded", (s) => s.status === 503 && RPC_NAMES.has(s.rpc)],
  ["provider.overloaded", (s) => (s.status === 503 || s.status === 529) && /^overloaded(_error)?$/.test(s.rpc)],
  ["provider.model_unavailable", (s) => s.status === 404 || s.status === 410],
  // 408 and 499 say that a client or a proxy stopped waiting, 409 and 425 that the request met another one, perhaps
  // itself: none says that nothing was done.
  ["provider.unclear", (s) => s.status !== null && [408, 409, 425, 499].includes(s.status)],
  ["provider.invalid_request", is4xx],
  ["provider.unclear", () => true],
];

/** What a free call's failure means: the operation it asked about continues, so few failures are final. */
const FREE: Partial<Record<CallFailure, CallFailure>> = {
  "provider.unclear": "provider.unreachable",
  "provider.invalid_request": "provider.unreachable",
  "provider.model_unavailable": "provider.gone",
  "provider.refused": "provider.unreachable",
  "provider.quota_day": "provider.quota",
};

/** How the Interactions API says that it does not know one. */
const saysUnknown = ({ status, message }: FailureSignals): boolean =>
  status === 400 && /invalid interaction name/i.test(message);

/** Which failure the signals mean. Pure; some code for whatever it is given. */
export function failureCode(
  signals: FailureSignals,
  paid: boolean,
  { hidesAbsence = false, ofModel = false }: Pick<CallPurpose, "hidesAbsence" | "ofModel"> = {},
): CallFailure {
  const rules = signals.sent ? AFTER : BEFORE;
  const code = rules.find(([, when]) => when(signals))?.[0] ?? "provider.unclear";
  if (paid || (ofModel && code === "provider.model_unavailable")) return code;
  if (signals.sent && (saysUnknown(signals) || (hidesAbsence && code === "provider.no_permission")))
    return "provider.gone";
  return signals.stopped === "interrupted" ? "run.interrupted" : (FREE[code] ?? code);
}

/** The failure as an error for the user. `redact` takes secrets out of what Google said. */
export function callFailure(
  signals: FailureSignals,
  purpose: CallPurpose,
  nowMs: number,
  redact: (text: string) => string,
): VidpipeError {
  const code = failureCode(signals, purpose.paid, purpose);
  const resetsAtMs = code === "provider.quota_day" ? nextPacificMidnightMs(nowMs) : null;
  const told: Told = {
    said: redact(plainText(cause(signals))),
    signals,
    resetsAt: resetsAtMs === null ? "" : utcMinute(resetsAtMs),
  };
  const facts: Record<string, string | number | boolean> = { model: purpose.model, sent: signals.sent };
  if (signals.status !== null) facts.http_status = signals.status;
  if (signals.network !== "") facts.network = signals.network;
  if (code === "provider.gone") facts.charged = purpose.made === true;
  else if (code !== "provider.unclear") facts.charged = false;
  if (resetsAtMs !== null) facts.resets_at = new Date(resetsAtMs).toISOString();
  const asked = code === "provider.quota" || code === "provider.overloaded" ? signals.retryAfterMs : null;
  const wait = resetsAtMs === null ? asked : resetsAtMs - nowMs;
  return new VidpipeError(code, SENTENCES[code](told, purpose), {
    facts,
    ...(wait === null ? {} : { retryAfterMs: wait }),
  });
}

function cause(signals: FailureSignals): string {
  if (signals.stopped !== null) return signals.stopped === "timeout" ? "no answer in time" : "stopped while waiting";
  if (signals.foreignHost !== null) return `it points at ${signals.foreignHost}, which is not Google's`;
  // What Bun says of a broken connection is advice for programmers; the code says enough.
  const isCutOff = signals.status === null || signals.status < 300;
  if (isCutOff && signals.network !== "") return signals.network;
  // Half a JSON body tells a reader nothing.
  if (/^[^{[]/.test(signals.message)) return signals.message.replace(/[.\s]+$/, "");
  return signals.status === null ? "no connection" : `HTTP ${signals.status}`;
}

interface Told {
  readonly said: string;
  readonly signals: FailureSignals;
  readonly resetsAt: string;
}
type Sentence = (told: Told, purpose: CallPurpose) => string;

const safe = ({ paid }: CallPurpose): string => (paid ? "nothing was charged" : "what was bought is safe at Google");
const LOGIN: Readonly<Record<Mode, string>> = {
  gemini: "check GEMINI_API_KEY (https://aistudio.google.com/apikey)",
  vertex: 'run "gcloud auth application-default login" or check GOOGLE_APPLICATION_CREDENTIALS',
};

/** One sentence per failure: what happened, what is safe, what to do. */
const SENTENCES = {
  "provider.invalid_request": ({ said }, p) =>
    `Google rejected the request for ${p.what} (${said}); ${safe(p)}: change the prompt or the settings and resume`,
  "provider.not_configured": ({ said }) => `no Google login was found (${said}); nothing was sent: ${WAYS_TO_LOG_IN}`,
  "provider.bad_key": ({ said }, p) =>
    `Google did not accept the login for ${p.what} (${said}); ${safe(p)}: ${LOGIN[p.mode]}, then resume; a server goes on by itself`,
  "provider.no_permission": ({ said }, p) =>
    `this Google account may not make ${p.what} with ${p.model} (${said}); ${safe(p)}: ask for access or enable the API, then resume`,
  "provider.billing": ({ said, signals }, p) =>
    signals.status === 429 && signals.quota === "none"
      ? `this Google account has no quota at all for ${p.model} (${said}); ${safe(p)}: enable billing for it or choose another model, then resume`
      : `Google's billing stopped ${p.what} (${said}); ${safe(p)}: settle the billing of the account, then resume`,
  "provider.model_unavailable": ({ said }, p) =>
    `${p.model} does not answer any more (${said}); ${safe(p)}: what is made is kept, and another model can make the rest${p.successor === p.model ? "" : `, such as ${p.successor}`}`,
  "provider.quota": ({ said, signals }, p) =>
    `Google's rate limit for ${p.model} is reached (${said}); ${safe(p)}: vidpipe ${signals.retryAfterMs === null ? "slows down" : `waits ${Math.ceil(signals.retryAfterMs / 1_000)} s`} and tries again`,
  "provider.quota_day": ({ resetsAt }, p) =>
    `today's quota for ${p.model} is used up; ${safe(p)}: it starts again at midnight Pacific time (${resetsAt}), and the film goes on by itself then`,
  "provider.overloaded": ({ said }, p) =>
    `${p.model} is overloaded (${said}); ${safe(p)}: vidpipe waits and tries again`,
  "provider.unreachable": ({ said }, p) =>
    `Google was not reached for ${p.what} (${said}); ${safe(p)}: it is tried again by itself; check the network, and the address if one is configured`,
  "provider.gone": ({ said }, p) =>
    p.made === true
      ? `${p.what} is not at Google any more (${said}); it was made and counts as charged: another look is free, and nothing is bought again unasked`
      : `Google does not know the clip's operation any more (${said}); it was taken on and may have been charged: another look is free, and nothing is bought again unasked`,
  "provider.unclear": ({ said }, p) => `Google's answer for ${p.what} was lost (${said}); it may have been charged`,
  "provider.refused": ({ said, signals }, p) =>
    `Google's safety filter refused ${p.what} (${refusalReason([said], signals.rpc)}); ${safe(p)}: reword it, or skip it`,
  "run.interrupted": (_, p) => `stopped before ${p.what} was there; ${safe(p)}`,
} as const satisfies Partial<Record<FailureCode, Sentence>>;
/** The failures a call to Google can end in. */
type CallFailure = keyof typeof SENTENCES;

const HOUR_MS = 3_600_000;
const pacificClock = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/Los_Angeles",
  hourCycle: "h23",
  hour: "numeric",
  minute: "numeric",
  second: "numeric",
});

/** Ms since midnight on Pacific clocks. */
function pacificTimeOfDayMs(nowMs: number): number {
  const part = (type: string) => Number(pacificClock.formatToParts(nowMs).find((p) => p.type === type)?.value ?? 0);
  return ((part("hour") * 60 + part("minute")) * 60 + part("second")) * 1_000 + (nowMs % 1_000);
}

/** When Google's daily quotas start again, epoch ms. */
export function nextPacificMidnightMs(nowMs: number): number {
  const guess = nowMs + 24 * HOUR_MS - pacificTimeOfDayMs(nowMs);
  // On the two days a year with 23 or 25 hours the guess is an hour off.
  const off = pacificTimeOfDayMs(guess);
  return off > 12 * HOUR_MS ? guess + 24 * HOUR_MS - off : guess - off;
}
