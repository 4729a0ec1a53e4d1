import type { SectionValues, SettingsSection } from "../domain/settings.ts";
import type { MediaTool } from "./media.ts";
import type { ModelProvider } from "./provider.ts";
import type { Clock, Log } from "./runtime.ts";

/** What the configuration says to one provider. */
export interface ProviderConfig {
  /** Its own section. */
  readonly settings: SectionValues;
  /** Models by the user's choice; null: the provider's current model for the job. */
  readonly models: {
    readonly storyboardLlm: string | null;
    readonly imageGen: string | null;
    readonly imageConditioned: string | null;
    readonly videoGen: string | null;
  };
  /** Changes of the model catalog by model id, as they were written. */
  readonly catalog: Readonly<Record<string, unknown>>;
}

/** Whether a provider can be used with a configuration. */
export interface Readiness {
  readonly ready: boolean;
  /** One line: how it is reached, or what is missing and how to mend it. */
  readonly reason: string;
}

/** Ports that providers are built on. */
export interface ProviderDeps {
  readonly media: MediaTool;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Its own section as the sources of the configuration say now, for a login that was refused. Absent where they are not
   * read again. @throws VidpipeError config.invalid
   */
  readonly reread?: () => SectionValues;
}

/**
 * Everything the program knows of a provider before it is used. Configuration, `auto`, credentials, help, `doctor`,
 * limits and the page's picker follow from it: a provider is a folder with a description, and a line in
 * `app/providers.ts`.
 */
export interface ProviderDescription {
  /** What users type, lower case; new projects keep it for ever. */
  readonly name: string;
  /** Names it had before. They are accepted wherever its name is, and projects that keep one find it by that. */
  readonly aliases: readonly string[];
  /** What people read, e.g. "Google". */
  readonly label: string;
  /** Everything happens on this machine and costs nothing. */
  readonly local: boolean;
  /** `auto` takes the ready provider with the lowest rank; null: never this one. */
  readonly autoRank: number | null;
  /** Its part of config.yaml; null: it needs none. */
  readonly section: SettingsSection | null;
  /** By looks alone: no network, no secret is read. */
  readiness(config: ProviderConfig): Readiness;
  /**
   * Builds it; loads what is heavy only now. The result has the description's name.
   * @throws VidpipeError config.invalid
   */
  create(config: ProviderConfig, deps: ProviderDeps): Promise<ModelProvider>;
}
