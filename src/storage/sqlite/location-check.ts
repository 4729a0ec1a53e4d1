import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import { folderMode } from "../files/plain-file.ts";

/** Filesystem types of Linux' statfs(2) whose locks or shared memory SQLite cannot rely on between machines. */
const NETWORK_FILESYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x564c, "NCP"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x01161970, "GFS2"],
]);

/** The network filesystem a statfs type belongs to; undefined for a local one. */
export const networkFilesystem = (type: number): string | undefined => NETWORK_FILESYSTEMS.get(type >>> 0);

const unusable = (what: string, cause?: unknown): VidpipeError =>
  new VidpipeError("storage.unusable", `${what}: choose another file with storage.database_url`, { cause });

/**
 * Whether a folder for a database that is not there yet could be made; makes nothing.
 * @throws VidpipeError storage.unusable
 */
export function checkLocation(path: string): void {
  const folder = dirname(path);
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    if (!statSync(nearest).isDirectory()) throw new Error(`${nearest} is not a folder`);
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unusable(`cannot make the folder ${folder} for the database`, cause);
  }
}

/**
 * Checks where a database is to be and makes its folder.
 * @throws VidpipeError storage.unusable
 */
export function prepareLocation(path: string): void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: folderMode() });
  } catch (cause) {
    throw unusable(`cannot make the folder ${folder} for the database`, cause);
  }
  if (existsSync(path) && !statSync(path).isFile()) throw unusable(`${path} is not a file, so it cannot be a database`);
  const network = process.platform === "linux" ? networkFilesystem(statfsSync(folder).type) : undefined;
  if (network !== undefined)
    throw unusable(`${folder} is on a network filesystem (${network}) where a database cannot be kept safely`);
}
