import type { Finding } from "../../ports/media.ts";
import { DECODERS } from "./containers.ts";
import { INSTALL_FFMPEG } from "./find.ts";

/** What an ffmpeg says of itself. */
export interface Capabilities {
  /** As printed, e.g. `5.1.9-0+deb12u1`. */
  readonly version: string;
  readonly filters: ReadonlySet<string>;
  readonly encoders: ReadonlySet<string>;
  readonly decoders: ReadonlySet<string>;
}

/** Oldest release that works: 5.1 brought `-fps_mode`. */
const OLDEST: Release = [5, 1, 0];

/** First releases of each line with the decoder fixes of 2026 (CVE-2026-8461); distributions backport them unseen. */
const PATCHED: readonly Release[] = [
  [7, 1, 5],
  [8, 0, 3],
  [8, 1, 2],
];

const NEEDED_FILTERS = [
  ...["xfade", "fps", "settb", "setpts", "format", "setsar", "scale", "pad", "trim", "tpad", "bwdif", "premultiply"],
  ...["colorspace", "setparams", "split", "gblur", "minterpolate"],
  ...["aresample", "aformat", "apad", "atrim", "asetpts", "anullsrc", "concat", "volume", "ebur128", "pan"],
  // Of shots.
  ...["perspective", "fillborders", "crop", "loop", "overlay"],
  ...["aevalsrc", "anoisesrc", "amix", "lowpass", "afade"],
];
const NEEDED_ENCODERS = ["libx264", "aac"];

type Release = readonly [major: number, minor: number, patch: number];

/** The release number in a version string; undefined for a development build, which has none. */
export function releaseOf(version: string): Release | undefined {
  const match = /^n?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  if (match === null) return undefined;
  return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

const before = (a: Release, b: Release): boolean =>
  a[0] !== b[0] ? a[0] < b[0] : a[1] !== b[1] ? a[1] < b[1] : a[2] < b[2];

/** Everything that keeps films from being made with it; empty when fit. */
export function unfitFor(found: Capabilities): readonly string[] {
  const release = releaseOf(found.version);
  const faults: string[] = [];
  if (release !== undefined && before(release, OLDEST))
    faults.push(`version ${found.version} is older than ${OLDEST[0]}.${OLDEST[1]}`);
  const filters = NEEDED_FILTERS.filter((name) => !found.filters.has(name));
  if (filters.length > 0) faults.push(`filters missing: ${filters.join(", ")}`);
  const encoders = NEEDED_ENCODERS.filter((name) => !found.encoders.has(name));
  if (encoders.length > 0) faults.push(`encoders missing: ${encoders.join(", ")}`);
  return faults;
}

function hasPatches(version: string): boolean {
  const release = releaseOf(version);
  if (release === undefined) return true;
  const line = PATCHED.find((patched) => patched[0] === release[0] && patched[1] === release[1]);
  const last = PATCHED.at(-1);
  return line === undefined ? last !== undefined && !before(release, last) : !before(release, line);
}

/** Codecs of clips that cannot be read with it; films of others can be made all the same. */
const unreadCodecs = ({ decoders }: Capabilities): readonly string[] =>
  Object.entries(DECODERS).flatMap(([codec, names]) => (names.some((name) => decoders.has(name)) ? [] : [codec]));

/** What `doctor` says of an ffmpeg that was found. */
export function capabilityFindings(ffmpeg: string, found: Capabilities): readonly Finding[] {
  const faults = unfitFor(found);
  if (faults.length > 0)
    return [{ topic: "ffmpeg", level: "fail", message: `${ffmpeg}: ${faults.join("; ")}`, fix: INSTALL_FFMPEG }];
  const ok: Finding = {
    topic: "ffmpeg",
    level: "ok",
    message: `${ffmpeg}, version ${found.version}, has the ${NEEDED_FILTERS.length} filters and ${NEEDED_ENCODERS.length} encoders needed`,
    fix: null,
  };
  const unread = unreadCodecs(found);
  return [
    ok,
    ...(unread.length === 0
      ? []
      : [
          {
            topic: "ffmpeg decoders",
            level: "warn",
            message: `clips cannot be joined that use ${unread.join(", ")}`,
            fix: `use an ffmpeg that decodes them; ${INSTALL_FFMPEG}`,
          } as const,
        ]),
    ...(hasPatches(found.version) ? [] : [unpatched(found.version)]),
  ];
}

const unpatched = (version: string): Finding => ({
  topic: "ffmpeg security",
  level: "warn",
  message: `version ${version} is below 7.1.5, 8.0.3 and 8.1.2, which fix known decoder holes`,
  fix: "update ffmpeg; on Debian and Ubuntu the fixes may be backported under the old number: `sudo apt-get upgrade ffmpeg`",
});

/** Parses `-version`, `-filters`, `-encoders` and `-decoders`. */
export function parseCapabilities(version: string, filters: string, encoders: string, decoders: string): Capabilities {
  return {
    version: /^ffmpeg version (\S+)/m.exec(version)?.[1] ?? "unknown",
    filters: new Set([...filters.matchAll(/^ [T.][S.][C.]? (\S+)\s+\S*->\S*/gm)].map((match) => match[1] ?? "")),
    encoders: codecNames(encoders),
    decoders: codecNames(decoders),
  };
}

const codecNames = (listing: string): ReadonlySet<string> =>
  new Set([...listing.matchAll(/^ [VAS][F.][S.][X.][B.][D.] (\w\S*)/gm)].map((match) => match[1] ?? ""));
