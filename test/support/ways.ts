import type { ProjectView } from "../../src/domain/view.ts";
import { commandsOf, type Way } from "../../src/domain/way.ts";

/** The ways out that every face shows of a film that waits, without the command before them. */
export const waysOf = ({ waits }: Pick<ProjectView, "waits">): string[] =>
  waits.flatMap(({ ways }) => commandsOf(ways).map((command) => command.replace(/^vidpipe resume \S+ /, "")));

/** A way on for fakes, by its command line. */
export const fakeWay = (command: string): Way => ({
  action: "buy_again",
  command,
  request: { method: "POST", path: "/api/projects/x/resume", body: {} },
  usd: null,
});
