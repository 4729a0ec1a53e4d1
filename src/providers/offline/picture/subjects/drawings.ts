import type { SubjectKind } from "../../frame.ts";
import { ANIMALS } from "./animals.ts";
import type { Drawing } from "./drawing.ts";
import { OBJECTS } from "./objects.ts";
import { PEOPLE } from "./people.ts";
import { VEHICLES } from "./vehicles.ts";

/** How each kind of subject is drawn. */
export const DRAWINGS: Readonly<Record<SubjectKind, Drawing>> = { ...PEOPLE, ...ANIMALS, ...VEHICLES, ...OBJECTS };
