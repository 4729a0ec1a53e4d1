import type { Repository } from "../ports/repository.ts";
import type { ProjectHead } from "../ports/server.ts";

/** Projects read at once. */
const sliceLength = 500;

/** All projects, newest first, in slices; between two of them everybody else gets a turn. */
export async function* everyProject(repository: Pick<Repository, "heads">): AsyncGenerator<readonly ProjectHead[]> {
  let slice = await repository.heads({ limit: sliceLength });
  while (slice.length > 0) {
    yield slice;
    const after = slice.at(-1);
    if (after === undefined || slice.length < sliceLength) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    slice = await repository.heads({ limit: sliceLength, after });
  }
}
