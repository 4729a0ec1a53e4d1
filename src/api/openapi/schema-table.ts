import { z } from "zod";

/** The parts of a JSON schema that the reference shows. */
const Shown = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  required: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  format: z.string().optional(),
  get properties() {
    return z.record(z.string(), Shown).optional();
  },
  get items() {
    return Shown.optional();
  },
  get anyOf() {
    return z.array(Shown).optional();
  },
});
export type ShownSchema = z.infer<typeof Shown>;
export const ShownSchema: z.ZodType<ShownSchema> = Shown;

/** A larger limit only says up to where JSON numbers are exact. */
const isLimit = (value: number | undefined): value is number =>
  value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A schema by its name, as a link to it. */
const linkTo = (ref: string): string => {
  const name = escapeHtml(ref.slice(ref.lastIndexOf("/") + 1));
  return `<a href="#schema-${name}">${name}</a>`;
};

/** What a value may be, in a few words of HTML. */
export function typeText(schema: ShownSchema): string {
  if (schema.$ref !== undefined) return linkTo(schema.$ref);
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(" or ");
  if (schema.items !== undefined) return `list of ${typeText(schema.items)}`;
  const name = [schema.type ?? "anything"].flat().map((type) => WORDS[type] ?? type);
  return escapeHtml([name.join(" or "), rangeText(schema)].filter((part) => part !== "").join(", "));
}

const WORDS: Readonly<Record<string, string>> = { string: "text", integer: "whole number", boolean: "true or false" };
const code = (value: unknown): string => `<code>${escapeHtml(String(value))}</code>`;

function rangeText({ minimum, exclusiveMinimum, maximum, maxLength, format }: ShownSchema): string {
  if (format === "date-time") return "date and time in UTC";
  if (maxLength !== undefined) return `up to ${maxLength.toLocaleString("en")} characters`;
  const from = isLimit(minimum) ? `from ${minimum}` : isLimit(exclusiveMinimum) ? `above ${exclusiveMinimum}` : "";
  const to = isLimit(maximum) ? `up to ${maximum.toLocaleString("en")}` : "";
  return [from, to].filter((part) => part !== "").join(" ");
}

interface Field {
  readonly name: string;
  readonly schema: ShownSchema;
  readonly isRequired: boolean;
}

/** All fields of an object; fields of objects in it follow a dot, of objects in lists `[].`. */
function fieldsOf(schema: ShownSchema, prefix = ""): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const own = { name, schema: value, isRequired: schema.required?.includes(key) === true };
    const [inner, mark] = value.items === undefined ? [value, "."] : [value.items, "[]."];
    const object = [inner, ...(inner.anyOf ?? [])].find(({ properties }) => properties !== undefined);
    return object === undefined ? [own] : [own, ...fieldsOf(object, `${name}${mark}`)];
  });
}

/** An object's fields as a table; of an answer every field is always there, so only requests show what is required. */
export function fieldTable(schema: ShownSchema, isAsked: boolean): string {
  const rows = fieldsOf(schema).map(({ name, schema: own, isRequired }) => ({
    name,
    type: typeText(own),
    note: `${isAsked && isRequired ? "<b>Required.</b> " : ""}${escapeHtml(own.description ?? "")}`,
  }));
  return rows.length === 0 ? `<p>${typeText(schema)}</p>` : table(rows);
}

/** Rows of names, types and notes; types and notes are HTML. */
export const table = (rows: readonly { readonly name: string; readonly type: string; readonly note: string }[]) =>
  rows.length === 0
    ? ""
    : `<table>${rows.map(({ name, type, note }) => `<tr><td><code>${escapeHtml(name)}</code></td><td>${type}</td><td>${note}</td></tr>`).join("")}</table>`;
