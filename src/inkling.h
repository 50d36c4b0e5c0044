/*
 * Inkling: small recurrent text generators, trained and run by one C library.
 *
 * This header, with inkling_inside.h and inkling_train.h, which it includes, is what a C program,
 * and the WebAssembly boundary, use. Beside it stand inkling_text.h, of how texts are read, and
 * inkling_scores.h, of n-grams and the scores of each task.
 *
 * Conventions
 *   - Every function that can fail returns an ink_status and takes, last, a nullable ink_error that
 *     receives the same status and one line for a person. A failed call leaves its object usable.
 *   - Handles are opaque. `_new` and `_load` are paired with `_free`; `_free(NULL)` does nothing.
 *   - Nothing here prints, exits, asks the clock or keeps a global. Two handles never share mutable
 *     state, so each may be used by its own thread; one handle is for one thread at a time.
 *   - Text is UTF-8 with an explicit size in bytes; it needs no NUL.
 *   - Structs that callers fill hold 4-byte members only, so that a caller on the other side of a
 *     WebAssembly boundary can write them as an array in the order of declaration.
 */
#ifndef INKLING_H
#define INKLING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status ---------------------------------------------------------------------------------- */

typedef enum ink_status {
  INK_OK = 0,
  INK_ERROR_MEMORY,     /* an allocation failed */
  INK_ERROR_ARGUMENT,   /* an option or argument is out of its range */
  INK_ERROR_FORMAT,     /* bytes that are not a model or a state, or a damaged one */
  INK_ERROR_VOCABULARY, /* no vocabulary, one that does not fit, or a character outside of it */
  INK_ERROR_TEXT,       /* text that is not UTF-8, or too little of it */
  INK_ERROR_DIVERGED    /* training: the loss is not finite, or far above that of guessing */
} ink_status;

typedef struct ink_error {
  ink_status status;
  char message[256]; /* one line of UTF-8, NUL-terminated, naming what was wrong with what */
} ink_error;

/* "ok", "memory", "argument", "format", "vocabulary", "text", "diverged"; never NULL. */
const char *ink_status_name(ink_status status);

/* The library's version, "MAJOR.MINOR.PATCH". */
const char *ink_version(void);

/* Memory for callers without malloc of their own, as JavaScript is. NULL when there is none. */
void *ink_allocate(size_t bytes);
void ink_release(void *memory);

/* What a network does: what fills its state, and what reads it. */
typedef enum ink_task {
  INK_TASK_GENERATOR = 0, /* a text, and on it goes */
  INK_TASK_CLASSIFIER,    /* a text -> one of a few classes */
  INK_TASK_TRANSLATOR,    /* a text -> another text */
  INK_TASK_CAPTIONER      /* a picture -> a text */
} ink_task;

/* ---- Model ----------------------------------------------------------------------------------- */

/* A network with its vocabulary, ready to generate. Immutable once loaded: any number of sessions
 * may read one model at the same time. */
typedef struct ink_model ink_model;

/* Which build of the kernels computes. Every one of them gives the same bits. */
typedef enum ink_kernel {
  INK_KERNEL_AUTO = 0, /* the fastest that this machine and this build have */
  INK_KERNEL_SCALAR,
  INK_KERNEL_SIMD,  /* four lanes: SSE2, NEON, WebAssembly SIMD */
  INK_KERNEL_AVX2,  /* eight lanes */
  INK_KERNEL_AVX512 /* sixteen lanes: AVX-512 with F, BW, DQ and VL */
} ink_kernel;

