import { resolve } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { ProjectId } from "../../domain/ids.ts";
import { TIMELINE_FORMATS, type TimelineFormat, type TransferService } from "../../services/transfer.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { argument, flag, ID_ARG, JSON_ARG, option } from "../input/options.ts";
import { usageError } from "../input/usage-errors.ts";
import { printResult } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { counted, sceneNumbers } from "../output/text.ts";
import { readConfig, withStoppableApp } from "../run/session.ts";

/** What to export; destinations are absolute paths. */
interface ExportRequest {
  readonly formats: readonly TimelineFormat[];
  readonly to: string;
  readonly sidecars: string | undefined;
  readonly bundle: string | undefined;
}

export const exportCommand = defineCommand({
  name: "export",
  description: "Export a film to an editing program, or a project as one file",
  examples: [
    "vidpipe export 0199c3a1-5b7e --otio",
    "vidpipe export 0199c3a1-5b7e cut/ --otio --edl --fcpxml",
    "vidpipe export 0199c3a1-5b7e --bundle cat.vidpipe --sidecars provenance/",
  ],
  args: {
    ...ID_ARG,
    to: {
      ...argument("Folder or file for the timeline; its media go beside it (default: the current folder)"),
      required: false,
    },
    otio: flag("Timeline as OpenTimelineIO"),
    edl: flag("Timeline as a CMX 3600 edit decision list"),
    fcpxml: flag("Timeline as FCPXML 1.11"),
    sidecars: option("folder", "A JSON file for each media file that says how it was made"),
    bundle: option("file", "The whole project in one file; 'vidpipe import' reads it"),
    ...JSON_ARG,
  },
  async run({ context, args }) {
    const formats = TIMELINE_FORMATS.filter((format) => args[format] === true);
    const request = { formats, to: resolve(args.to ?? "."), sidecars: args.sidecars, bundle: args.bundle };
    checkRequest(request, args.to !== undefined);
    const written = await withStoppableApp(context, readConfig(context, args), async ({ service, transfer }, signal) =>
      execute(context, transfer, await service.resolve(args.id), request, signal),
    );
    for (const { what, path } of written)
      printResult(context, args.json, { type: "exported", what, path }, `${path}\n`);
  },
});

/** @throws VidpipeError input.invalid when there is nothing to export, or the options contradict each other */
function checkRequest({ formats, to, sidecars, bundle }: ExportRequest, placed: boolean): void {
  if (formats.length === 0 && sidecars === undefined && bundle === undefined)
    throw usageError("choose what to export: --otio, --edl, --fcpxml, --sidecars FOLDER or --bundle FILE", "export");
  if (placed && formats.length === 0)
    throw usageError("a destination needs a timeline: --otio, --edl or --fcpxml", "export");
  const ending = TIMELINE_FORMATS.find((format) => to.endsWith(`.${format}`));
  if (ending !== undefined && formats.some((format) => format !== ending))
    throw new VidpipeError("input.invalid", `${to} is one file: give a folder to export several formats`);
}

/** Returns the files and folders that were written. */
async function execute(
  context: CliContext,
  transfer: TransferService,
  id: ProjectId,
  { formats, to, sidecars, bundle }: ExportRequest,
  signal: AbortSignal,
) {
  const written: { what: TimelineFormat | "sidecars" | "bundle"; path: string }[] = [];
  if (formats.length > 0) {
    const { paths, clips, missingScenes } = await transfer.exportTimeline(id, formats, to, signal);
    written.push(...paths.flatMap((path, index) => ({ what: formats[index] ?? "otio", path })));
    const missing = sceneNumbers(missingScenes);
    say(context, `${counted(clips, "clip")}${missing === "" ? "" : `; scene ${missing} has no clip yet`}`);
  }
  if (sidecars !== undefined) {
    const count = await transfer.exportSidecars(id, resolve(sidecars), signal);
    say(context, counted(count, "sidecar"));
    written.push({ what: "sidecars", path: resolve(sidecars) });
  }
  if (bundle !== undefined) {
    await transfer.exportBundle(id, resolve(bundle), signal);
    written.push({ what: "bundle", path: resolve(bundle) });
  }
  return written;
}
