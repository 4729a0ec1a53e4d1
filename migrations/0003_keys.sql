ALTER TABLE `request_keys` ADD `owner` text;--> statement-breakpoint
ALTER TABLE `request_keys` ADD `settled_at_ms` integer;--> statement-breakpoint
UPDATE `request_keys` SET `settled_at_ms` = `created_at_ms` WHERE `answer` IS NOT NULL
	OR `project_id` IN (SELECT `id` FROM `projects`) OR `project_id` IN (SELECT `id` FROM `steps`);