/* Reads a model from the bytes of a safetensors file; they are copied, the caller keeps them.
 *
 * Tensors are named as PyTorch's state_dict names them: rnn.weight_ih_l0 [G*H,in],
 * rnn.weight_hh_l0 [G*H,H], rnn.bias_ih_l0 and rnn.bias_hh_l0 [G*H], the same with _l1 and on;
 * fc.weight [V,H], fc.bias [V]; and embedding.weight [V,E] unless the input is one-hot. G, the
 * number of gates, tells the cell: 1 rnn, 3 gru, 4 lstm, unless the metadata's `cell` names one of
 * another program (docs/formats.md). Biases may be absent. F32, F16 and BF16; and I8 for a matrix
 * that comes with <name>.scale, F32 [rows], which its rows are multiplied by; and U8
 * [rows,columns/2] for one of four bits that comes with <name>.groups, U8 [rows,columns/32], as
 * well.
 *
 * `vocabulary` is the tokens in id order, UTF-8, each ended by a NUL byte. NULL takes the file's
 * own `vocab` tensor. A file without one needs it; it replaces the file's own.
 *
 * INK_ERROR_FORMAT names the tensor that is missing, damaged or misshapen, or not finite. */
ink_status ink_model_load(const uint8_t *bytes, size_t size, const char *vocabulary,
                          size_t vocabulary_size, ink_kernel kernel, ink_model **model,
                          ink_error *error);
void ink_model_free(ink_model *model);

/* What a model is. Strings belong to the model. */
typedef struct ink_info {
  const char *task;  /* "generator", "classifier", "translator" or "captioner" */
  const char *level; /* "char" or "word": what a token is */
  /* "rnn", "gru" or "lstm"; or another program's, as "gru-before" (docs/formats.md has them all);
   * "ngram" of ink_ngram_model() */
  const char *cell;
  const char *kernel; /* the build that computes: "scalar", "simd", "avx2" or "avx512" */
  uint32_t layers;
  uint32_t hidden;
  uint32_t embed; /* 0 when the input is one-hot */
  uint32_t vocabulary;
  uint32_t classes; /* of a classifier, else 0 */
  /* of a classifier: the longest runs of tokens in the bag beside its network (see
   * ink_train_options); 0 where there is none */
  uint32_t bag;
  /* the longest n-grams in the counts beside the network, 0 where there are none, and their weight:
   * see ink_count() */
  uint32_t counts;
  float counts_weight;
  /* how the file has the weights: "F32", "F16", "BF16", "I8" or "I4"; an n-gram "none" */
  const char *dtype;
  uint64_t parameters;
  uint64_t bytes; /* of the file it was loaded from */
} ink_info;
void ink_model_info(const ink_model *model, ink_info *info);

/* The same as one JSON object, with the file's metadata under "metadata". NUL-terminated; belongs
 * to the model. */
const char *ink_model_info_json(const ink_model *model);

/* The string of metadata under `key`, or NULL. Belongs to the model. */
const char *ink_model_metadata(const ink_model *model, const char *key);

/* Token `id` as NUL-terminated UTF-8, or NULL when id >= ink_info.vocabulary. */
const char *ink_model_token(const ink_model *model, uint32_t id);

/* The name of class `id` of a classifier, whose sessions' logits and probabilities are of classes;
 * NULL when id >= ink_info.classes. */
const char *ink_model_label(const ink_model *model, uint32_t id);

/* How the matrices of a model file are stored. */
typedef enum ink_weights {
  INK_WEIGHTS_INT8 =
      0,           /* I8 with one scale a row: a quarter of the bytes, and the faster products */
  INK_WEIGHTS_F16, /* half of the bytes; computed in f32 */
  INK_WEIGHTS_INT4 /* four bits in groups of 32, an eighth of the bytes; computed as I8. Matrices
                    * whose columns are no multiple of 32, or for which it is too few, are I8 */
} ink_weights;

/* The same model with its matrices stored so: the bytes of a safetensors file, which the caller
 * releases with ink_release(). Biases, vocabulary and metadata stay as they are. INK_ERROR_FORMAT
 * as in ink_model_load(), and when the model has int8 weights already. Not in the WebAssembly build
 * that only generates. */
