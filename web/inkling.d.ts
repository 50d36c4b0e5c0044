/**
 * Inkling: small recurrent networks that write, classify, translate and caption, in the browser and
 * in Node.
 *
 * ```js
 * import { load } from "inkling";
 * const model = await load("models/shakespeare.safetensors");
 * for await (const piece of model.generate("ROMEO:", { temperature: 0.8, seed: 1 })) show(piece);
 * const dates = await load("models/dates.safetensors");
 * for await (const piece of dates.translate("3 May 1979")) show(piece); // 1979-05-03
 * ```
 */

/** Bytes of the caller's own, of which a Blob, say, can be made. */
export type Bytes = ReturnType<Uint8ArrayConstructor["of"]>;

/**
 * Where a model's bytes come from. A string is a URL in the browser; in Node a URL or a file path.
 * `hf:owner/repository/file` and `gh:owner/repository/file`, each with `@revision` behind it where
 * that is not the latest, are files at Hugging Face and GitHub.
 */
export type Source = string | URL | Request | Response | Blob | ArrayBuffer | ArrayBufferView;

/** A file that is in memory. */
export interface NamedFile {
  name: string;
  bytes: Uint8Array;
}

/** Kernels that compute; "auto" takes the fastest that the engine has, which are named first. */
export type Kernel = "auto" | "relaxed" | "simd" | "scalar";

export interface LoadOptions {
  /**
   * Run in a worker, so that the page never waits. Default: in a browser true, unless no worker can
   * be started there, which one warning on the console then says; in Node false.
   */
  worker?: boolean;
  /** Which build of the kernels computes; all give the same text. Default "auto". */
  kernel?: Kernel;
  /**
   * Load the build that has beam search, a larger download. Models of other tasks than the
   * generator have it anyway. Default false.
   */
  beam?: boolean;
  /**
   * Load the build that looks inside, which is the one that has beam search: for Model.trace() and
   * units(), Session.trace(), state() and setState(). Default false.
   */
  trace?: boolean;
  /**
   * Load the build that trains, the largest, which does all that the others do: for
   * Model.saliency(). Default false.
   */
  saliency?: boolean;
  /**
   * Tokens in id order, for a file that carries none (straight from PyTorch). Of another program's
   * model also a map of tokens to ids or of ids to tokens, or the bytes of a file: JSON, a pickle,
   * a token a line with `\n` written out.
   */
  vocabulary?: string[] | Record<string, unknown> | ArrayBuffer | ArrayBufferView;
  /**
   * Of another program's model: the text that it was trained on, whose characters, sorted, are the
   * vocabulary.
   */
  vocabularyOf?: string;
  /**
   * Of another program's model: text is put in lower case before it is read. Default: of
   * `vocabularyOf` where it fits no other way.
   */
  lower?: boolean;
  /** Of another program's classifier: the names of its classes in id order. */
  labels?: string[];
  /**
   * Of another program's model: every token is predicted from so many last ones, read anew, 1 to
   * 4096, as in training; in place of what its files say. Without it only networks that cannot
   * carry a state from token to token are used so.
   */
  window?: number;
  /**
   * Keep a model that has an address in the browser's Cache API, and take it from there the next
   * time; see cache. Where nothing can be kept it is read as usual. Default false.
   */
  cache?: boolean;
  /** The file's digest, "sha256-…" (or 384, 512): another file is refused, with code "format". */
  integrity?: string;
  /** Where worker.js is, for a page whose policy forbids a worker of another origin. */
  workerURL?: string | URL;
  /** Where the .wasm files are: a folder, if it ends in "/", or the very file. */
  wasmURL?: string | URL;
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
  /** 0 is greedy; else 1e-6 to 100. Default 0.8, of what only looks 1, of a source 0. */
  temperature?: number;
  /** Only the k likeliest. Default 0: off. */
  topK?: number;
  /** The fewest tokens that reach this probability, (0,1]. Default 1: off. */
  topP?: number;
  /** Only tokens with at least this share of the likeliest's probability, [0,1]. Default 0: off. */
  minP?: number;
  /**
   * Never more than so many tokens in a row that the text of the model's counts has, at most 255.
   * For models with counts. Default 0: off.
   */
  maxCopy?: number;
}

/** One of the models that are mixed with another. */
export interface Mixed {
  /** A generator, which load() gave. It may be in another worker, and the same one again. */
  model: Model;
  /** Its share, 0 to 1; the first model has what is left. Default: as much as each of them. */
  weight?: number;
}

