/** The quick benchmarks, each beside its reference in the same run. `bun test/bench/stitch.ts` and others take longer. */
import { httpBench } from "./http.ts";
import { scaleBench } from "./scale.ts";
import { scheduleBench } from "./schedule.ts";
import { startBench } from "./start.ts";

await scheduleBench();
await startBench();
await httpBench();
await scaleBench({ rounds: 3 });