ink_status ink_quantize(const uint8_t *bytes, size_t size, ink_weights weights, uint8_t **file,
                        size_t *file_size, ink_error *error);

/* How a model reads a text. 4-byte members, but for the note. */
typedef struct ink_lacks {
  uint32_t tokens; /* that it reads of it */
  uint32_t folded; /* those that it lacks, read as what looks like them: ’ as ', Ａ as A */
  uint32_t
      unknown; /* those that it lacks and nothing looks like: "<unk>", or left out, or an error */
  char note
      [244]; /* one line for a person that names the first few of both; "" when there are none, or
              * only words that were read in another case */
} ink_lacks;

/* Tells how ink_session_feed(), or of a translator ink_source_text(), would read a text.
 * INK_ERROR_TEXT: not UTF-8. */
ink_status ink_model_lacks(const ink_model *model, const char *text, size_t bytes, ink_lacks *lacks,
                           ink_error *error);

/* ---- Sampling -------------------------------------------------------------------------------- */

/* How the next token is drawn. Applied in this order; the values of ink_sampling_default() do
 * nothing but temperature 1. */
typedef struct ink_sampling {
  /* >= 1; 1 is off. The logit of a token among the recent ones is divided by it when positive,
   * multiplied when negative (Keskar et al. 2019) */
  float repetition_penalty;
  uint32_t repetition_window; /* how many recent tokens that looks at, at most 256 */
  float temperature;          /* 0 is greedy, else 1e-6 to 100; logits are divided by it */
  uint32_t top_k;             /* only the k likeliest; 0 is off */
  /* (0,1]: the fewest tokens that reach this probability; 1 is off (Holtzman et al. 2020) */
  float top_p;
  /* [0,1]: only tokens with at least min_p times the likeliest's probability; 0 is off */
  float min_p;
  /* to 255; 0 is off: never more than so many tokens in a row that the text of the model's counts
   * has, so far as the counts know: longer runs count as the text's when all their n-grams of the
   * counts' order are. For models with counts, none of which were left out */
  uint32_t max_copy;
} ink_sampling;
void ink_sampling_default(ink_sampling *sampling);

/* INK_ERROR_ARGUMENT names the member that is out of its range. */
ink_status ink_sampling_check(const ink_sampling *sampling, ink_error *error);

/* Sets a member by its name as on the command line ("top-k"), for callers who know the options by
 * name only. INK_ERROR_ARGUMENT: there is none of this name, or the value is out of its range. */
ink_status ink_sampling_set(ink_sampling *sampling, const char *name, double value,
                            ink_error *error);
size_t ink_sampling_size(void); /* sizeof(ink_sampling) */

/* The index into probabilities [count] at which the running sum first exceeds `uniform`, a number
 * in [0,1). Zero probabilities are never picked. */
uint32_t ink_pick(const float *probabilities, uint32_t count, double uniform);

/* ---- Session: a network in the middle of a text ---------------------------------------------- */

/* The hidden state of one stream, the logits of what may come next, the recent tokens, and a random
 * number generator: PCG32 (O'Neill 2014, pcg-random.org). Borrows its model, which must outlive
 * it. */
typedef struct ink_session ink_session;

ink_status ink_session_new(const ink_model *model, ink_session **session, ink_error *error);
void ink_session_free(ink_session *session);

/* An independent copy, which goes on from the same state with the same random numbers. */
ink_status ink_session_fork(const ink_session *session, ink_session **fork, ink_error *error);

/* Back to the zero state, with no text read; the random numbers go on. */
void ink_session_reset(ink_session *session);

/* Starts the random numbers over. A new session has seed 0. */
void ink_session_seed(ink_session *session, uint64_t seed);

