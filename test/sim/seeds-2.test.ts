import { testSeeds } from "./seeds.ts";
import { SIZES } from "./sizes.ts";

testSeeds(1 + SIZES.pr.seeds / 2, SIZES.pr.seeds / 2);
