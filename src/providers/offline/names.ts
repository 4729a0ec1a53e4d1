/** What people and projects call it. */
export const OFFLINE = { name: "offline", label: "Offline", local: true } as const;

/** What its projects keep as their models; they are one program and need no choice. */
export const OFFLINE_MODELS = {
  textModel: "offline-storyboard",
  imageModel: "offline-still",
  videoModel: "offline-clip",
} as const;