/** With what the next token is predicted, beside the model's own network. */
export interface PredictingOptions {
  /**
   * Of a model with counts: their weight, 0 to 1, in place of the file's own; see
   * ModelInfo.counts.
   */
  countsWeight?: number;
  /**
   * Further models that read the same text: p = Σ weight · p_model over all of them, in the
   * vocabulary of the first; docs/counts.md says what becomes of tokens that one of them lacks. The
   * first such call loads a larger build, and each model once more.
   */
  mix?: Mixed[];
}

/**
 * A picture: an ImageData, or any object like it. Three bytes a pixel are red, green and blue, of
 * four the last one is opacity, over white. 1 to 10,000 pixels each way, scaled to what the model
 * reads.
 */
export interface Picture {
  data: Uint8ClampedArray | Uint8Array;
  width: number;
  height: number;
}

/** What is written from: a translator's text, a captioner's picture. */
export type TextOrPicture = string | Picture;

export interface GenerateOptions extends SamplingOptions, PredictingOptions {
  /** Most tokens to write; of a beam at most 100000. Default 200. */
  length?: number;
  /**
   * Write so many texts at once: faster than one after another. Text i is what the seed `seed` + i
   * gives alone. With all prompts at most 4096.
   */
  samples?: number;
  /**
   * A whole number, 0 to 2^53-1; the same seed and options give the same text on every build.
   * Default 0.
   */
  seed?: number;
  /**
   * The text ends before the first of these; that of a model of items (names, say) also where one
   * ends.
   */
  stop?: string | string[];
  /**
   * Leave out characters that the model has never seen instead of failing. A model of words reads
   * unknown ones in lower case or with a capital, else as "<unk>", which it never writes; with this
   * it leaves them out.
   */
  skipUnknown?: boolean;
  /** Stops within one piece; the iterator then throws the signal's reason, as fetch does. */
  signal?: AbortSignal;
  /** Pieces are objects that carry their tokens with the log-probabilities. Default false. */
  logProbabilities?: boolean;
  /**
   * Search for the likeliest text with so many hypotheses, 1 to 16, in place of drawing one:
   * nothing of SamplingOptions and no seed goes with it. The text then comes as one piece, after a
   * search that nothing interrupts; with `samples`, at most `beam`, the best of them, best first.
   */
  beam?: number;
  /**
   * With `beam`: divides the log-probability of a text of n tokens by ((5 + n) / 6)^lengthPenalty,
   * 0 to 10 (Wu et al. 2016). Default 0, which favours short texts.
   */
  lengthPenalty?: number;
  /**
   * What a translator or a captioner writes from; the prompt then is how the text begins, mostly
   * "". Of several, as many prompts or one for all. The default temperature then is 0: greedy.
   */
  source?: TextOrPicture | TextOrPicture[];
  /** With a source: the tokens carry their attention, and come a piece each. Default false. */
  attention?: boolean;
}

/** A token that was written. */
export interface Token {
  token: string;
  /** Natural, under the model's own distribution: at temperature 1 with nothing cut. */
  logProbability: number;
  /**
   * With `attention`: how much this token looked at each position of the source, in all 1.
   * Positions are the tokens of a text, see Model.sourceTokens(); or the places of a picture, row
   * by row, as many rows as columns.
   */
  attention?: Float32Array;
}

/** What one of many texts goes on with. Text i is of prompt floor(i / samples). */
export interface Piece {
  index: number;
  /** Empty while all of it may be the beginning of a stop. */
  text: string;
  /**
   * With `logProbabilities`, `attention` or `beam`: the tokens written meanwhile, those of a stop
   * and of the model's end among them.
   */
  tokens?: Token[];
  /** With `beam`: see Hypothesis. */
  score?: number;
  logProbability?: number;
}

/** A whole text with its tokens. */
export interface Completion {
  text: string;
  tokens: Token[];
}

/** A text that beam search has found. */
export interface Hypothesis extends Completion {
  /** What the texts are ordered by: logProbability over the length penalty. */
  score: number;
  /** The sum over all tokens, those of a stop and of the model's end among them. */
  logProbability: number;
}

export type BeamOptions = Pick<
  GenerateOptions,
  | "beam"
  | "lengthPenalty"
  | "length"
  | "stop"
  | "skipUnknown"
  | "signal"
  | "attention"
  | keyof PredictingOptions
> & { source?: TextOrPicture };

