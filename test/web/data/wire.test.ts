import { expect, test } from "bun:test";
import type { z } from "zod";
import type { EstimateAnswer } from "../../../src/api/schemas/costs.ts";
import type { ChoicesAnswer } from "../../../src/api/schemas/provider-options.ts";
import type { ProjectAnswer } from "../../../src/api/schemas/responses.ts";
import { TRANSITION_KINDS } from "../../../src/domain/transition.ts";
import * as page from "../../../src/web/studio/data/api-types.ts";

/** The page states the answers it reads on its own; these do not compile once the server says something else. */
const readsProject = (answer: z.infer<typeof ProjectAnswer>): page.Project => answer;
const readsChoices = (answer: z.infer<typeof ChoicesAnswer>): page.ProviderOptions => answer;
const readsEstimate = (answer: z.infer<typeof EstimateAnswer>): page.Estimate => answer;

test("the page knows what the server answers, and every way from one scene into the next", () => {
  expect(page.TRANSITION_KINDS).toEqual(TRANSITION_KINDS);
  expect([readsProject, readsChoices, readsEstimate]).toHaveLength(3);
});
