CREATE TABLE `data_mark` (
	`mark` text PRIMARY KEY NOT NULL
);