type OfOne = { samples?: undefined; source?: TextOrPicture };
type OfMany = { samples: number } | { source: TextOrPicture[] };
type WithoutTokens = { logProbabilities?: false; attention?: false };
type WithTokens = { logProbabilities: true } | { attention: true };

/** Options with which one text is written, in pieces that are strings. */
export type PlainOptions = GenerateOptions & OfOne & WithoutTokens;

export interface ModelInfo {
  task: "generator" | "classifier" | "translator" | "captioner";
  level: "char" | "word";
  /** Other programs' models have more cells: "gru-before", "lstm-hard" … (docs/formats.md). */
  cell: "rnn" | "gru" | "lstm" | (string & {});
  /** Of another program's model: one sentence on what was read. */
  understood?: string;
  /** The build that computes: "scalar", "simd" or "relaxed". */
  kernel: string;
  layers: number;
  hidden: number;
  /** Width of the token embedding; 0 when the input is one-hot. */
  embed: number;
  /** The tokens in id order. */
  vocabulary: string[];
  /** Of a classifier: its classes. */
  labels?: string[];
  /**
   * Of a classifier: the longest runs of tokens in the bag beside its network; 0 where there is
   * none.
   */
  bag?: number;
  /**
   * Of a generator with counts of a text beside its network: the longest n-grams, how many of all
   * lengths there are, and the weight L in p = (1 - L) p_network + L p_counts.
   */
  counts?: { order: number; pairs: number; weight: number };
  /** How the file has the weights: "F32", "F16", "BF16", "I8" or, of four bits, "I4". */
  dtype: string;
  parameters: number;
  /** Size of the file. */
  bytes: number;
  /** The strings that the file carries: name, license, trained_on, … */
  metadata: Record<string, string>;
}

/** How a model would read a text. */
export interface Lacks {
  /** How many tokens it would read. */
  tokens: number;
  /** Those that it lacks and reads as what looks like them: ’ as ', Ａ as A, THE as the. */
  folded: number;
  /** Those that it lacks and nothing looks like: read as "<unk>" or left out, or an error. */
  unknown: number;
  /** One line for a person that names the first few of both; "" where there are none. */
  note: string;
}

export interface Evaluation {
  /** Mean cross-entropy per token, natural logarithm. */
  nats: number;
  bits: number;
  perplexity: number;
  /** How many tokens were predicted. */
  tokens: number;
  /** Of a model with counts: the nats of its network alone, and of its counts alone. */
  networkNats?: number;
  countsNats?: number;
}

export interface EvaluateOptions extends PredictingOptions {
  /** The state becomes zero every so many tokens. Default 0: never. */
  reset?: number;
  /**
   * Score the text without what the model has never seen, instead of failing, or of reading it as
   * "<unk>". The first such call loads a larger build.
   */
  skipUnknown?: boolean;
}

/** How a text is counted; what is not given is chosen by a part of it that is held out. */
export interface CountOptions {
  /** The longest n-grams, 1 to 8. */
  order?: number;
  /** The weight of the counts, 0 to 1, in the file. */
  weight?: number;
  /** Leave out what the text would miss by less than so many nats a token. Default 0: nothing. */
  prune?: number;
  /**
   * What chooses, of the same kind and not in the text, which then is counted whole. Default: the
   * last tenth of the text.
   */
  heldOut?: string;
}

/** A class of a classifier. */
export interface Class {
  label: string;
  probability: number;
}

/**
 * One of the tokens that may come next; of words "<unk>" is among them, with a probability of 0. Of
 * a classifier one of the classes: its label stands in place of a token.
 */
export interface Candidate {
  token: string;
  /** Under the sampling options: after temperature and cuts. */
  probability: number;
  /** The model's own, at temperature 1 with nothing cut. */
  modelProbability: number;
  /** Of a model with counts: what its network says alone, and what its counts say alone. */
  networkProbability?: number;
  countsProbability?: number;
}

export interface TraceOptions {
  /** With the gates. Default false. */
  gates?: boolean;
  /** With the logits. Default false. */
  logits?: boolean;
  /**
   * With the logits that each layer's hidden state would give. Default false. Refused, with code
   * "argument", where the read-out reads more than the last layer's.
   */
  layerLogits?: boolean;
  /** As in GenerateOptions. */
  skipUnknown?: boolean;
}

/**
 * What a text does to a network: of T tokens, L layers and H units a layer. The value of token t,
 * layer l and unit u lies at (t · L + l) · H + u of hidden, cell and every gate, and is the very
 * number that the step computed.
 */
