CREATE TABLE `deliveries` (
	`project_id` text NOT NULL,
	`seq` integer NOT NULL,
	`url` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`due_at_ms` integer NOT NULL,
	`last_status` integer,
	`last_error` text,
	PRIMARY KEY(`project_id`, `seq`),
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`project_id`,`seq`) REFERENCES `events`(`project_id`,`seq`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`due_at_ms`) WHERE state = 'pending';--> statement-breakpoint
CREATE TABLE `request_keys` (
	`key` text PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`project_id` text NOT NULL,
	`answer` text,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `request_keys_by_age` ON `request_keys` (`created_at_ms`);--> statement-breakpoint
ALTER TABLE `projects` ADD `webhook_url` text;--> statement-breakpoint
ALTER TABLE `projects` ADD `discarded_at_ms` integer;--> statement-breakpoint
ALTER TABLE `projects` ADD `emptied_at_ms` integer;--> statement-breakpoint
CREATE INDEX `projects_in_bin` ON `projects` (`discarded_at_ms`) WHERE discarded_at_ms is not null;