import { join } from "node:path";
import { z } from "zod";
import { emptyFolder } from "./binary.ts";
import type { BillEntry } from "./google-fake/bill.ts";
import type { ScriptEntry } from "./google-fake/faults.ts";
import { FAKE_PROJECT, type GoogleFake } from "./google-fake/google-fake.ts";
import { FAKE_API_KEY } from "./google-fake/routing.ts";

/** The two ways to Google, each with the model it is tried with: Veo through Vertex AI, Omni with an API key. */
export const MODES = ["veo", "omni"] as const;
export type Mode = (typeof MODES)[number];

export const VIDEO_MODELS = {
  veo: "veo-3.1-lite-generate-001",
  omni: "gemini-omni-1.2-flash",
} as const satisfies Record<Mode, string>;

/** The shortest clips each model makes, seconds. */
export const CLIP_SECONDS = { veo: 4, omni: 3 } as const satisfies Record<Mode, number>;

/** Impatient: a fake is looked at often, and asked again soon. */
const HASTE = { VIDPIPE_PIPELINE__VIDEO_POLL_INTERVAL: "0.1", VIDPIPE_PIPELINE__RETRY_BASE_DELAY: "0.02" };

/** What is left out for nothing depends on how an encoder ordered a clip's frames: these tests count all of them. */
const ALL_FRAMES = { VIDPIPE_STITCH__BOUNDARY_FRAME: "keep" };

/** Everything the program must be told to talk to a fake in one of the two ways. */
export function wireEnvironment(mode: Mode, fake: { readonly url: string; readonly credentials: string }) {
  const model = VIDEO_MODELS[mode];
  const login: Record<string, string> =
    mode === "veo"
      ? {
          GOOGLE_GENAI_USE_VERTEXAI: "true",
          GOOGLE_CLOUD_PROJECT: FAKE_PROJECT,
          GOOGLE_CLOUD_LOCATION: "us-central1",
          GOOGLE_APPLICATION_CREDENTIALS: fake.credentials,
          GOOGLE_VERTEX_BASE_URL: fake.url,
          VIDPIPE_CATALOG: JSON.stringify({ [model]: { requests_per_minute: 60_000 } }),
        }
      : {
          GEMINI_API_KEY: FAKE_API_KEY,
          GOOGLE_GEMINI_BASE_URL: fake.url,
          VIDPIPE_GOOGLE_CLOUD__RESOLUTION: "360p",
        };
  return { ...HASTE, ...ALL_FRAMES, ...login, VIDPIPE_MODELS__VIDEO_GEN: model };
}

/** The environment for a fake in this process. */
export const environmentFor = (mode: Mode, fake: GoogleFake): Record<string, string> =>
  wireEnvironment(mode, { url: fake.url, credentials: fake.writeCredential(emptyFolder("login")) });

/** The command that asks for a film of so many scenes, as short as the model makes them. */
export const generateArgs = (mode: Mode, scenes: number): string[] => [
  "generate",
  "A cat finds a lantern in the harbour",
  "--scenes",
  String(scenes),
  "--clip-duration",
  String(CLIP_SECONDS[mode]),
  "--yes",
];

const Hello = z.object({ url: z.string(), credentials: z.string() });

/** The fake as a process of its own. */
export interface FakeProcess {
  readonly url: string;
  readonly credentials: string;
  bill(): Promise<readonly BillEntry[]>;
  script(entry: ScriptEntry): Promise<void>;
  stop(): Promise<void>;
}

export async function startFakeProcess(): Promise<FakeProcess> {
  const main = join(import.meta.dir, "google-fake", "main.ts");
  const child = Bun.spawn(["bun", main, "--folder", emptyFolder("google")], { stdio: ["ignore", "pipe", "inherit"] });
  const reader = child.stdout.getReader();
  const hello = Hello.parse(JSON.parse(new TextDecoder().decode((await reader.read()).value)));
  reader.releaseLock();
  return {
    ...hello,
    bill: async () => Bill.parse(await (await fetch(`${hello.url}/__bill`)).json()),
    script: async (entry) => {
      const { ok } = await fetch(`${hello.url}/__script`, { method: "POST", body: JSON.stringify(entry) });
      if (!ok) throw new Error(`the fake does not know ${JSON.stringify(entry)}`);
    },
    stop: async () => {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

const Bill = z.array(
  z.object({
    kind: z.enum(["text", "image", "clip"]),
    model: z.string(),
    quantity: z.number(),
    size: z.string(),
    atMs: z.number(),
    operation: z.string(),
    usd: z.number(),
    promptSha256: z.string(),
    pictureSha256: z.array(z.string()),
    charged: z.boolean(),
  }),
);