export interface Trace {
  /** The T tokens as they were read. */
  tokens: string[];
  /** L. */
  layers: number;
  /** H. */
  units: number;
  /** [T × L × H]: the hidden state after each token. */
  hidden: Float32Array;
  /** [T × L × H]: the cell state after each token, of an LSTM. */
  cell?: Float32Array;
  /**
   * With `gates`: [T × L × H] each, activated, as each token was read with them. Of an LSTM
   * "input", "forget", "candidate" and "output"; of a GRU "reset", "update", which keeps the old
   * state where it is 1, and "candidate". {} of cells that have no gate.
   */
  gates?: Record<string, Float32Array>;
  /**
   * With `logits`: [T × V], what the read-out says after each token of the one that comes next, V
   * being the vocabulary. Of a model with counts the logarithms of the mixture's probabilities.
   */
  logits?: Float32Array;
  /**
   * With `layerLogits`: [T × L × V], what the read-out says of each layer's hidden state as if it
   * were the last one's (the "logit lens"); of the last layer the network's own logits. Counts are
   * left out.
   */
  layerLogits?: Float32Array;
  /**
   * [T]: -ln of the probability of each token given those before it, under the model's own
   * distribution, counts included. NaN of a token with nothing before it.
   */
  nats: Float32Array;
}

/**
 * What units may go with: a pattern by its name, or a number or true or false for each token that
 * the text is read as. "quotes": between double quotes; "brackets": how deep in brackets; "line
 * length": tokens since the line began; "word": a letter; "capital next" and "space next": what the
 * next token is.
 */
export type Pattern =
  | "quotes"
  | "brackets"
  | "line length"
  | "word"
  | "capital next"
  | "space next"
  | ArrayLike<number | boolean>;

/** How a unit goes with a pattern. */
export interface FoundUnit {
  layer: number;
  unit: number;
  /** Which of its states: an LSTM's units have two. */
  state: "hidden" | "cell";
  /** Pearson's, of that state after each token with the pattern there; -1 to 1. */
  correlation: number;
  /** The unit's mean where the pattern is above its own mean, and elsewhere. */
  on: number;
  off: number;
}

/** The units of a state, [L × H]: unit u of layer l lies at l · H + u. */
export interface UnitsState {
  hidden?: ArrayLike<number>;
  /** Of an LSTM. */
  cell?: ArrayLike<number>;
}

/** A network in the middle of a text. */
export interface Session {
  /** Reads a text. A model of words takes the end of it for the end of a word. */
  feed(text: string, options?: { skipUnknown?: boolean }): Promise<void>;
  /**
   * Of a translator or captioner: into the state that a source leaves, with nothing written yet.
   * Forks share it.
   */
  start(source: TextOrPicture, options?: { skipUnknown?: boolean }): Promise<void>;
  /** How much the next token looks at each position of the source, see Token; null without one. */
  attention(): Promise<Float32Array | null>;
  /**
   * The `count` likeliest next tokens (default all), likeliest first by the model's own
   * probability. A weight of the counts holds from then on.
   */
  distribution(
    options?: SamplingOptions & { count?: number; countsWeight?: number },
  ): Promise<Candidate[]>;
  /**
   * Draws the next token, reads it, and returns it, a word without white space. A seed starts the
   * random numbers over; a weight of the counts holds from then on.
   */
  sample(options?: SamplingOptions & { seed?: number; countsWeight?: number }): Promise<string>;
  /**
   * Reads a text as feed() does, and tells what it did to the network. It needs a model loaded with
   * { trace: true }, as state() and setState() do.
   */
  trace(text: string, options?: TraceOptions): Promise<Trace>;
  /** All units, as they are now. */
  state(): Promise<{ hidden: Float32Array; cell?: Float32Array }>;
  /**
   * Writes all units of the hidden state, of the cell state, or of both: what is written next goes
   * on from there. Finite numbers only.
   */
  setState(state: UnitsState): Promise<void>;
  /** An independent copy in the same state. */
  fork(): Promise<Session>;
  /**
   * The state as bytes, for `restore` in any session of the same model; of a translator or
   * captioner in one that was started from the same source, which is not among them.
   */
  save(): Promise<Bytes>;
  restore(state: Uint8Array): Promise<void>;
  /** Back to before the first token; the source stays. */
  reset(): Promise<void>;
  free(): void;
}

type FromSource<Options> = Omit<Options, "source">;

