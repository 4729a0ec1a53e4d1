import { accepted, projectUrl, Unreachable } from "./client.ts";
import { session } from "./session.ts";

/** The user's own clip for a scene, 0-based, and the part of it that is wanted, seconds; null: from or to its end. */
export interface OwnClip {
  readonly id: string;
  readonly scene: number;
  readonly file: File;
  readonly inSeconds: number | null;
  readonly outSeconds: number | null;
  readonly revision: number;
}

/** Where a clip is sent. */
export function ownClipUrl({ id, scene, inSeconds, outSeconds, revision }: Omit<OwnClip, "file">): string {
  const query = new URLSearchParams({ revision: String(revision) });
  if (inSeconds !== null) query.set("in", String(inSeconds));
  if (outSeconds !== null) query.set("out", String(outSeconds));
  return `${projectUrl(id)}/clips/${scene}?${query}`;
}

/**
 * Sends a clip; `onSent` is told how much of it is on its way, 0..1. `fetch` does not tell that.
 * @throws Refusal, Unreachable
 */
export function sendOwnClip(clip: OwnClip, onSent: (part: number) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", ownClipUrl(clip));
    // Whatever its name says: the server goes by its bytes.
    request.setRequestHeader("Content-Type", "application/octet-stream");
    const { token } = session.current();
    if (token !== null) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => onSent(total === 0 ? 0 : loaded / total);
    request.onerror = () => reject(new Unreachable(null));
    request.onload = () => resolve(accepted(new Response(request.responseText, { status: request.status })));
    request.send(clip.file);
  });
}
