import packageJson from "../../../package.json" with { type: "json" };

const software = `vidpipe ${packageJson.version}`;

/**
 * What a film says of itself, by the names that MP4 has for it: title, comment, and what wrote the file. No time and
 * no id: the same film is the same bytes whenever and wherever it is made.
 */
export const filmTags = (title: string | undefined): readonly (readonly [string, string])[] => [
  ...(title === undefined ? [] : [["©nam", title] as const]),
  ["©cmt", `AI-generated with ${software}`],
  ["©too", software],
];
