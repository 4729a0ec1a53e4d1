import { join, resolve } from "node:path";
import { CONFIG_DIR_VARIABLE, type Variables } from "./layers.ts";

const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== "";

/**
 * The folder of the user's own config.yaml and records: the one VIDPIPE_CONFIG_DIR names, else the platform's place
 * (`$XDG_CONFIG_HOME/vidpipe` or `~/.config/vidpipe`, `~/Library/Application Support/vidpipe`, `%APPDATA%\vidpipe`).
 * Null when no home folder is known.
 */
export function userFolderOf(env: Variables, platform: NodeJS.Platform): string | null {
  const { [CONFIG_DIR_VARIABLE]: named, XDG_CONFIG_HOME: xdg, HOME: home, APPDATA: appData } = env;
  if (isSet(named)) return resolve(named.trim());
  if (platform === "win32") return isSet(appData) ? join(appData, "vidpipe") : null;
  // The XDG specification: a relative path is not valid and is to be ignored.
  if (platform !== "darwin" && isSet(xdg) && xdg.startsWith("/")) return join(xdg, "vidpipe");
  if (!isSet(home)) return null;
  return platform === "darwin"
    ? join(home, "Library", "Application Support", "vidpipe")
    : join(home, ".config", "vidpipe");
}
