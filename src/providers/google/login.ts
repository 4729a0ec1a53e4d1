import { statSync } from "node:fs";
import type { Clock } from "../../ports/runtime.ts";
import type { GoogleConfig } from "./settings.ts";

/** The secrets of a login, as the configuration names them. */
export type LoginSecrets = Pick<GoogleConfig, "apiKey" | "credentialsFile" | "credentialsAreFound">;

/** The login as it is now. A refused one is read again, and so is one whose file has changed. */
export interface Login {
  /** Where the login is now. */
  current(): LoginSecrets;
  /** Tells one login from another: a client that was made under another word is of no use any more. */
  version(): string;
  /** Changes whenever the login may be another one; holds no secret, never throws. */
  stamp(): string;
  /** The service did not accept it, or took a call. */
  refused(): void;
  accepted(): void;
}

/** A refused login is read from its settings once in this time, ms: waiting for another one is cheap. */
const rereadMs = 2_000;

/**
 * `reread` gives the secrets as the settings say by now; it may throw. `onSecret` is told of each new key, so that it is
 * never printed.
 */
export function createLogin(
  cfg: LoginSecrets & Pick<GoogleConfig, "wellKnownCredentialsFile">,
  deps: {
    readonly clock: Pick<Clock, "monotonic">;
    readonly reread?: (() => LoginSecrets) | undefined;
    readonly onSecret: (key: string | null) => void;
  },
): Login {
  let secrets = secretsOf(cfg);
  let changes = 0;
  let refusals = 0;
  let isRefused = false;
  let readAt = Number.NEGATIVE_INFINITY;

  /** Takes up what the settings say by now, where the login they gave before was refused. */
  function follow(): void {
    const now = deps.clock.monotonic();
    if (!isRefused || now - readAt < rereadMs) return;
    readAt = now;
    const next = secretsOf(rereadOf(deps.reread) ?? secrets);
    if (isSame(next, secrets)) return;
    secrets = next;
    deps.onSecret(secrets.apiKey);
    changes += 1;
    isRefused = false;
  }

  function stamp(): string {
    follow();
    const files = [secrets.credentialsFile, cfg.wellKnownCredentialsFile].filter((file) => file !== null);
    return [changes, ...files.map(fileStamp)].join(" ");
  }

  return {
    current() {
      follow();
      return secrets;
    },
    version: () => `${refusals} ${stamp()}`,
    stamp,
    refused() {
      refusals += 1;
      isRefused = true;
    },
    accepted() {
      isRefused = false;
    },
  };
}

const secretsOf = ({ apiKey, credentialsFile, credentialsAreFound }: LoginSecrets): LoginSecrets => ({
  apiKey,
  credentialsFile,
  credentialsAreFound,
});

const isSame = (a: LoginSecrets, b: LoginSecrets): boolean =>
  a.apiKey === b.apiKey && a.credentialsFile === b.credentialsFile && a.credentialsAreFound === b.credentialsAreFound;

/** Settings that cannot be read now, while somebody writes them perhaps, say nothing. */
function rereadOf(reread: (() => LoginSecrets) | undefined): LoginSecrets | undefined {
  try {
    return reread?.();
  } catch {
    return undefined;
  }
}

/** How a file looks from outside; another one in its place looks different, and so does one that may be read again. */
function fileStamp(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  } catch {
    return "absent"; // or out of reach: who reads it is told
  }
}
