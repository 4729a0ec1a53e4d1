import { VidpipeError } from "../domain/errors.ts";

/** A record of a CSV file with the line, from 1, where it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** What a spreadsheet would take for a formula, also in full width or after white space that it drops. */
const FORMULA = /^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/;

const field = (value: string | number | null): string => {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Records as a CSV file (RFC 4180). Text that a spreadsheet would take for a formula gets an apostrophe before it. */
export const printCsv = (records: readonly (readonly (string | number | null)[])[]): string =>
  records.map((record) => `${record.map(field).join(",")}\r\n`).join("");

/** A quoted field with doubled quotes, or a bare one; then what ends it. */
const FIELD = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
const END = /,|\r\n|\n|\r|$/y;

/**
 * The records of a CSV file (RFC 4180): fields may be quoted and then hold commas, line breaks and doubled quotes;
 * lines end in LF, CRLF or CR; lines without anything are left out.
 * @throws VidpipeError input.invalid with the line of a quote that is not closed or stands inside a field
 */
export function parseCsv(source: string, name: string): CsvRecord[] {
  const text = source.replace(/^\ufeff/, "");
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let line = 1;
  let begun = 1;
  let at = 0;
  while (at < text.length || fields.length > 0) {
    FIELD.lastIndex = at;
    const [raw = "", quoted, bare = ""] = FIELD.exec(text) ?? [];
    END.lastIndex = at + raw.length;
    const end = END.exec(text)?.[0];
    if (end === undefined)
      throw new VidpipeError(
        "input.invalid",
        `${name} line ${line}: a quote is not closed, or stands inside a field: write the field in quotes, and "" for one`,
      );
    fields.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    line += raw.split(/\r\n|\n|\r/).length - 1;
    at += raw.length + end.length;
    if (end === ",") continue;
    if (fields.length > 1 || raw !== "") records.push({ line: begun, fields });
    fields = [];
    line += 1;
    begun = line;
  }
  return records;
}
