CREATE TABLE `film_changes` (
	`project_id` text PRIMARY KEY NOT NULL,
	`number` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `film_changes_by_number` ON `film_changes` (`number`);--> statement-breakpoint
CREATE TABLE `film_texts` (
	`doc` integer PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`words` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `film_texts_project_id_unique` ON `film_texts` (`project_id`);--> statement-breakpoint
CREATE TABLE `tallies` (
	`topic` text NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`count` integer NOT NULL,
	`amount` integer NOT NULL,
	PRIMARY KEY(`topic`, `kind`, `state`)
);
--> statement-breakpoint
DROP INDEX `projects_newest`;--> statement-breakpoint
DROP INDEX `projects_by_status`;--> statement-breakpoint
DROP INDEX `projects_in_bin`;--> statement-breakpoint
CREATE INDEX `projects_listed` ON `projects` (`created_at_ms`,`id`) WHERE discarded_at_ms is null;--> statement-breakpoint
CREATE INDEX `projects_listed_by_status` ON `projects` (`status`,`created_at_ms`,`id`) WHERE discarded_at_ms is null;--> statement-breakpoint
CREATE INDEX `projects_in_trash` ON `projects` (`discarded_at_ms`) WHERE discarded_at_ms is not null and emptied_at_ms is null;--> statement-breakpoint
CREATE INDEX `steps_under_way` ON `steps` (`project_id`) WHERE status in ('running', 'waiting');--> statement-breakpoint
CREATE VIRTUAL TABLE `film_search` USING fts5(words, content='film_texts', content_rowid='doc', tokenize='trigram', detail=none, columnsize=0);--> statement-breakpoint
INSERT INTO `film_search` (`film_search`, rank) VALUES ('automerge', 16);--> statement-breakpoint
INSERT INTO `film_search` (`film_search`, rank) VALUES ('crisismerge', 64);