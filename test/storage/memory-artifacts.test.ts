import { artifactStoreContract } from "../contract/artifact-store.ts";
import { createMemoryArtifacts } from "../support/memory-artifacts.ts";

artifactStoreContract("memory", async () => createMemoryArtifacts());
