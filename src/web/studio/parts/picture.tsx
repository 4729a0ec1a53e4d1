import { useState } from "preact/hooks";
import { useMediaUrl } from "../data/hooks.ts";

/** A keyframe in a box that has its size before the image is loaded. `url` null: nothing to show yet. */
export function Picture({ url, alt, eager = false }: { url: string | null; alt: string; eager?: boolean }) {
  const src = useMediaUrl(url);
  const [shown, setShown] = useState<string | null>(null);
  if (src === null) return null;
  return (
    <img
      class={shown === src ? "picture shown" : "picture"}
      src={src}
      alt={alt}
      loading={eager ? "eager" : "lazy"}
      decoding="async"
      draggable={false}
      onLoad={() => setShown(src)}
    />
  );
}
