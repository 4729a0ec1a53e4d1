import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { userFolderOf } from "../../src/config/user-folder.ts";

test.each<[Readonly<Record<string, string>>, NodeJS.Platform, string | null]>([
  [{ HOME: "/home/kim" }, "linux", "/home/kim/.config/vidpipe"],
  [{ HOME: "/home/kim", XDG_CONFIG_HOME: "/x" }, "linux", "/x/vidpipe"],
  [{ HOME: "/home/kim", XDG_CONFIG_HOME: "relative" }, "linux", "/home/kim/.config/vidpipe"],
  [{ HOME: "/Users/kim", XDG_CONFIG_HOME: "/x" }, "darwin", "/Users/kim/Library/Application Support/vidpipe"],
  [{ HOME: "/home/kim", VIDPIPE_CONFIG_DIR: " /data " }, "linux", "/data"],
  [{ VIDPIPE_CONFIG_DIR: "mine" }, "darwin", resolve("mine")],
  [{ HOME: " " }, "linux", null],
  [{}, "linux", null],
  [{ HOME: "/home/kim" }, "win32", null],
])("%j on %s is %p", (env, platform, folder) => expect(userFolderOf(env, platform)).toBe(folder));
