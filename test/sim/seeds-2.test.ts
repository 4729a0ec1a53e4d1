import { testSeeds } from "./seeds.ts";
import { TEST_SIZE } from "./sizes.ts";

testSeeds(1 + TEST_SIZE.seeds / 2, TEST_SIZE.seeds / 2);
