import type { Setting } from "../frame.ts";
import { alienPlanet, openSky, space, underwater } from "./beyond.ts";
import type { Canvas } from "./canvas.ts";
import { citySkyline, cityStreet, rooftop } from "./city.ts";
import { bay, beach, lake } from "./coast.ts";
import { garden, meadow } from "./fields.ts";
import { laboratory, stage } from "./halls.ts";
import { cafe, library, room } from "./interiors.ts";
import type { Scenery } from "./scenery.ts";
import { castle, road, station, village } from "./settlements.ts";
import { cave, desert, forest, mountains, snowfield } from "./wild.ts";

interface Place {
  readonly draw: (canvas: Canvas) => Scenery;
  /** No weather falls here. */
  readonly sheltered: boolean;
  /** Lamps light it when it is dark outside. */
  readonly lamplit: boolean;
  /** Subjects float instead of standing on the ground. */
  readonly weightless: boolean;
  /** There is open water for boats and whales. */
  readonly water: boolean;
}

const PLAIN = { sheltered: false, lamplit: false, weightless: false, water: false } as const;
const outdoors = (draw: Place["draw"]): Place => ({ ...PLAIN, draw });
const shore = (draw: Place["draw"]): Place => ({ ...PLAIN, draw, water: true });
const indoors = (draw: Place["draw"]): Place => ({ ...PLAIN, draw, sheltered: true, lamplit: true });
const sheltered = (draw: Place["draw"]): Place => ({ ...PLAIN, draw, sheltered: true });
const afloat = (draw: Place["draw"]): Place => ({ ...PLAIN, draw, sheltered: true, weightless: true });

/** How each setting is drawn. */
export const PLACES: Readonly<Record<Setting, Place>> = {
  "city skyline": outdoors(citySkyline),
  "city street": outdoors(cityStreet),
  rooftop: outdoors(rooftop),
  bay: shore(bay),
  beach: shore(beach),
  lake: shore(lake),
  forest: outdoors(forest),
  mountains: outdoors(mountains),
  desert: outdoors(desert),
  meadow: outdoors(meadow),
  village: outdoors(village),
  garden: outdoors(garden),
  castle: outdoors(castle),
  cave: sheltered(cave),
  snowfield: outdoors(snowfield),
  road: outdoors(road),
  room: indoors(room),
  library: indoors(library),
  cafe: indoors(cafe),
  laboratory: indoors(laboratory),
  stage: indoors(stage),
  station: outdoors(station),
  space: afloat(space),
  "alien planet": sheltered(alienPlanet),
  underwater: afloat(underwater),
  sky: { ...PLAIN, draw: openSky, weightless: true },
};