/* Reads a text. A fresh session of a model whose metadata has `start` reads that first. A text with
 * characters outside the vocabulary gives INK_ERROR_VOCABULARY, names them and changes nothing,
 * unless skip_unknown is not 0: then they are left out.
 *
 * What the vocabulary lacks is first read as what it has and looks like it: another kind of quote,
 * dash or space, the other case; ink_model_lacks() tells. A byte order mark and CR are read so,
 * too.
 *
 * A model of words reads the words of the text (text/words.h says what they are) and never fails
 * for an unknown one: it is read as "<unk>", else left out; with skip_unknown it is left out at
 * once. Punctuation is left out where the vocabulary has none. A text that ends within a word has
 * its beginning for a word: feed whole ones. */
ink_status ink_session_feed(ink_session *session, const char *text, size_t bytes, int skip_unknown,
                            ink_error *error);

/* Reads one token. INK_ERROR_ARGUMENT when id is outside the vocabulary. */
ink_status ink_session_feed_token(ink_session *session, uint32_t id, ink_error *error);

/* The logits [vocabulary] of the next token, "<unk>" included. A session that has read nothing
 * first reads the metadata's `start`, else a line break, else token 0; but a classifier's reads
 * nothing. Valid until the session is used again. */
const float *ink_session_logits(ink_session *session);

/* The probabilities [vocabulary] of the next token under `sampling`; NULL is the model's own
 * (softmax of the logits). They sum to 1 up to rounding. "<unk>" of a model of words is never
 * drawn: its probability is 0, as if its logit were minus infinity. Valid until the session is used
 * again. */
ink_status ink_session_distribution(ink_session *session, const ink_sampling *sampling,
                                    const float **probabilities, ink_error *error);

/* Draws the next token, reads it, and stores its id. `sampling` NULL is the model's own
 * distribution. */
ink_status ink_session_sample(ink_session *session, const ink_sampling *sampling, uint32_t *id,
                              ink_error *error);

/* A session as bytes: exactly ink_session_state_size() of them, which restore in any session of the
 * same model, on any build (little-endian). A failed restore changes nothing. */
size_t ink_session_state_size(const ink_session *session);
void ink_session_save(const ink_session *session, uint8_t *bytes);
ink_status ink_session_restore(ink_session *session, const uint8_t *bytes, size_t size,
                               ink_error *error);

/* ---- Source: what a translator or captioner writes from -------------------------------------- */

/* A text or a picture as the model's encoder left it. Immutable: any number of sessions may write
 * from it. Borrows its model, which must outlive it. */
typedef struct ink_source ink_source;

/* Encodes a text, for a translator. Where the metadata has `source_begins`, as of one that has
 * learnt from sentences, a small first letter is read as a capital. INK_ERROR_TEXT when it has no
 * token, else as ink_session_feed(); INK_ERROR_ARGUMENT when the model is of another task. */
ink_status ink_source_text(const ink_model *model, const char *text, size_t bytes, int skip_unknown,
                           ink_source **source, ink_error *error);

/* Encodes a picture, for a captioner: pixels [height][width][channels], where 3 channels are red,
 * green and blue and a fourth is opacity, over white; 1 to 10000 pixels each way, which are scaled
 * to the size that the model reads. INK_ERROR_ARGUMENT when they are other than that, or the model
 * is of another task. */
ink_status ink_source_picture(const ink_model *model, const uint8_t *pixels, uint32_t width,
                              uint32_t height, uint32_t channels, ink_source **source,
                              ink_error *error);
void ink_source_free(ink_source *source);

/* Puts the session into the state that the source left, as if nothing had been read since; the
 * random numbers go on. Borrows the source, which must outlive the session or be replaced by
 * another. */
ink_status ink_session_start(ink_session *session, const ink_source *source, ink_error *error);

/* How much the next token looks at each position of the source: weights [*positions] that sum to 1,
 * or NULL when the session was not started from a source. Positions are the tokens of a text, or
 * the places of a picture, row by row. Valid until the session is used again. */
const float *ink_session_attention(ink_session *session, size_t *positions);

/* The token at position `index` of a source that is a text, or NULL. Belongs to the model. */
const char *ink_source_token(const ink_source *source, size_t index);

