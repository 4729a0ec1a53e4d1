import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { onlyGooglesOwn, readFoundCredentials } from "../../../src/providers/google/found-credentials.ts";
import { never } from "../../support/never.ts";
import { bench, failureOf, freshPath, removeFiles, storyboardOrder } from "./harness.ts";

afterAll(removeFiles);

const account = {
  type: "service_account",
  client_email: "films@films-of-mine.iam.gserviceaccount.com",
  private_key: "-----BEGIN PRIVATE KEY-----",
  auth_uri: "https://accounts.google.com/o/oauth2/auth",
  token_uri: "https://oauth2.googleapis.com/token",
  universe_domain: "googleapis.com",
};
const user = { type: "authorized_user", client_id: "i", client_secret: "s", refresh_token: "r" };

function put(content: unknown): string {
  const path = freshPath("credentials.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}
const counts = (path: unknown): boolean => {
  if (typeof onlyGooglesOwn === "string" || !("allows" in onlyGooglesOwn)) throw new Error("it is a check");
  return onlyGooglesOwn.allows(path);
};

describe("a credentials file that a found file names", () => {
  test.each<[string, unknown]>([
    ["a service account", account],
    ["a user's login", user],
    ["a service account of old", { ...account, token_uri: "https://accounts.google.com/o/oauth2/token" }],
  ])("counts when it is %s", (_, content) => expect(counts(put(content))).toBeTrue());

  test.each<[string, unknown]>([
    ["external_account", { type: "external_account", token_url: "https://evil.example", credential_source: {} }],
    ["impersonated_service_account", { type: "impersonated_service_account", source_credentials: account }],
    ["external_account_authorized_user", { ...user, type: "external_account_authorized_user" }],
    ["another host for tokens", { ...account, token_uri: "https://evil.example/token" }],
    ["a host that only sounds like Google's", { ...account, token_uri: "https://oauth2.googleapis.com.evil.example" }],
    ["a site that others keep at Google", { ...account, token_uri: "https://script.google.com/macros/s/x/exec" }],
    ["tokens without encryption", { ...account, token_uri: "http://oauth2.googleapis.com/token" }],
    ["tokens with a login of their own", { ...account, token_uri: "https://oauth2.googleapis.com@evil.example/" }],
    ["another universe", { ...account, universe_domain: "evil.example" }],
    ["no type", { ...account, type: undefined }],
    ["no mapping", [account]],
    ["no JSON", "ssh-ed25519 AAAA"],
    ["too long", JSON.stringify(account) + " ".repeat(70_000)],
  ])("does not count: %s", (_, content) => expect(counts(put(content))).toBeFalse());

  test("does not count when it is a device, a pipe or a folder: none is waited for", () => {
    const pipe = freshPath("pipe");
    expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
    const folder = freshPath("folder");
    mkdirSync(folder);
    expect([pipe, folder, "/dev/zero", null].map(counts)).toEqual([false, false, false, false]);
  });

  test("counts when it is not there, and by a link to it", () => {
    const link = freshPath("link");
    symlinkSync(put(account), link);
    expect([counts(link), counts(freshPath("none"))]).toEqual([true, true]);
  });

  test("is read with nothing in it but what a login needs", () => {
    const { auth_uri: _, ...known } = account;
    const read = readFoundCredentials(put({ ...account, credential_source: { file: "/etc/passwd" } }));
    expect<unknown>(read).toEqual(known);
  });

  test("that has become another kind since is not used: nothing is sent", async () => {
    const path = put(account);
    const { provider, models, fake } = bench({
      mode: "vertex",
      config: { credentialsFile: path, credentialsAreFound: true },
    });
    rmSync(path);
    writeFileSync(path, JSON.stringify({ type: "external_account", token_url: fake.url, credential_source: {} }));
    const failure = await failureOf(provider.writeStoryboard(storyboardOrder(models), models, null, never));
    expect(failure.code).toBe("provider.not_configured");
    expect(fake.requests).toEqual([]);
  });
});
