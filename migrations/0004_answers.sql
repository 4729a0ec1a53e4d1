ALTER TABLE `steps` ADD `approvals` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `steps` ADD `reserved_usd_millionths` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `steps` ADD `fit` text;--> statement-breakpoint
ALTER TABLE `submits` ADD `because` text DEFAULT 'first' NOT NULL;--> statement-breakpoint
ALTER TABLE `submits` ADD `billed_usd_millionths` integer;--> statement-breakpoint
ALTER TABLE `submits` ADD `reply_id` text;--> statement-breakpoint
ALTER TABLE `submits` ADD `result_id` text;--> statement-breakpoint
ALTER TABLE `submits` ADD `verdict` text;--> statement-breakpoint
ALTER TABLE `submits` ADD `reason` text;