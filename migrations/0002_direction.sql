CREATE TABLE `revisions` (
	`project_id` text NOT NULL,
	`revision` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`note` text NOT NULL,
	`direction` text NOT NULL,
	`crossfade_seconds` real NOT NULL,
	PRIMARY KEY(`project_id`, `revision`),
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `projects` ADD `until` text DEFAULT 'film' NOT NULL;--> statement-breakpoint
ALTER TABLE `projects` ADD `direction` text DEFAULT '{"storyboard":null,"picks":[]}' NOT NULL;--> statement-breakpoint
ALTER TABLE `projects` ADD `revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
INSERT INTO `revisions` (`project_id`, `revision`, `at_ms`, `note`, `direction`, `crossfade_seconds`)
	SELECT `id`, 0, `created_at_ms`, 'as first made', `direction`, coalesce(json_extract(`request`, '$.crossfadeSeconds'), 0) FROM `projects`;
