import { z } from "zod";

/** What a module exports, by name. Its types stay unknown, so that another shape of it is no type error in the pages. */
export async function exportsOf(path: string): Promise<Readonly<Record<string, unknown>>> {
  const module: unknown = await import(path);
  return z.record(z.string(), z.unknown()).parse({ ...z.looseObject({}).parse(module) });
}

export const isFunction = (value: unknown): value is (...given: unknown[]) => unknown => typeof value === "function";
