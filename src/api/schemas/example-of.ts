import { z } from "zod";

type Schema = z.core.$ZodType;

/** A schema without its outermost wrapper; undefined where it has none. What is sent is before a transformation. */
function unwrapped(schema: Schema): Schema | undefined {
  if (schema instanceof z.ZodPipe) return schema.in;
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
    ? schema.unwrap()
    : undefined;
}

/** A schema without all its wrappers. */
function bare(schema: Schema): Schema {
  const inner = unwrapped(schema);
  return inner === undefined ? schema : bare(inner);
}

/** The schema of a field, by the path to it; undefined where the form has no such place. */
export function schemaAt(schema: Schema, path: readonly PropertyKey[]): Schema | undefined {
  const [part, ...rest] = path;
  if (part === undefined) return schema;
  const form = bare(schema);
  const ofObject = form instanceof z.ZodObject ? form.shape[String(part)] : undefined;
  const next = form instanceof z.ZodArray ? form.element : ofObject;
  return next === undefined ? undefined : schemaAt(next, rest);
}

/** Names of the fields of an object; none for anything else. */
export function fieldsOf(schema: Schema): readonly string[] {
  const form = bare(schema);
  return form instanceof z.ZodObject ? Object.keys(form.shape) : [];
}

/**
 * A value that a field would take: the one that its schema gives as an example, the first of a closed set, or one made
 * of the examples of its parts. Undefined where the schema says nothing; a test asks for every field of every request.
 */
export function exampleOf(schema: Schema): unknown {
  const given = z.globalRegistry.get(schema)?.examples;
  if (Array.isArray(given)) return given[0];
  const inner = unwrapped(schema);
  if (inner !== undefined) return exampleOf(inner);
  if (schema instanceof z.ZodEnum) return schema.options[0];
  if (schema instanceof z.ZodBoolean) return true;
  if (schema instanceof z.ZodArray) return [exampleOf(schema.element)];
  if (!(schema instanceof z.ZodObject)) return undefined;
  const needed = Object.entries<Schema>(schema.shape).filter(([, field]) => !z.safeParse(field, undefined).success);
  return Object.fromEntries(needed.map(([name, field]) => [name, exampleOf(field)]));
}
