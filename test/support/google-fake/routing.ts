/** What a request asks for, and who answers it. */
import { interactionError, json, rpcError } from "./answers.ts";
import { fetchOperation, getInteraction, startOmni, startVeo, type TestServer } from "./clips.ts";
import { drawImage, predictImage, writeText } from "./content.ts";
import { DOOR_FAULTS, type FaultName, type Route } from "./faults.ts";
import { SERVED } from "./models.ts";
import { bucketList, bucketObject, downloadFile, fileInfo } from "./store.ts";

export const FAKE_API_KEY = "fake-api-key-0123456789";
const ACCESS_TOKEN = "fake-access-token";

export interface FakeCall {
  readonly route: Route;
  /** Path without the version. */
  readonly path: string;
  readonly model: string;
  readonly verb: string;
}

/** Which of the known calls a request is; null for anything else. */
export function callOf(method: string, url: URL): FakeCall | null {
  if (url.pathname === "/token") return { route: "token", path: "", model: "", verb: "token" };
  if (url.pathname.startsWith("/storage/v1/b/")) return bucketCall(url.pathname);
  const [, path] = /^\/v1(?:beta1?|alpha)?\/(.*)$/.exec(url.pathname) ?? [];
  if (path === undefined) return null;
  return (method === "POST" ? modelCallOf(path) : null) ?? interactionOrFile(method, path);
}

function bucketCall(path: string): FakeCall {
  const isObject = /\/o\/./.test(path);
  return { route: isObject ? "download" : "list", path, model: "", verb: isObject ? "object" : "list" };
}

function modelCallOf(path: string): FakeCall | null {
  const [, model = "", verb = ""] = /models\/([^/:]+):(\w+)$/.exec(path) ?? [];
  const routes: Readonly<Record<string, Route>> = {
    generateContent: SERVED[model] === "image" ? "image" : "text",
    predict: "image",
    predictLongRunning: "submit",
    fetchPredictOperation: "poll",
  };
  const route = routes[verb];
  return route === undefined ? null : { route, path, model, verb };
}

function interactionOrFile(method: string, path: string): FakeCall | null {
  const model = "";
  if (/(^|\/)interactions$/.test(path) && method === "POST") return { route: "submit", path, model, verb: "interact" };
  if (/(^|\/)interactions\/[^/]+$/.test(path) && method === "GET") return { route: "poll", path, model, verb: "look" };
  const [, named] = /^(?:publishers\/google\/)?models\/([^/:]+)$/.exec(path) ?? [];
  if (named !== undefined && method === "GET") return { route: "model", path, model: named, verb: "describe" };
  if (/^files\/[^/:]+:download$/.test(path)) return { route: "download", path, model, verb: "file" };
  if (/^files\/[^/:]+$/.test(path)) return { route: "file", path, model, verb: "info" };
  return null;
}

/** Vertex AI and Cloud Storage want a token, the Gemini API a key, and each only its own. */
export function loginProblem({ path, route }: FakeCall, request: Request): Response | null {
  if (route === "token") return null;
  if (/^(projects|publishers)\//.test(path) || path.startsWith("/storage/"))
    return request.headers.get("authorization") === `Bearer ${ACCESS_TOKEN}` ? null : DOOR_FAULTS.unauthenticated();
  return request.headers.get("x-goog-api-key") === FAKE_API_KEY ? null : DOOR_FAULTS.key_invalid();
}

export async function perform(
  call: FakeCall,
  body: unknown,
  url: URL,
  fault: FaultName | null,
  testServer: TestServer,
) {
  const { path, model, verb } = call;
  const isVertex = path.startsWith("projects/");
  const kind = SERVED[model];
  const last = decodeURIComponent(path.split("/").at(-1) ?? "");
  switch (verb) {
    case "token":
      return token();
    case "list":
      return bucketList(path.split("/")[4] ?? "", url.searchParams.get("prefix") ?? "", testServer.jobs);
    case "object":
      return await bucketObject(last, url, testServer.jobs);
    case "file":
      return await downloadFile(last.replace(":download", ""), url, testServer.jobs);
    case "info":
      return fileInfo(last, testServer.jobs);
    case "describe":
      return kind === undefined
        ? rpcError({ code: 404, status: "NOT_FOUND", message: `${path} is not found.` })
        : json({ name: path });
    case "look":
      return await getInteraction(last, isVertex, testServer);
    case "fetchPredictOperation":
      return await fetchOperation(body, path.replace(":fetchPredictOperation", ""), testServer);
    case "interact":
      if (SERVED[String(Object(body).model)] !== "omni")
        return interactionError("The model is not found for this API.", 404);
      if (isVertex && !path.includes("/locations/global/"))
        return interactionError("Not served here: use global.", 404);
      return startOmni(body, isVertex, fault, testServer);
    default:
      return modelCall(call, kind, body, isVertex, fault, testServer);
  }
}

function modelCall(
  { path, model, verb }: FakeCall,
  kind: (typeof SERVED)[string] | undefined,
  body: unknown,
  isVertex: boolean,
  fault: FaultName | null,
  testServer: TestServer,
): Response {
  if (kind === "omni")
    return rpcError({ code: 400, status: "INVALID_ARGUMENT", message: "This model only supports Interactions API." });
  if (verb === "generateContent" && kind === "text") return writeText(body, model, fault, testServer.bill);
  if (verb === "generateContent" && kind === "image") return drawImage(body, model, fault, testServer.bill);
  if (verb === "predict" && kind === "imagen" && isVertex) return predictImage(body, model, fault, testServer.bill);
  if (verb === "predictLongRunning" && kind === "veo" && isVertex)
    return startVeo(body, model, path.replace(/\/models\/.*$/, ""), fault, testServer);
  const message = isVertex ? `Publisher Model \`${model}\` was not found.` : `models/${model} is no longer available.`;
  return rpcError({ code: 404, status: "NOT_FOUND", message });
}

const token = (): Response =>
  json({
    access_token: ACCESS_TOKEN,
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: 3_600,
  });
