import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { captionHeight, FRAME_SIZES } from "../../../src/domain/media.ts";
import { drawCaption } from "../../../src/providers/offline/picture/caption.ts";
import { ellipsised, showable, wrap } from "../../../src/providers/offline/picture/lettering.ts";
import { treatmentOf } from "../../../src/providers/offline/picture/treatment.ts";
import { loadRaster } from "../../../src/providers/offline/raster.ts";
import { summaryOf } from "../../../src/providers/offline/story/summary.ts";

// Nothing here waits: how long it takes says how busy the machine is.
setDefaultTimeout(0);

const { typeface } = await loadRaster();

const caption = (description: string, size = FRAME_SIZES["16:9"] as { width: number; height: number }): string =>
  drawCaption({
    size,
    sceneIndex: 1,
    sceneCount: 4,
    description,
    fallback: summaryOf(description),
    move: "pan_left",
    treatment: treatmentOf("cinematic"),
    typeface,
  });

const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? "");

describe("a caption", () => {
  test("says the scene's number, what happens and how the camera moves", () => {
    expect(textsOf(caption("She finds a lantern."))).toEqual([
      "SCENE",
      "2",
      "of 4",
      "She finds a lantern.",
      "CAMERA",
      "Pan left",
    ]);
  });

  test("escapes what SVG would read as markup", () => {
    const svg = caption(`</text><image href="x"/> & "so"`);
    expect(svg).toContain("&lt;/text&gt;&lt;image href=&quot;x&quot;/&gt; &amp; &quot;so&quot;");
    expect(svg).not.toContain("<image");
  });

  test("ends in an ellipsis when the words are more than it holds", () => {
    const lines = textsOf(caption("word ".repeat(200))).slice(3, -2);
    expect(lines.length).toBe(3);
    expect(lines.at(-1)).toEndWith("word…");
  });

  test("tells the scene in other words when the font lacks its letters", () => {
    expect(textsOf(caption("夜の東京を探検する猫。"))[3]).toBe("Cat · city street · night");
    expect(textsOf(caption("한글만")).join(" ")).toContain("letters that the preview's font does not have");
  });

  test("keeps the words when only pictographs are lost", () => {
    expect(textsOf(caption("🐱 A cat sleeps 🌙"))[3]).toBe("A cat sleeps");
  });

  test("shows Greek and Cyrillic", () => {
    expect(textsOf(caption("Кошка и Ελλάδα"))[3]).toBe("Кошка и Ελλάδα");
  });

  test.each(Object.entries(FRAME_SIZES))("of %s keeps every line within the frame", (_, size) => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (description) => {
        const svg = caption(description, size);
        for (const [, x, y, px, content] of svg.matchAll(
          /<text x="([\d.]+)" y="([\d.]+)" font-size="([\d.]+)"[^>]*>([^<]*)</g,
        )) {
          const plain = (content ?? "").replace(/&(?:amp|lt|gt|quot);/g, "&");
          expect(Number(x) + typeface.widthOf(plain) * Number(px)).toBeLessThanOrEqual(size.width);
          expect(Number(y)).toBeLessThanOrEqual(size.height - 4);
          expect(Number(y)).toBeGreaterThan(size.height - captionHeight(size));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("lettering", () => {
  test("breaks lines between words, and within a word only when it is longer than a line", () => {
    expect(wrap("aa bb cc", typeface, typeface.widthOf("aa bb") + 0.01)).toEqual(["aa bb", "cc"]);
    expect(wrap("aaaaaa", typeface, typeface.widthOf("aaa") + 0.01)).toEqual(["aaa", "aaa"]);
  });

  test("makes lines that fit and lose no letter", () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 30 }), fc.integer({ min: 2, max: 30 }), (text, ems) => {
        const lines = wrap(text, typeface, ems);
        expect(lines.every((line) => typeface.widthOf(line) <= ems)).toBe(true);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });

  test("cuts to as many lines as asked", () => {
    expect(ellipsised(["one", "two,", "three"], 2, typeface, 10)).toEqual(["one", "two…"]);
  });

  test("says whether a text survives the font", () => {
    expect(showable("Déjà vu", typeface)).toEqual({ text: "Déjà vu", whole: true });
    expect(showable("夜の東京", typeface).whole).toBe(false);
  });
});