/** generate() from a source, or from several; Model.generate says what it gives. */
export interface WritesFrom<Given> {
  (source: Given, options?: FromSource<PlainOptions>): AsyncIterableIterator<string>;
  (source: Given[], options?: FromSource<GenerateOptions>): AsyncIterableIterator<Piece>;
  (
    source: Given,
    options: FromSource<GenerateOptions> & ({ samples: number } | WithTokens),
  ): AsyncIterableIterator<Piece>;
  (
    source: Given | Given[],
    options?: FromSource<GenerateOptions>,
  ): AsyncIterableIterator<string> | AsyncIterableIterator<Piece>;
}

export interface Model {
  readonly info: ModelInfo;
  /**
   * Writes on after `prompt`, in pieces of whole characters, never the prompt itself. Leaving the
   * loop early ends the work. Any number of generations may run on one model at once.
   */
  generate(prompt: string, options?: PlainOptions): AsyncIterableIterator<string>;
  /** Several prompts, or several samples of each, written side by side; or one with its tokens. */
  generate(prompt: string[], options?: GenerateOptions): AsyncIterableIterator<Piece>;
  generate(
    prompt: string,
    options: GenerateOptions & (OfMany | WithTokens),
  ): AsyncIterableIterator<Piece>;
  /** Either, where the types do not tell which. */
  generate(
    prompt: string | string[],
    options?: GenerateOptions,
  ): AsyncIterableIterator<string> | AsyncIterableIterator<Piece>;
  /** The same text as one string; of several, an array of them. */
  complete(prompt: string, options?: PlainOptions): Promise<string>;
  complete(prompt: string[], options?: GenerateOptions & WithoutTokens): Promise<string[]>;
  complete(prompt: string, options: GenerateOptions & OfMany & WithoutTokens): Promise<string[]>;
  /** With `logProbabilities` or `attention` of a text also its tokens. */
  complete(prompt: string, options: GenerateOptions & OfOne & WithTokens): Promise<Completion>;
  complete(prompt: string[], options: GenerateOptions & WithTokens): Promise<Completion[]>;
  complete(prompt: string, options: GenerateOptions & OfMany & WithTokens): Promise<Completion[]>;
  /** One of these, where the types do not tell which. */
  complete(
    prompt: string | string[],
    options?: GenerateOptions,
  ): Promise<string | string[] | Completion | Completion[]>;
  /** The likeliest texts after `prompt`, at most `beam` (default 4) of them, best first. */
  beam(prompt: string, options?: BeamOptions): Promise<Hypothesis[]>;
  /**
   * Of a translator: generate() with the text as the source, from nothing written. The whole
   * translation:
   *
   * ```js
   * await model.complete("", { source: "3 May 1979", beam: 4 }); // "1979-05-03"
   * ```
   */
  translate: WritesFrom<string>;
  /** Of a captioner: the same with a picture. */
  caption: WritesFrom<Picture>;
  /**
   * Of a classifier: all its classes, likeliest first. Characters that it has never seen are left
   * out, as `lacks()` tells; a text of which nothing is left is an error of code "text". A session
   * gives the same after every character, with nothing read twice:
   *
   * ```js
   * await session.feed("K");
   * const [{ token: label, probability }] = await session.distribution();
   * ```
   */
  classify(text: string): Promise<Class[]>;
  /** Of a translator: the tokens as which it reads a text, the positions that attention is over. */
  sourceTokens(text: string, options?: { skipUnknown?: boolean }): Promise<string[]>;
  /** How the model would read a text: what it lacks of it. */
  lacks(text: string): Promise<Lacks>;
  /** Of a generator: how well the model predicts a text. */
  evaluate(text: string, options?: EvaluateOptions): Promise<Evaluation>;
  /**
   * Of a generator: the file of this model with counts of a text beside its network, in place of
   * any that it had. It then writes in that text's manner at once, without training:
   *
   * ```js
   * const mine = await load(await model.count(text, { order: 6, weight: 0.5 }));
   * ```
   *
   * The first such call loads a larger build. A text with no character that the model knows gives
   * code "text".
   */
  count(text: string, options?: CountOptions): Promise<Bytes>;
  /**
   * Of a generator loaded with { trace: true }: what a text does to every unit, token by token. A
   * trace of more than 256 MB is refused, with code "memory".
   *
   * ```js
   * const { tokens, units, hidden } = await model.trace(text);
   * tokens.map((token, t) => [token, hidden[t * units + 7]]); // unit 7 of a network of one layer
   * ```
   */
  trace(text: string, options?: TraceOptions): Promise<Trace>;
  /**
   * Of a generator loaded with { saliency: true }: what each token before token `place` of the text
   * has to do with that one: (d ln p / d x) · x, of the token's probability p and of what the
   * network reads for each, its embedding or one-hot row x. Positive where it spoke for it.
   * The counts of a model are left out: they have no gradient.
   */
  saliency(text: string, place: number, options?: { skipUnknown?: boolean }): Promise<Float32Array>;
  /**
   * Of a generator loaded with { trace: true }: all its units, by their hidden and by their cell
   * state, those first that go most with a pattern over the text, for or against it. A trace of the
   * text, if there is one, does in place of it. A pattern that is the same at every token is
   * refused, with code "text".
   */
  units(
    text: string | Trace,
    pattern: Pattern,
    options?: { skipUnknown?: boolean },
  ): Promise<FoundUnit[]>;
  session(options?: PredictingOptions): Promise<Session>;
  /** Gives the memory back. Whatever of the model is still in use then fails with code "freed". */
  free(): void;
}