/* ---- Generation: text in pieces -------------------------------------------------------------- */

typedef struct ink_generation ink_generation;

/* Begins to write up to `length` tokens after what the session has read. Ends earlier when the
 * token that the metadata has as `end` is drawn, which is not part of the text, and when the text
 * written contains one of the `stops`: strings, each ended by a NUL byte, stops_size bytes in all
 * (0 for none); the stop itself is not part of the text. Words are set apart as in print: no space
 * before a comma, none after what was read when that ends in one. Borrows the session, which must
 * outlive the generation and must not be used beside it. `sampling` NULL is ink_sampling_default().
 *
 * A translator or captioner writes from the source that the session was started from. Without one
 * it writes all the same, but what it says is of nothing. INK_ERROR_ARGUMENT: the model is a
 * classifier, or the sampling or the stops are none. */
ink_status ink_generation_new(ink_session *session, const ink_sampling *sampling, uint32_t length,
                              const char *stops, size_t stops_size, ink_generation **generation,
                              ink_error *error);
void ink_generation_free(ink_generation *generation);

/* Writes up to max_tokens further tokens and gives the text that is certain by now: whole UTF-8
 * characters, held back only while they may be the beginning of a stop. `text` is valid until the
 * next call. Once ink_generation_done() is 1 there is no more. */
ink_status ink_generation_next(ink_generation *generation, uint32_t max_tokens, const char **text,
                               size_t *bytes, ink_error *error);
int ink_generation_done(const ink_generation *generation);

/* The same for `count` generations at once, each with a session of its own and all of one model:
 * the weights are read once for several of them, which costs far less than one after another. Each
 * gives exactly what it would give alone; those that are done give nothing. texts and bytes
 * [count]. INK_ERROR_ARGUMENT when two share a session or are not of one model. */
ink_status ink_generations_next(ink_generation *const *generations, size_t count,
                                uint32_t max_tokens, const char **texts, size_t *bytes,
                                ink_error *error);

/* From now on the tokens that a call writes are kept with their log-probabilities: natural, under
 * the model's own distribution, whatever the sampling makes of it. */
ink_status ink_generation_keep_tokens(ink_generation *generation, ink_error *error);

/* How many tokens the last call of ink_generation_next() wrote, their ids, and their
 * log-probabilities; valid until the next call. They may be ahead of the text, which is held back
 * at a possible stop, and those of a stop or the model's `end` are among them. 0 unless they are
 * kept. */
size_t ink_generation_tokens(const ink_generation *generation, const uint32_t **ids,
                             const double **log_probabilities);

/* ---- Beam search: the likeliest texts -------------------------------------------------------- */

typedef struct ink_beam_options {
  uint32_t width;  /* hypotheses that are followed, 1 to 16; 1 is greedy */
  uint32_t length; /* most tokens of a text, to 100000; memory grows as width * length */
  /* alpha, 0 to 10: score = log p / ((5 + n) / 6)^alpha of a text of n tokens (Wu et al. 2016). 0
   * is log p, which favours short texts */
  float length_penalty;
} ink_beam_options;

/* A text that was found. */
typedef struct ink_hypothesis {
  const char *text; /* [bytes], UTF-8, without the stop or the model's `end` that ended it */
  size_t bytes;
  const uint32_t *tokens;          /* [count]: all of them, those of the stop or `end` too */
  const double *log_probabilities; /* [count]: natural, of each token after those before it */
  size_t count;
  double log_probability; /* their sum */
  double score;
} ink_hypothesis;

/* Beam 4, 200 tokens, no penalty. */
void ink_beam_options_default(ink_beam_options *options);

/* As ink_sampling_set(), of "beam", "length" and "length-penalty". */
ink_status ink_beam_options_set(ink_beam_options *options, const char *name, double value,
                                ink_error *error);
