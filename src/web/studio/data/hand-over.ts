/** Ms until a file's memory is freed, for the browser to save it. */
const handOverMs = 60_000;

/** Gives the user a file that is in memory. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), handOverMs);
}