/**
 * Opens a model file (.safetensors), or that of another program: Keras, PyTorch, ml5 and more. What
 * lies beside such a file (its other parts, its vocabulary) is given with it in an array; of an
 * address or a path the parts are fetched from there.
 *
 * ```js
 * const model = await load([h5, vocabularyJSON]); // Files
 * model.info.understood; // Keras 2.2.4, LSTM 1×120 with hard sigmoid, …
 * ```
 */
export function load(
  source: Source | (Source | NamedFile)[],
  options?: LoadOptions,
): Promise<Model>;

/** A model that load(…, { cache: true }) has kept. */
export interface CachedModel {
  url: string;
  bytes: number;
}

/** The models that are kept in this browser, for this site. */
export const cache: {
  list(): Promise<CachedModel[]>;
  /** Forgets one of them, or all; gives how many there were. */
  clear(url?: string | URL): Promise<number>;
};

export interface PageOptions extends SamplingOptions {
  /** Default: the model's name. */
  title?: string;
  /** How the page starts; its reader may change prompt and temperature. */
  prompt?: string;
  /** Default 400. */
  length?: number;
  /** Of the first text; every further one has the next. Default 1. */
  seed?: number;
  /** Texts written at once, a line each. Default 1. */
  samples?: number;
  countsWeight?: number;
}

/**
 * One HTML file, as a string, that holds the model and opens by double click, without a network: a
 * field for the prompt, the text, and what else might have come next. It writes at once, of a
 * classifier or translator if there is a prompt.
 */
export function exportPage(source: Source, options?: PageOptions): Promise<string>;

/**
 * A generator as an ONNX file, its vocabulary among the metadata. It reads `id` [steps, batch] of
 * int32 and the states `h0`, `h1` … and of an LSTM `c0`, `c1` … [1, batch, hidden], which begin as
 * zeros, and gives `logits` [steps, batch, tokens] and the states after them, `h0_next` …
 * Weights become 32-bit floats. A model that ONNX has no operator for is refused by what it is.
 */
export function exportOnnx(source: Source): Promise<Bytes>;

/**
 * How to train: the options that the command line has, in camel case. Sizes, rates and lengths that
 * are not given are chosen for the text; `run.info()` has what was chosen in its metadata. Counts
 * beside a network, which the command can make in the same go, are Model.count() here.
 */
