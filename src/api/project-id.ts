import { VidpipeError } from "../domain/errors.ts";
import { ProjectId, ProjectIdPrefix } from "../domain/ids.ts";
import type { Service } from "../service.ts";

/** The project a path names: a whole id or a unique start of one; whatever else stands there names none. */
export async function projectIdOf(service: Pick<Service, "resolve">, typed: string): Promise<ProjectId> {
  const whole = ProjectId.safeParse(typed);
  if (whole.success) return whole.data;
  if (!ProjectIdPrefix.safeParse(typed).success) throw new VidpipeError("project.not_found", "no such project");
  return service.resolve(typed);
}
