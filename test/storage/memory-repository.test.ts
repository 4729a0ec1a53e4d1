import { leasesContract } from "../contract/leases.ts";
import { repositoryContract } from "../contract/repository.ts";
import { createMemoryRepository } from "../support/memory-repository.ts";

repositoryContract("memory", async (clock) => createMemoryRepository({ clock }));
leasesContract("memory", async (clock) => createMemoryRepository({ clock }));