size_t ink_beam_options_size(void); /* sizeof(ink_beam_options) */

/* Finds the likeliest texts after what the session has read; the session stays as it is. A text
 * ends with the token in the metadata's `end`, at one of the `stops` (as for ink_generation_new()),
 * or at the length. Draws nothing, and finds the same on every build. *best [*count] is at most
 * `width` texts, the one with the highest score first, fewer where there are no more; the caller
 * releases it, with all that it points to, by one ink_release(). `options` NULL are the defaults.
 * INK_ERROR_ARGUMENT names the option that is out of its range. */
ink_status ink_beam_search(const ink_session *session, const ink_beam_options *options,
                           const char *stops, size_t stops_size, ink_hypothesis **best,
                           size_t *count, ink_error *error);

/* ---- Evaluation ------------------------------------------------------------------------------ */

typedef struct ink_evaluation {
  double nats;       /* mean cross-entropy per token, natural logarithm */
  double bits;       /* the same in bits */
  double perplexity; /* exp(nats) */
  double tokens;     /* how many were predicted: all but the first after each reset */
  /* of a model with counts the nats of its network alone and of its counts alone, else NaN */
  double network_nats, counts_nats;
} ink_evaluation;

/* Scores how well the model predicts a text, state carried from its first token to its last; with
 * `reset` > 0 the state is zeroed every `reset` tokens. Needs two tokens or more.
 *
 * The text is read as by ink_session_feed(), with look-alikes; a character that nothing looks like
 * is INK_ERROR_VOCABULARY, unless ink_model_reading() (inkling_text.h) leaves it out before. A word
 * that a model of words lacks is "<unk>" where the model has that, as it was in training, whatever
 * looks like it.
 *
 * A translator or captioner is scored as a language model, which writes from no source; how well it
 * does what it is for is in inkling_scores.h. INK_ERROR_ARGUMENT: the model is a classifier. */
ink_status ink_evaluate(const ink_model *model, const char *text, size_t bytes, uint32_t reset,
                        ink_evaluation *evaluation, ink_error *error);

/* ---- Counts beside a network ----------------------------------------------------------------- */

/* Gives the counts that a model has (see ink_count() in inkling_train.h) another weight, 0 to 1: in
 * all sessions that are made from now on, or in one of them, and its forks. INK_ERROR_ARGUMENT also
 * when the model has no counts. */
ink_status ink_model_weigh_counts(ink_model *model, float weight, ink_error *error);
ink_status ink_session_weigh_counts(ink_session *session, float weight, ink_error *error);

/* What the two of them say of the next token, each a distribution [vocabulary]; both NULL when the
 * model has no counts. Valid until the session is used again. */
void ink_session_parts(ink_session *session, const float **network, const float **counts);

/* ---- Models mixed ---------------------------------------------------------------------------- */

/* Several generators as one model, which predicts
 *   p = sum_i weights[i] p_i
 * after a text that all of them read. Its tokens, `start` and `end` are the first's, models[0]. A
 * further model reads a token that it lacks as what looks like it, else leaves it out; and of the
 * tokens that it does not share with the first it says what the first says (networks/mixture.h has
 * the formula). Sessions step the models side by side; their counts are the first's, whose weight
 * can be changed, and a further model's stay as they are.
 *
 * models and weights [count], 2 or more; the same model may be there twice. Borrows the models,
 * which must outlive it. INK_ERROR_ARGUMENT: a model that is no generator or a mixture itself, a
 * weight outside of 0 to 1, or weights that do not sum to 1; INK_ERROR_VOCABULARY: models of
 * characters and of words, or without a token in common. */
ink_status ink_model_mix(const ink_model *const *models, const float *weights, size_t count,
                         ink_model **mixed, ink_error *error);

#ifdef __cplusplus
}
#endif

#include "inkling_inside.h" /* IWYU pragma: export */
#include "inkling_train.h"  /* IWYU pragma: export */

#endif