export interface TrainOptions {
  /**
   * What the text is to be says train(). Default: "captioner" with pictures, "classifier" or
   * "translator" for lines with a tab each, else "generator".
   */
  task?: "generator" | "classifier" | "translator" | "captioner";
  /** Of a captioner: the bytes of binary PPM files ("P6"), one after another, all of one size. */
  pictures?: ArrayBuffer | ArrayBufferView;
  /**
   * The bytes of a generator: training starts from what it has learnt, also for a text with other
   * characters, beside which a generator keeps its own. Its cell and sizes are the default.
   */
  from?: ArrayBuffer | ArrayBufferView;
  /**
   * What a token is: a character, or a word, a punctuation mark or a line break. By itself "word"
   * for a translator's pairs that are sentences, 2,000 and more, and for captions of two words and
   * more on average, else "char".
   */
  level?: "char" | "word";
  /**
   * Of words: those that occur less often in the text are read as "<unk>"; 1 keeps all.
   */
  minCount?: number;
  /** Of words: only so many, the most frequent, are kept. Default 0: no limit. */
  maxVocabulary?: number;
  /** Of a classifier of words: capitals are read as small letters. Default false. */
  lowerCase?: boolean;
  cell?: "rnn" | "gru" | "lstm";
  /** Units a layer. */
  hidden?: number;
  layers?: number;
  /** Width of the token embedding; 0 feeds one-hot vectors. */
  embed?: number;
  /** The read-out's matrix is the embedding; `embed` then is as wide as a layer. Default false. */
  tied?: boolean;
  /**
   * Of a classifier, 0 to 8: beside the network naive Bayes counts runs of 1 to so many tokens and,
   * from 2 on, of characters whole words too. The classes' logits are the mean of both, weighed as
   * is best for what is held out; 0: it does not.
   */
  bag?: number;
  /** Parallel streams of text. */
  batch?: number;
  /** The training window: tokens a stream per step. */
  nchars?: number;
  /** Windows grow from so many tokens to `nchars` over the first half. Default 0: they do not. */
  ncharsStart?: number;
  /** Every window starts from the zero state. Default false. */
  resetState?: boolean;
  /** Updates in all; else `epochs`. */
  steps?: number;
  /** Passes over the training text. */
  epochs?: number;
  /**
   * In place of steps and epochs: the time to train, from which the size of the network and the
   * steps follow by the speed of this machine. Where that changes on the way, so do the steps; the
   * model's metadata then has `replan`.
   */
  minutes?: number;
  /** Repeats a run for a time whose steps have changed, with its `steps` and its `replan`. */
  replan?: string;
  /** The highest one, of AdamW. */
  learningRate?: number;
  /** How the learning rate falls after the warm-up. Default "cosine". */
  schedule?: "cosine" | "constant";
  /** What is left of it at the end of a cosine, 0 to 1. Default 0.01. */
  finalFraction?: number;
  /** Steps over which it grows at first. Default 20. */
  warmup?: number;
  /** Of AdamW's averages of gradients and of their squares. Defaults 0.9 and 0.99. */
  beta1?: number;
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
  /** Default 0.01. */
  weightDecay?: number;
  /** The largest norm of the gradients; 0: any. Default 1. */
  clip?: number;
  dropout?: number;
  /** Dropout is the same for a whole window. */
  variational?: boolean;
  /** Dropout of whole tokens, 0 to 0.99. Default 0. */
  embedDropout?: number;
  /** Dropout of recurrent weights, 0 to 0.99. */
  weightDrop?: number;
  /** How slowly the running average of the weights moves, which is what is kept; 0: no average. */
  average?: number;
  /** 4: for weights of four bits, as which they are written. Default 32. */
  bits?: 4 | 32;
  /** The share of the text, at its end, that is held out. */
  validation?: number;
  /** Steps between validations; 0 is once an epoch. */
  validateEvery?: number;
  /** Training ends after so many validations in a row without a better loss; 0: never early. */
  patience?: number;
  /**
   * Every line is an item; they are shuffled, and a generation ends with its item. Default: whether
   * the text looks like a list, which the model's metadata then says (`read_as`).
   */
  lines?: boolean;
  /** Of a captioner: pixels each way to which pictures are scaled, 8 or more. Default 32. */
  picture?: number;
  /** Of a captioner: convolutions. Default 4. */
  blocks?: number;
  /** Of a captioner: channels of the first block. Default 32. */
  channels?: number;
  /** To vary pictures in training: moved by up to so many pixels, at most 8. Default 0. */
  shift?: number;
  /** To vary pictures in training: half of them mirrored. Default false. */
  flip?: boolean;
  /** To vary pictures in training: contrast changed by up to this share. Default 0. */
  contrast?: number;
  /** To vary pictures in training: brightness changed by up to this much. Default 0. */
  brightness?: number;
  seed?: number;

