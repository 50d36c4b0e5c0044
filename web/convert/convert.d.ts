/** Other programs' model files → a model file of ours; docs/formats.md has the formats. */

import type { Bytes, NamedFile } from "../inkling.js";

export type { NamedFile };

/** What the files leave open; see LoadOptions. */
export interface ConvertOptions {
  vocabulary?: string[] | Record<string, unknown> | Uint8Array;
  vocabularyOf?: string;
  lower?: boolean;
  /** A classifier's classes in id order. */
  labels?: string[];
  /** Tokens that are read anew for every prediction, in place of what the files say. */
  window?: number;
}

/** Whether files hold a model that convert() may open; our own model files are not among them. */
export function canConvert(files: NamedFile[]): boolean;

/** The name of the file that holds the model, the others being what lies beside it; or null. */
export function nameOfModel(files: NamedFile[]): string | null;

/** The names of the files that a manifest refers to, beside it. */
export function neighboursOf(file: NamedFile): string[];

/**
 * Opens a model with whatever lies beside it: shards, vocabularies. Gives a model file of ours, and
 * one sentence on what was read. Throws an InklingError: "format" or "vocabulary" and one line.
 */
export function convert(
  files: NamedFile[],
  options?: ConvertOptions,
): Promise<{ bytes: Bytes; understood: string }>;
