import type { ProjectView } from "../../src/domain/view.ts";

/** The ways out that every face shows of a film that waits, without the command before them. */
export const waysOf = ({ waits }: Pick<ProjectView, "waits">): string[] =>
  waits.flatMap(({ next }) => next.map((command) => command.replace(/^vidpipe resume \S+ /, "")));
