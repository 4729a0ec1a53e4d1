/** The corpus: what cameras, models, editors and browsers write, each with what must be seen and heard of it. */
import { type Recipe, recipeOf } from "./recipe.ts";
import { pictures, sounds } from "./recipes-codecs.ts";
import { faults, plain } from "./recipes-faults.ts";
import { codings, files, shapes } from "./recipes-forms.ts";

/** Every clip of the corpus; its place is the number that its frames show. */
export const RECIPES: readonly Recipe[] = [
  ...plain,
  ...faults,
  ...pictures,
  ...sounds,
  ...codings,
  ...shapes,
  ...files,
].map(recipeOf);

export function recipeNamed(name: string): Recipe {
  const found = RECIPES.find((recipe) => recipe.name === name);
  if (found === undefined) throw new RangeError(`the corpus has no "${name}"`);
  return found;
}
