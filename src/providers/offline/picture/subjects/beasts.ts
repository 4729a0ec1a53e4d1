import { circle, ellipse, line, path } from "../svg.ts";
import type { Draw, Drawing, Paint } from "./drawing.ts";

interface Beast {
  readonly ears: "pointed" | "flop" | "long" | "round";
  readonly tail: "brush" | "thin" | "stub" | "hair";
  readonly snout: number;
  readonly legs: number;
  readonly neck: number;
  readonly mane?: boolean;
  readonly antlers?: boolean;
  readonly bulk?: number;
}

function ears(kind: Beast["ears"], p: Paint): string {
  if (kind === "pointed") return path("M34 -84L36 -102L45 -88Z", p.body) + path("M44 -88L50 -102L54 -85Z", p.shade);
  if (kind === "flop") return path("M34 -86Q24 -82 26 -64Q36 -66 40 -84Z", p.shade);
  if (kind === "long")
    return (
      path("M34 -84Q26 -112 34 -122Q42 -108 42 -86Z", p.body) + path("M42 -86Q42 -112 50 -120Q54 -104 50 -84Z", p.shade)
    );
  return circle(33, -89, 7, p.body) + circle(49, -90, 6, p.shade);
}

function tail(kind: Beast["tail"], p: Paint): string {
  if (kind === "brush")
    return (
      path("M-44 -50Q-74 -58 -84 -30Q-64 -26 -42 -40Z", p.body) +
      path("M-84 -30Q-72 -27 -66 -30Q-74 -40 -79 -43Q-83 -37 -84 -30Z", p.pale)
    );
  if (kind === "hair") return path("M-42 -56Q-70 -58 -68 -14Q-60 -6 -56 -16Q-58 -40 -42 -44Z", p.hair);
  if (kind === "thin") return line("M-44 -52Q-66 -66 -64 -86", p.body, 6);
  return circle(-47, -52, 6, p.pale);
}

/** A four-legged walker. */
const beast =
  (b: Beast): Draw =>
  (p) => {
    const lift = b.legs;
    const bulk = b.bulk ?? 1;
    const leg = (x: number, lean: number, color: Paint["body"]) =>
      path(
        `M${x - 6 * bulk} ${-lift - 8}L${x - 4 * bulk + lean} -2H${x + 5 * bulk + lean}L${x + 7 * bulk} ${-lift - 8}Z`,
        color,
      ) + ellipse(x + 1.5 + lean, -2, 6 * bulk, 2.6, p.dark);
    const legs = leg(-34, -6, p.shade) + leg(24, 7, p.shade) + leg(-24, 5, p.body) + leg(33, -4, p.body);
    const trunk = path(
      `M-46 ${-lift - 8}Q-52 ${-lift - 40 * bulk} -20 ${-lift - 34 * bulk}Q10 ${-lift - 36 * bulk} 34 ${-lift - 32 * bulk}Q48 ${-lift - 16} 40 ${-lift - 2}Q0 ${-lift + 6} -46 ${-lift - 8}Z`,
      p.body,
    );
    const belly = path(`M-34 ${-lift - 5}Q0 ${-lift + 5} 34 ${-lift - 5}Q0 ${-lift - 3} -34 ${-lift - 5}Z`, p.pale, {
      opacity: 0.7,
    });
    const neck = path(
      `M18 ${-lift - 30}Q26 ${-70 - b.neck} 36 ${-78 - b.neck}L54 ${-68 - b.neck}Q50 ${-lift - 22} 40 ${-lift - 10}Z`,
      p.body,
    );
    const mane = b.mane
      ? path(`M12 ${-lift - 32}Q16 ${-80 - b.neck} 36 ${-90 - b.neck}Q30 ${-70 - b.neck} 28 ${-lift - 24}Z`, p.hair)
      : "";
    const head =
      ellipse(43, -78, 14, 12, p.body) +
      path(`M44 -88Q${58 + b.snout} -84 ${60 + b.snout} -74Q${58 + b.snout} -66 46 -67Z`, p.body) +
      path(`M48 -70Q${56 + b.snout} -64 ${60 + b.snout} -73Q${56 + b.snout} -67 48 -67Z`, p.pale) +
      circle(59 + b.snout, -75.5, 2.6, p.dark) +
      circle(48, -81, 2, p.dark);
    const antlers = b.antlers
      ? line("M40 -90Q30 -108 34 -122M35 -104L22 -112M48 -91Q54 -110 50 -124M52 -106L64 -114", p.hair, 3)
      : "";
    const crown = `<g transform="translate(0 ${-b.neck})">${ears(b.ears, p)}${head}${antlers}</g>`;
    const collar = `<g transform="translate(0 ${-b.neck})">${path("M28 -70Q38 -60 50 -64L49 -59Q37 -54 27 -64Z", p.accent)}</g>`;
    return (
      `<g transform="translate(0 ${lift - 30})">${tail(b.tail, p)}</g>`.replace(
        `translate(0 ${lift - 30})`,
        `translate(0 ${30 - lift})`,
      ) +
      legs +
      trunk +
      belly +
      mane +
      neck +
      crown +
      collar
    );
  };

export const dogPortrait =
  (kind: Beast["ears"]): Draw =>
  (p) => {
    const pointed = kind === "pointed";
    const ear =
      kind === "round"
        ? circle(-27, -96, 15, p.body) +
          circle(33, -96, 15, p.body) +
          circle(-27, -96, 8, p.pale) +
          circle(33, -96, 8, p.pale)
        : pointed
          ? path("M-34 -70L-30 -116L-4 -90Z", p.body) +
            path("M12 -90L38 -115L40 -70Z", p.body) +
            path("M-29 -80L-27 -104L-12 -89Z", p.shade) +
            path("M20 -89L34 -104L36 -80Z", p.shade)
          : path("M-26 -90Q-58 -84 -48 -38Q-34 -40 -28 -66Z", p.shade) +
            path("M32 -90Q62 -84 54 -38Q40 -40 34 -66Z", p.shade);
    return (
      path("M-44 0Q-42 -30 -18 -38H22Q46 -30 48 0Z", p.body) +
      path("M-16 0Q-16 -24 2 -32Q20 -24 20 0Z", p.pale) +
      (kind === "flop" ? "" : ear) +
      ellipse(3, -66, 37, 34, p.body) +
      (kind === "flop" ? ear : "") +
      path("M-18 -46Q-20 -66 3 -66Q26 -66 24 -46Q22 -28 3 -27Q-16 -28 -18 -46Z", p.pale) +
      ellipse(3, -54, 9.5, 6.8, p.dark) +
      circle(0.5, -56, 1.8, "#ffffff", { opacity: 0.7 }) +
      circle(-14, -74, 6, p.dark) +
      circle(20, -74, 6, p.dark) +
      circle(-12.5, -76, 1.9, "#ffffff") +
      circle(21.5, -76, 1.9, "#ffffff") +
      line("M3 -47V-40M3 -40Q-5 -34 -12 -40M3 -40Q11 -34 18 -40", p.dark, 1.8) +
      path("M-26 -28Q3 -12 32 -28L31 -19Q3 -3 -25 -19Z", p.accent) +
      circle(3, -11, 5.5, p.glow)
    );
  };

export const walker = (b: Beast, height: number, breadth = 1.25, portrait?: Draw): Drawing => ({
  draw: beast(b),
  ...(portrait === undefined ? {} : { portrait }),
  height,
  breadth,
  element: "ground",
});