  /** As for load(). */
  worker?: boolean;
  workerURL?: string | URL;
  wasmURL?: string | URL;
  /**
   * Split every batch among so many workers. The result depends on the number, not on timing, and
   * the file's metadata has it as `workers`. Default: in a worker the cores but one, four at most,
   * each with four streams of the batch or more; else 1.
   */
  workers?: number;
  /**
   * Which build trains. Default "auto". Relaxed SIMD fuses multiplying and adding in training, so
   * what a run learns differs in rounding; the file's metadata says with which `kernels` it was
   * trained.
   */
  kernel?: Kernel;
  /**
   * The bytes of a checkpoint: goes on exactly where that run was, with the same text. Of the
   * options only `steps` and `epochs` may differ from the checkpoint's.
   */
  resume?: ArrayBuffer | ArrayBufferView;
  /** Ends the run; the loop then throws the signal's reason. */
  signal?: AbortSignal;
  /**
   * Seconds between samples. They come with the first step as well, and with every validation or,
   * where nothing is held out, every tenth of the run; 0: with validations only. Default 10.
   */
  sampleEvery?: number;
  /** Default 0.8. */
  sampleTemperature?: number;
  /** Tokens. Default 200. */
  sampleLength?: number;
  /** For the model file's metadata. */
  name?: string;
  license?: string;
  trainedOn?: string;
}

/** What a step ended with. Losses are in nats per token. */
export interface Progress {
  /** Updates made, and in all. */
  step: number;
  steps: number;
  /** Passes over the training text, with fractions. */
  epoch: number;
  /** Mean over the window just trained. */
  loss: number;
  /** At the last validation, and the lowest so far; null before the first. */
  validationLoss: number | null;
  bestLoss: number | null;
  learningRate: number;
  gradientNorm: number;
  /** Over about the last two seconds, pauses left out. */
  tokensPerSecond: number;
  /**
   * What the present weights write, when a sample was due: of a translator from the last lines'
   * texts, "source → translation" a line; of a captioner from the last picture; of a classifier
   * nothing.
   */
  sample?: string;
}

/** What is trained. */
export interface RunInfo extends ModelInfo {
  /** Of the text, what a person should know: columns that no task reads. */
  note?: string;
}

/**
 * A training run. It makes a step whenever its loop asks for one, and is at that step while the
 * body of the loop runs. Leaving the loop stops it; `model`, `save` and `checkpoint` work on
 * afterwards.
 */
export interface Training extends AsyncIterableIterator<Progress> {
  /** What is trained, once the text has been read. */
  info(): Promise<RunInfo>;
  /** No step is made until resume(). */
  pause(): void;
  resume(): void;
  /** Ends the run after the step under way; the loop then ends. */
  stop(): void;
  /**
   * A model that writes while training goes on: of the best weights by validation (the present ones
   * before the first), or with `best: false` of the present ones.
   */
  model(options?: LoadOptions & { best?: boolean }): Promise<Model>;
  /** The same as the bytes of a .safetensors file. */
  save(options?: { best?: boolean }): Promise<Bytes>;
  /**
   * What a table of counts, without a network, loses on the same held-out text: the n-gram of this
   * order, 1 to 8, or the best of them (0, the default). Only while the run lasts.
   */
  ngram(options?: { order?: number }): Promise<Evaluation & { order: number }>;
  /** Everything that the run is, for `resume`. */
  checkpoint(): Promise<Bytes>;
}

/**
 * Trains a network on a text, or on its UTF-8 bytes: to go on writing it; or, by `task`, on lines
 * with a tab between a label and a text to classify, or between a text and its translation; or on a
 * caption a line for as many pictures. What is wrong with text or options is thrown by
 * the loop; with code "diverged" when the loss runs away, after which `model` gives the last good
 * weights.
 *
 * ```js
 * const run = train(text, { cell: "gru", hidden: 128, epochs: 10 });
 * for await (const { step, loss, sample } of run) if (sample) show(step, loss, sample);
 * const model = await run.model();
 * ```
 */
export function train(
  text: string | ArrayBuffer | ArrayBufferView,
  options?: TrainOptions,
): Training;

/**
 * - `memory`: there is not enough.
 * - `argument`: an option or argument is unknown, of the wrong type or out of its range.
 * - `format`: the file is not a model, a damaged one, or not the one that `integrity` names; or the
 *   state is not one of this model's.
 * - `vocabulary`: there is none, it does not fit, or the text has a character outside of it.
 * - `text`: there is too little of it.
 * - `diverged`: in training the loss has run away; lower the learning rate.
 * - `network`: the source, a file included, could not be read, or the core or its worker not
 *   started.
 * - `freed`: what was used has been freed, or its worker has ended.
 */
export type ErrorCode =
  "memory" | "argument" | "format" | "vocabulary" | "text" | "diverged" | "network" | "freed";

/** What went wrong, for a program (`code`) and for a person (`message`, one line). */
export class InklingError extends Error {
  constructor(code: ErrorCode, message: string, options?: ErrorOptions);
  readonly code: ErrorCode;
}

/** The package's version. */
export const version: string;
