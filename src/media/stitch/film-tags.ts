import type { MetadataTags } from "mediabunny";
import packageJson from "../../../package.json" with { type: "json" };

const software = `vidpipe ${packageJson.version}`;

/** What a film says of itself. No time and no id: the same film is the same bytes whenever and wherever it is made. */
export const filmTags = (title: string | undefined): MetadataTags => ({
  ...(title === undefined ? {} : { title }),
  comment: `AI-generated with ${software}`,
  // The encoder's tag in MP4: what wrote the file.
  raw: { "©too": software },
});
