import { useState } from "preact/hooks";
import { useMediaUrl } from "../data/hooks.ts";

/** An image in a box that has its size before the image loads. `url` null: nothing to show yet. */
export function Image({ url, alt, eager = false }: { url: string | null; alt: string; eager?: boolean }) {
  const src = useMediaUrl(url);
  const [shown, setShown] = useState<string | null>(null);
  if (src === null) return null;
  return (
    <img
      class={shown === src ? "image shown" : "image"}
      src={src}
      alt={alt}
      loading={eager ? "eager" : "lazy"}
      decoding="async"
      draggable={false}
      onLoad={() => setShown(src)}
    />
  );
}
