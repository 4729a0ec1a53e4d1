import { z } from "zod";

/** A time as rows store it: epoch ms. */
export const EpochMs = z.number().min(0).max(8.64e15);
/** A number of things, or a place counted from 0. */
export const Count = z.int().min(0);
/** An amount of US dollars. */
export const Usd = z.number().min(0).max(1e9);
