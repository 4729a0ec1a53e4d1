import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { type GoogleConfig, googleReadiness, modeOf } from "../../../src/providers/google/settings.ts";
import { freshPath, LOCAL_CONFIG, removeFiles } from "./harness.ts";

afterAll(removeFiles);

const config = (change: Partial<GoogleConfig>): GoogleConfig => ({
  ...LOCAL_CONFIG,
  mode: null,
  apiKey: null,
  ...change,
});
const WAYS = ["GEMINI_API_KEY", "gcloud auth application-default login", "GOOGLE_APPLICATION_CREDENTIALS"];

describe("the mode", () => {
  test.each([
    ["nothing", {}, "gemini"],
    ["a key", { apiKey: "k" }, "gemini"],
    ["a project", { project: "p" }, "vertex"],
    ["a key and a project", { apiKey: "k", project: "p" }, "gemini"],
    ["a key, a project, and Vertex AI by name", { apiKey: "k", project: "p", mode: "vertex" }, "vertex"],
  ] as const)("with %s", (_, change, mode) => {
    expect(modeOf(config(change))).toBe(mode);
  });
});

describe("credentials", () => {
  test.each([
    ["nothing", {}],
    ["the Gemini API by name and no key", { mode: "gemini", project: "p" }],
    ["Vertex AI and no project", { mode: "vertex", apiKey: "k" }],
    ["a credential file that is not there", { project: "p", credentialsFile: "/nowhere/key.json" }],
  ] as const)("%s are missing, and the three ways are named", (_, change) => {
    const { ready, reason } = googleReadiness(config(change));
    expect(ready).toBeFalse();
    for (const way of WAYS) expect(reason).toContain(way);
    expect(reason).not.toContain("\n");
  });

  test("a key is enough, and is not shown", () => {
    expect(googleReadiness(config({ apiKey: "secret-key" }))).toEqual({
      ready: true,
      reason: "Gemini API with an API key",
    });
  });

  test("a project with a credential file, a gcloud login, or the machine's own", () => {
    const file = freshPath("key.json");
    writeFileSync(file, "{}");
    const reason = (change: Partial<GoogleConfig>) => googleReadiness(config({ project: "p", ...change })).reason;
    expect(reason({ credentialsFile: file })).toContain("credential file");
    expect(reason({ wellKnownCredentialsFile: file })).toContain("gcloud login");
    expect(reason({ wellKnownCredentialsFile: "/nowhere/adc.json" })).toContain("not checked yet");
  });
});
