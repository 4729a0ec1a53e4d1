CREATE TABLE `artifacts` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`step_id` text NOT NULL,
	`role` text NOT NULL,
	`position` integer NOT NULL,
	`key` text NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	`media_type` text NOT NULL,
	`media` text,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`step_id`) REFERENCES `steps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `artifacts_by_project` ON `artifacts` (`project_id`);--> statement-breakpoint
CREATE TABLE `events` (
	`project_id` text NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`type` text NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`project_id`, `seq`),
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `owners` (
	`owner` text PRIMARY KEY NOT NULL,
	`heartbeat_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `projects` (
	`id` text PRIMARY KEY NOT NULL,
	`request` text NOT NULL,
	`casting` text NOT NULL,
	`max_cost_usd_millionths` integer,
	`hold` text,
	`cancelled` integer NOT NULL,
	`status` text NOT NULL,
	`message` text,
	`epoch` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`owner` text
);
--> statement-breakpoint
CREATE INDEX `projects_newest` ON `projects` (`created_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `projects_by_status` ON `projects` (`status`);--> statement-breakpoint
CREATE INDEX `projects_by_owner` ON `projects` (`owner`);--> statement-breakpoint
CREATE TABLE `steps` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`kind` text NOT NULL,
	`position` integer NOT NULL,
	`take` integer NOT NULL,
	`status` text NOT NULL,
	`order` text NOT NULL,
	`input_key` text NOT NULL,
	`attempts` integer NOT NULL,
	`due_at_ms` integer NOT NULL,
	`operation` text,
	`result` text,
	`failure` text,
	`created_at_ms` integer NOT NULL,
	`started_at_ms` integer,
	`finished_at_ms` integer,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `steps_take` ON `steps` (`project_id`,`kind`,`position`,`take`);--> statement-breakpoint
CREATE INDEX `steps_in_play` ON `steps` (`project_id`,`due_at_ms`) WHERE status in ('queued', 'running', 'waiting');--> statement-breakpoint
CREATE TABLE `submits` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`step_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`state` text NOT NULL,
	`usd_millionths` integer NOT NULL,
	`quantity` real NOT NULL,
	`unit` text NOT NULL,
	`model` text NOT NULL,
	`operation_name` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`step_id`) REFERENCES `steps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `submits_by_project` ON `submits` (`project_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `submits_attempt` ON `submits` (`step_id`,`attempt`) WHERE state not in ('released');--> statement-breakpoint
CREATE UNIQUE INDEX `submits_one_live` ON `submits` (`step_id`) WHERE state in ('intent', 'open');--> statement-breakpoint
CREATE INDEX `submits_of_day` ON `submits` (`created_at_ms`,`usd_millionths`) WHERE state not in ('released');