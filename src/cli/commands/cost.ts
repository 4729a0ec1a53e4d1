import { defineCommand } from "../command.ts";
import { flag, ID_ARG, JSON_ARG } from "../input/options.ts";
import { usageError } from "../input/usage-errors.ts";
import { writeJson } from "../output/json.ts";
import { receiptCsv, receiptJson, receiptTable, totalJson } from "../output/receipt.ts";
import { withProject } from "../run/session.ts";

export const costCommand = defineCommand({
  name: "cost",
  description: "Show what a project has bought, as a receipt",
  note: "Every paid call with its piece, its take, why it was made, its price and what became of the answer.",
  examples: [
    "vidpipe cost 0199c3a1-5b7e",
    "vidpipe cost 0199c3a1-5b7e --json",
    "vidpipe cost 0199c3a1-5b7e --csv > receipt.csv",
  ],
  args: { ...ID_ARG, ...JSON_ARG, csv: flag("Print the paid calls as a CSV table") },
  async run({ context, args }) {
    if (args.json && args.csv) throw usageError("give --json or --csv, not both", "cost");
    const { view, receipt } = await withProject(context, args, async ({ service }, id) => ({
      view: await service.get(id),
      receipt: await service.receipt(id),
    }));
    const { stdout } = context;
    if (args.json)
      for (const line of [...receipt.lines.map(receiptJson), totalJson(view, receipt)]) writeJson(stdout, line);
    else stdout.write(args.csv ? receiptCsv(receipt) : receiptTable(view, receipt, stdout));
  },
});
