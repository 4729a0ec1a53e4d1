/** What the fake serves; its own list, so that a wrong id in the program is noticed. */
export const SERVED: Readonly<Record<string, "text" | "image" | "imagen" | "veo" | "omni">> = {
  "gemini-3.8-flash": "text",
  "gemini-3.5-flash-lite": "text",
  "gemini-4-argon": "text",
  "gemini-nano-banana-2.1": "image",
  "gemini-3.1-flash-image": "image",
  "gemini-3-pro-image": "image",
  "gemini-2.5-flash-image": "image",
  "imagen-4.0-generate-001": "imagen",
  "veo-3.1-generate-001": "veo",
  "veo-3.1-fast-generate-001": "veo",
  "veo-3.1-lite-generate-001": "veo",
  "gemini-omni-1.2-flash": "omni",
  "gemini-omni-1.1-flash": "omni",
  "gemini-omni-1.1-flash-preview": "omni",
};
