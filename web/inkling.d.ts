/**
 * Inkling: small recurrent text generators in the browser and in Node.
 *
 * ```js
 * import { load } from "inkling";
 * const model = await load("models/shakespeare.safetensors");
 * for await (const piece of model.generate("ROMEO:", { temperature: 0.8, seed: 1 })) show(piece);
 * ```
 */

/** Where a model's bytes come from. A string is a URL in the browser; in Node a URL or a file path. */
export type Source = string | URL | Request | Response | Blob | ArrayBuffer | ArrayBufferView;

export interface LoadOptions {
  /** Run in a worker, so that the page never waits. Default: true in a browser, false in Node. */
  worker?: boolean;
  /** Which build of the kernels computes; all give the same text. Default "auto": SIMD where it is. */
  kernel?: "auto" | "simd" | "scalar";
  /** Tokens in id order, for a file that carries none (straight from PyTorch). */
  vocabulary?: string[];
  /** Called as bytes arrive; `total` is 0 while unknown. */
  onProgress?: (loaded: number, total: number) => void;
  /** Gives up loading. */
  signal?: AbortSignal;
}

/** How the next token is drawn; applied in the order of this list. */
export interface SamplingOptions {
  /** >= 1; 1, the default, is off. Weakens the tokens among the recent ones. */
  repetitionPenalty?: number;
  /** How many recent tokens that looks at, at most 256. Default 64. */
  repetitionWindow?: number;
  /** 0 is greedy; else 1e-6 to 100. Default 1. */
  temperature?: number;
  /** Only the k likeliest. Default 0: off. */
  topK?: number;
  /** The fewest tokens that reach this probability, (0,1]. Default 1: off. */
  topP?: number;
  /** Only tokens with at least this share of the likeliest's probability, [0,1]. Default 0: off. */
  minP?: number;
}

export interface GenerateOptions extends SamplingOptions {
  /** Most tokens to write. Default 200. */
  length?: number;
  /** A whole number, 0 to 2^53-1; the same seed and options give the same text on every build. Default 0. */
  seed?: number;
  /** The text ends before the first of these. */
  stop?: string | string[];
  /** Leave out characters that the model has never seen instead of failing. */
  skipUnknown?: boolean;
  /** Stops within one piece; the iterator then throws the signal's reason, as fetch does. */
  signal?: AbortSignal;
}

export interface ModelInfo {
  task: string;
  level: "char" | "word";
  cell: "rnn" | "gru" | "lstm";
  /** The build that computes: "scalar" or "simd". */
  kernel: string;
  layers: number;
  hidden: number;
  /** Width of the token embedding; 0 when the input is one-hot. */
  embed: number;
  /** The tokens in id order. */
  vocabulary: string[];
  parameters: number;
  /** Size of the file. */
  bytes: number;
  /** The strings that the file carries: name, license, trained_on, … */
  metadata: Record<string, string>;
}

export interface Evaluation {
  /** Mean cross-entropy per token, natural logarithm. */
  nats: number;
  bits: number;
  perplexity: number;
  /** How many tokens were predicted. */
  tokens: number;
}

/** One of the tokens that may come next. */
export interface Candidate {
  token: string;
  /** Under the sampling options: after temperature and cuts. */
  probability: number;
  /** The model's own, at temperature 1 with nothing cut. */
  modelProbability: number;
}

/** A network in the middle of a text. */
export interface Session {
  /** Reads a text. */
  feed(text: string, options?: { skipUnknown?: boolean }): Promise<void>;
  /** The `count` likeliest next tokens (default all), likeliest first by the model's own probability. */
  distribution(options?: SamplingOptions & { count?: number }): Promise<Candidate[]>;
  /** Draws the next token, reads it, and returns it. A seed starts the random numbers over. */
  sample(options?: SamplingOptions & { seed?: number }): Promise<string>;
  /** An independent copy in the same state. */
  fork(): Promise<Session>;
  /** The state as bytes, for `restore` in any session of the same model. */
  save(): Promise<Uint8Array>;
  restore(state: Uint8Array): Promise<void>;
  /** Back to before the first character. */
  reset(): Promise<void>;
  free(): void;
}

export interface Model {
  readonly info: ModelInfo;
  /**
   * Writes on after `prompt`, in pieces of whole characters, never the prompt itself. Leaving the
   * loop early ends the work. Any number of generations may run on one model at once.
   */
  generate(prompt: string, options?: GenerateOptions): AsyncIterableIterator<string>;
  /** The same text as one string. */
  complete(prompt: string, options?: GenerateOptions): Promise<string>;
  /** How well the model predicts a text; `reset` zeroes the state every so many tokens. */
  evaluate(text: string, options?: { reset?: number }): Promise<Evaluation>;
  session(): Promise<Session>;
  /** Gives the memory back. Whatever of the model is still in use then fails with code "freed". */
  free(): void;
}

/** Opens a model file (.safetensors). */
export function load(source: Source, options?: LoadOptions): Promise<Model>;

/**
 * - `memory`: there is not enough.
 * - `argument`: an option or argument is unknown, of the wrong type or out of its range.
 * - `format`: the file is not a model, or a damaged one; or the state is not one of this model's.
 * - `vocabulary`: there is none, it does not fit, or the text has a character outside of it.
 * - `text`: there is too little of it.
 * - `network`: the source, a file included, could not be read.
 * - `freed`: what was used has been freed, or its worker has ended.
 */
export type ErrorCode =
  "memory" | "argument" | "format" | "vocabulary" | "text" | "network" | "freed";

/** What went wrong, for a program (`code`) and for a person (`message`, one line). */
export class InklingError extends Error {
  constructor(code: ErrorCode, message: string, options?: ErrorOptions);
  readonly code: ErrorCode;
}

/** The package's version. */
export const version: string;
