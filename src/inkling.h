/*
 * Inkling: small recurrent text generators, trained and run by one C library.
 *
 * This header is all that a C program, and the WebAssembly boundary, may use.
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
 * number of gates, tells the cell: 1 rnn, 3 gru, 4 lstm. Biases may be absent. F32, F16 and BF16;
 * and I8 for a matrix that comes with <name>.scale, F32 [rows], which its rows are multiplied by.
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
  const char *task;   /* "generator", "classifier", "translator" or "captioner" */
  const char *level;  /* "char" or "word": what a token is */
  const char *cell;   /* "rnn", "gru" or "lstm"; "ngram" of ink_ngram_model() */
  const char *kernel; /* the build that computes: "scalar", "simd", "avx2" or "avx512" */
  uint32_t layers;
  uint32_t hidden;
  uint32_t embed; /* 0 when the input is one-hot */
  uint32_t vocabulary;
  uint32_t classes; /* of a classifier, else 0 */
  /* of a classifier: the longest runs of tokens in the bag beside its network (see
   * ink_train_options); 0 where there is none */
  uint32_t bag;
  /* how the file has the weights: "F32", "F16", "BF16" or "I8"; an n-gram "none" */
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
      0,          /* I8 with one scale a row: a quarter of the bytes, and the faster products */
  INK_WEIGHTS_F16 /* half of the bytes; computed in f32 */
} ink_weights;

/* The same model with its matrices stored so: the bytes of a safetensors file, which the caller
 * releases with ink_release(). Biases, vocabulary and metadata stay as they are. INK_ERROR_FORMAT
 * as in ink_model_load(), and when the model has int8 weights already. Not in the WebAssembly build
 * that only generates. */
ink_status ink_quantize(const uint8_t *bytes, size_t size, ink_weights weights, uint8_t **file,
                        size_t *file_size, ink_error *error);

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
} ink_sampling;
void ink_sampling_default(ink_sampling *sampling);

/* INK_ERROR_ARGUMENT names the member that is out of its range. */
ink_status ink_sampling_check(const ink_sampling *sampling, ink_error *error);

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
 * A model of words reads the words of the text (text/words.h says what they are) and never fails
 * for an unknown one: it is read in lower case, else with a capital, else as "<unk>", whichever the
 * vocabulary has first, else left out; with skip_unknown it is left out at once. A text that ends
 * within a word has its beginning for a word: feed whole ones. */
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

/* Draws the next token, reads it, and stores its id. */
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

/* Encodes a text, for a translator. INK_ERROR_TEXT when it has no token, else as
 * ink_session_feed(); INK_ERROR_ARGUMENT when the model is of another task. */
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
 * outlive the generation and must not be used beside it. */
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
  uint32_t length; /* most tokens of a text; memory grows as width * length */
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

/* Finds the likeliest texts after what the session has read; the session stays as it is. A text
 * ends with the token in the metadata's `end`, at one of the `stops` (as for ink_generation_new()),
 * or at the length. Draws nothing, and finds the same on every build. *best [*count] is at most
 * `width` texts, the one with the highest score first, fewer where there are no more; the caller
 * releases it, with all that it points to, by one ink_release(). INK_ERROR_ARGUMENT names the
 * option that is out of its range. */
ink_status ink_beam_search(const ink_session *session, const ink_beam_options *options,
                           const char *stops, size_t stops_size, ink_hypothesis **best,
                           size_t *count, ink_error *error);

/* ---- Evaluation ------------------------------------------------------------------------------ */

typedef struct ink_evaluation {
  double nats;       /* mean cross-entropy per token, natural logarithm */
  double bits;       /* the same in bits */
  double perplexity; /* exp(nats) */
  double tokens;     /* how many were predicted: all but the first after each reset */
} ink_evaluation;

/* Scores how well the model predicts a text, state carried from its first token to its last; with
 * `reset` > 0 the state is zeroed every `reset` tokens. Needs two tokens or more. */
ink_status ink_evaluate(const ink_model *model, const char *text, size_t bytes, uint32_t reset,
                        ink_evaluation *evaluation, ink_error *error);

/* ---- Training -------------------------------------------------------------------------------- */

/* What a token is. */
typedef enum ink_level {
  INK_LEVEL_CHAR = 0, /* a Unicode code point */
  INK_LEVEL_WORD      /* a word, a punctuation character or a line break; white space is no token */
} ink_level;

/* What a training run is made of. 4-byte members only, and strings never. */
typedef enum ink_cell_kind { INK_CELL_RNN = 0, INK_CELL_GRU, INK_CELL_LSTM } ink_cell_kind;
typedef enum ink_schedule { INK_SCHEDULE_COSINE = 0, INK_SCHEDULE_CONSTANT } ink_schedule;

/* The value of a member that is not given: ink_trainer_new() chooses it for the material, as
 * ink_train_options_choose() does. */
#define INK_AUTO UINT32_MAX
#define INK_AUTO_NUMBER (-1e30f) /* of a float */

typedef struct ink_train_options {
  uint32_t task;  /* ink_task; INK_AUTO: a classifier or a translator for lines with a tab */
  uint32_t level; /* ink_level */
  /* Of words: those that occur less often in the text are read as "<unk>"; 1 keeps all. */
  uint32_t min_count;
  /* Of words: only so many are kept, the most frequent, "<unk>" included; 0 is no limit. */
  uint32_t max_vocabulary;
  /* Of words, in a classifier: 1: the vocabulary has none with capitals, which are read as small
   * letters. */
  uint32_t lower_case;
  uint32_t cell;   /* ink_cell_kind */
  uint32_t hidden; /* units a layer, 1 to 8192 */
  uint32_t layers; /* 1 to 16 */
  uint32_t embed;  /* width of the token embedding; 0 feeds one-hot vectors */
  /* Of a classifier, 0 to 8: with 1 and more a bag of n-grams stands beside the network, in which
   * naive Bayes counts the runs of 1 to so many tokens; logits are the mean of both. For examples
   * by the thousand it knows what the network cannot learn from so few. 0: there is none. */
  uint32_t bag;
  /* 1: the read-out's matrix is the embedding, and embed is hidden (Press and Wolf 2017) */
  uint32_t tied;
  uint32_t batch;  /* parallel streams of text */
  uint32_t nchars; /* training window: tokens a stream per step */
  /* the first window, from which windows grow to nchars over the first half of the steps; 0: all
   * are of nchars */
  uint32_t nchars_start;
  uint32_t steps;       /* parameter updates in all; 0 means `epochs` */
  uint32_t epochs;      /* passes over the training text */
  float learning_rate;  /* the highest, reached after warm-up */
  uint32_t schedule;    /* ink_schedule; cosine falls to final_fraction of learning_rate */
  float final_fraction; /* [0,1] */
  uint32_t warmup;      /* steps over which the learning rate rises from 0 */
  float beta1, beta2;   /* AdamW's decay of the moments (Loshchilov and Hutter 2019) */
  float epsilon;        /* AdamW's */
  float weight_decay;   /* AdamW's, on every parameter */
  float clip;           /* largest global gradient norm; 0 is off (Pascanu et al. 2013) */
  /* [0,1): on every layer's output, the read-out's input included, never on the recurrent path
   * (Zaremba et al. 2014) */
  float dropout;
  /* 1: what dropout drops stays dropped for a whole window (Gal and Ghahramani 2016); 0: it is
   * drawn anew at every time step */
  uint32_t variational;
  /* [0,1): of tokens, whose embedding is zeros wherever they occur in a window (Gal and Ghahramani
   * 2016); needs embed > 0 */
  float embed_dropout;
  /* [0,1): on the recurrent weights W_hh, drawn anew for every update (Merity et al. 2018) */
  float weight_drop;
  /* [0,1): what is validated and kept is a running average of the weights, of which each update
   * leaves this share (Polyak and Juditsky 1992; the first updates leave less); 0: the weights
   * themselves */
  float average;
  float validation;        /* [0,0.5]: the share of the text, at its end, that is held out */
  uint32_t validate_every; /* steps between validations; 0 means once an epoch */
  /* training ends after so many validations in a row without a better loss; 0: after its last step */
  uint32_t patience;
  /* 1: every window starts from the zero state, as in the lesson; 0: the state is carried from
   * window to window within a stream */
  uint32_t reset_state;
  /* 1: every line is an item; items are shuffled before the tail is held out, and a generation
   * starts after a line break and ends before one */
  uint32_t lines;
  /* Of a captioner. What it sees of a picture: */
  uint32_t picture; /* pixels of a side, 8 to 256, to which pictures are scaled */
  uint32_t blocks;  /* convolutions, 1 to 8; each but the last halves the sides of the picture */
  /* of the first block, 1 to 1024; each block has twice as many as the one before */
  uint32_t channels;
  /* and how much a picture is varied each time that it is trained on, at random: */
  uint32_t shift;   /* pixels, 0 to 8, up, down, left and right */
  uint32_t flip;    /* 1: every second time left and right change places */
  float contrast;   /* [0,1]: differences from white times 1 - contrast to 1 + contrast */
  float brightness; /* [0,0.5]: greys lighter or darker by so much, white being 1 and black -1 */
  uint32_t seed;
  /* the batch is split among them; results depend on the number, never on timing */
  uint32_t threads;
} ink_train_options;

/* INK_AUTO for all that the recipe can choose, and for the rest what is usual: no recipe is needed
 * for the optimiser's moments, the seed or the threads. */
void ink_train_options_default(ink_train_options *options);

/* sizeof(ink_train_options), for callers who cannot ask the compiler. */
size_t ink_train_options_size(void);

/* Sets a member by its name, written as on the command line ("learning-rate"), from text: a number
 * in decimals, the name of a choice ("lstm", "cosine", "on"), or "auto" for INK_AUTO.
 * INK_ERROR_ARGUMENT: there is no such option, or the text is none of its values. */
ink_status ink_train_options_set(ink_train_options *options, const char *name, const char *value,
                                 ink_error *error);

/* Chooses a value for every member that is INK_AUTO, from the text that is to be trained on: how
 * long it is, whether it is prose, a list, lines of labelled texts or of pairs. `work` is how many
 * multiply-adds the run has time for, by which the network is as large as gets furthest in them; 0:
 * as large as the recipe finds worth while. The same text and options give the same choice
 * everywhere. What the text was taken for, if not for prose, is told in note [INK_NOTE], which may
 * be NULL: "8,000 lines of 7 characters: read as a list", or "". INK_ERROR_TEXT: the text is too
 * little for any network. */
enum { INK_NOTE = 200 };
ink_status ink_train_options_choose(ink_train_options *options, const char *text, size_t bytes,
                                    double work, char *note, ink_error *error);

/* INK_ERROR_ARGUMENT names the member that is out of its range. */
ink_status ink_train_options_check(const ink_train_options *options, ink_error *error);

typedef struct ink_trainer ink_trainer;

/* Prepares to train on a text, which is copied as token ids. By options.task it is
 *   generator    the text to go on writing
 *   classifier   a line an example: its label, a tab, its text
 *   translator   a line an example: a text, a tab, its translation
 *   captioner    see ink_trainer_new_pictures()
 * The share options.validation at the end is held out. The vocabulary is the text's distinct
 * characters in the order of their code points; or its words, held-out part included, the most
 * frequent first, and where options leave some out "<unk>" among them. Initial weights are
 * PyTorch's: uniform in +-1/sqrt(hidden) for cells, and in +-1/sqrt(inputs) for all other matrices
 * and their biases, normal(0,1) for embeddings of characters unless they are tied, in +-0.1 for
 * those of words; an LSTM's forget gate starts with bias 1 (Jozefowicz et al. 2015).
 * INK_ERROR_TEXT: not UTF-8, a line that is no example, or too little. */
ink_status ink_trainer_new(const ink_train_options *options, const char *text, size_t bytes,
                           ink_trainer **trainer, ink_error *error);
void ink_trainer_free(ink_trainer *trainer);

/* The same for a captioner: the text is a caption a line, and the pictures [pictures_bytes] are as
 * many binary PPM files ("P6", 255 being white), one after another, all of one size; the n-th
 * picture belongs to the n-th line. They are scaled to options.picture pixels each way and kept as
 * floats, 12 bytes a pixel. INK_ERROR_FORMAT names the picture that cannot be read; INK_ERROR_TEXT:
 * another number of pictures than of captions. */
ink_status ink_trainer_new_pictures(const ink_train_options *options, const char *text,
                                    size_t bytes, const uint8_t *pictures, size_t pictures_bytes,
                                    ink_trainer **trainer, ink_error *error);

/* Of the options that are INK_AUTO, chooses those that a network needs to start from a generator (the
 * bytes of its file): its cell, layers and sizes, and a learning rate that keeps what it knows. Before
 * ink_train_options_choose() or ink_trainer_new(). INK_ERROR_ARGUMENT: the level is another one. */
ink_status ink_train_options_from(ink_train_options *options, const uint8_t *bytes, size_t size,
                                  ink_error *error);

/* Before the first step: starts from what a generator (the bytes of its file) has learnt, in place
 * of random weights. Taken are recurrent layers of the same size, and of the tokens that both have the
 * embeddings, for every stack of the network, and a generator's rows of the read-out.
 * INK_ERROR_ARGUMENT when nothing fits, or training has begun; INK_ERROR_VOCABULARY when of the
 * text's tokens fewer than a quarter are known. */
ink_status ink_trainer_pretrained(ink_trainer *trainer, const uint8_t *bytes, size_t size,
                                  ink_error *error);

/* Training for a time: how many of ink_trainer_work() a machine does in a second, measured over a
 * few updates, makes seconds into the `work` of ink_train_options_choose(); then the seconds of an
 * update of the network that was chosen make them into steps. The core never asks the clock. */

/* Multiply-adds of one update, about. */
double ink_trainer_work(const ink_trainer *trainer);

/* How many updates of step_seconds there is time for, with validations; at most those that the
 * trainer would make. */
uint32_t ink_trainer_steps_in(const ink_trainer *trainer, double step_seconds, double seconds);

/* The options that a trainer runs with, of which none is INK_AUTO. */
const ink_train_options *ink_trainer_options(const ink_trainer *trainer);

/* Bytes of what training computes with: weights, gradients, moments and activations. */
size_t ink_trainer_bytes(const ink_trainer *trainer);

typedef struct ink_progress {
  uint32_t step;          /* updates made */
  uint32_t steps;         /* updates in all */
  double epoch;           /* passes over the training text, fractional */
  double loss;            /* nats per token, mean over the window just trained */
  double validation_loss; /* nats per token at the last validation; NaN before the first */
  double best_loss;       /* the lowest validation loss so far; NaN before the first */
  double learning_rate;
  double gradient_norm; /* before clipping */
  uint32_t tokens;      /* tokens of this step */
  uint32_t validated;   /* 1 when this step ended with a validation */
} ink_progress;

/* One window: forward, backward, update, and a validation when one is due. INK_ERROR_DIVERGED when
 * the loss is not finite or above 3 ln(vocabulary) + 3, where guessing costs ln(vocabulary): the
 * weights then are the best by validation or, before the first one, earlier ones with a low
 * loss. */
ink_status ink_trainer_step(ink_trainer *trainer, ink_progress *progress, ink_error *error);

/* ---- Training split over several trainers, in other workers, processes or machines ----
 *
 * Each is made from the same options and text, computes its own streams of the batch, and applies
 * the same sums, so that all hold the same weights:
 *
 *   ink_trainer_split(trainer, part, parts)
 *   until done: ink_trainer_gradients(); add up gradients and losses of all parts, in the order of
 *               the parts; put the sums into every trainer's gradients; ink_trainer_update()
 *
 * Only part 0 validates and keeps the best weights. */

/* From now on this trainer computes part `part` of `parts` of the batch; at most one part a
 * stream. */
ink_status ink_trainer_split(ink_trainer *trainer, uint32_t part, uint32_t parts, ink_error *error);

/* Forward and backward over the next window. *gradients [*count] is the trainer's own, and so
 * scaled that the sum over the parts is the gradient of the mean loss; *loss is this part's share
 * of it. */
ink_status ink_trainer_gradients(ink_trainer *trainer, float **gradients, size_t *count,
                                 double *loss, ink_error *error);

/* After ink_trainer_gradients(), once: the update, from the gradients as they now are and the loss
 * of all parts. Errors as ink_trainer_step(). */
ink_status ink_trainer_update(ink_trainer *trainer, double loss, ink_progress *progress,
                              ink_error *error);

/* The carried state of the batch's streams, ink_trainer_state_size() floats: zeros for those of
 * other parts, so that the sum over the parts is all of it, as a checkpoint of part 0 needs it. */
size_t ink_trainer_state_size(const ink_trainer *trainer);
void ink_trainer_state_get(const ink_trainer *trainer, float *state);

/* 1 when all steps are made, or the loss of the held-out part has turned: see options.patience. */
int ink_trainer_done(const ink_trainer *trainer);

/* The model as the bytes of a safetensors file, of the best weights (by validation; the last ones
 * when nothing is held out) or the present ones, averaged when options.average asks for it.
 * `metadata` is strings for the file, key and value in turn, each ended by a NUL byte,
 * metadata_size bytes in all; the options are added to them. The caller releases the bytes with
 * ink_release(). */
ink_status ink_trainer_model(const ink_trainer *trainer, int best, const char *metadata,
                             size_t metadata_size, uint8_t **bytes, size_t *size, ink_error *error);

/* Everything that a run is, as the bytes of a safetensors file; ink_trainer_resume() with the same
 * text goes on exactly where it was. `state` is the carried state of all parts, or NULL for a
 * trainer that is not split. `threads` and `steps` or `epochs` of `changes` replace the
 * checkpoint's when not 0; NULL keeps them. The caller releases the bytes with ink_release(). */
ink_status ink_trainer_checkpoint(const ink_trainer *trainer, const float *state, uint8_t **bytes,
                                  size_t *size, ink_error *error);
ink_status ink_trainer_resume(const uint8_t *checkpoint, size_t size, const char *text,
                              size_t bytes, const ink_train_options *changes, ink_trainer **trainer,
                              ink_error *error);
ink_status ink_trainer_resume_pictures(const uint8_t *checkpoint, size_t size, const char *text,
                                       size_t bytes, const uint8_t *pictures, size_t pictures_bytes,
                                       const ink_train_options *changes, ink_trainer **trainer,
                                       ink_error *error);

/* Dynamic evaluation (Krause et al. 2018): the weights go on learning from the text that is
 * read. */
typedef struct ink_dynamic {
  float learning_rate; /* [0,1]: of each update, which is normalised by the gradients' size */
  float decay;         /* [0,1]: the share of the way back to the trained weights, each update */
  uint32_t segment;    /* tokens from one update to the next, 1 to 65536 */
} ink_dynamic;
void ink_dynamic_default(ink_dynamic *options);

/* INK_ERROR_ARGUMENT names the member that is out of its range. */
ink_status ink_dynamic_check(const ink_dynamic *options, ink_error *error);

/* Scores a text, each segment before it is learnt from, state carried from the first token to the
 * last. `bytes` are those that the model was loaded from. When `adapted` is not NULL it receives
 * the model as it is after the text, the bytes of a file, which the caller releases with
 * ink_release(). */
ink_status ink_evaluate_dynamic(const ink_model *model, const uint8_t *bytes, size_t size,
                                const ink_dynamic *options, const char *text, size_t text_bytes,
                                ink_evaluation *evaluation, uint8_t **adapted,
                                size_t *adapted_bytes, ink_error *error);

/* The part of `text` that training held out under these options, after the same shuffle; for
 * scoring a model on what it has not seen. The caller releases it with ink_release(). */
ink_status ink_held_out(const ink_train_options *options, const char *text, size_t bytes,
                        char **held_out, size_t *held_out_bytes, ink_error *error);

/* The other part of it, which was trained on. The caller releases it with ink_release(). */
ink_status ink_trained_on(const ink_train_options *options, const char *text, size_t bytes,
                          char **trained_on, size_t *trained_on_bytes, ink_error *error);

/* ---- N-grams: what a table of counts, without a network, makes of a text --------------------- */

/* Interpolated n-grams with modified Kneser-Ney smoothing (Chen and Goodman 1999): what a network
 * has to beat. Every token has a probability above 0 after every context. Immutable once made. */
typedef struct ink_ngram ink_ngram;

/* Counts a text. `order`, 1 to 8, is how many tokens an n-gram has: the last one is predicted from
 * those before it. `vocabulary` is as for ink_model_load(), so that an n-gram predicts among the
 * tokens that a network knows; NULL takes the text's own characters. INK_ERROR_VOCABULARY names
 * characters outside of it. At order 8 takes some 45 bytes a character of prose. */
ink_status ink_ngram_new(const char *text, size_t bytes, const char *vocabulary,
                         size_t vocabulary_size, uint32_t order, ink_ngram **ngram,
                         ink_error *error);
void ink_ngram_free(ink_ngram *ngram);

/* As ink_evaluate(), of the same tokens: with `reset` > 0 the context begins anew every `reset`
 * tokens. */
ink_status ink_ngram_evaluate(const ink_ngram *ngram, const char *text, size_t bytes,
                              uint32_t reset, ink_evaluation *evaluation, ink_error *error);

/* A model that predicts as the n-gram does, for sessions and generations: a Markov chain. Its info
 * has cell "ngram" and, as parameters, how many counts there are. Borrows the n-gram, which must
 * outlive it. */
ink_status ink_ngram_model(const ink_ngram *ngram, ink_model **model, ink_error *error);

/* The n-gram of the text that a trainer trains on, scored on what it holds out; INK_ERROR_TEXT when
 * that is nothing. *order is 1 to 8, or 0 for the best of them, which then is stored there. */
ink_status ink_trainer_ngram(const ink_trainer *trainer, uint32_t *order,
                             ink_evaluation *evaluation, ink_error *error);

/* ---- Classifiers' scores, and naive Bayes: what counting makes of a text's class ------------- */

typedef struct ink_classification {
  double accuracy; /* the share of items whose class was found, 0 to 1 */
  /* the mean of the classes' F1, the harmonic mean of precision and recall, 0 to 1 */
  double macro_f1;
  double items;
} ink_classification;

/* What is counted in a text. */
typedef enum ink_features {
  INK_FEATURES_CHARACTERS = 0, /* runs of 1 to 4 characters, the text's two ends being characters */
  INK_FEATURES_WORDS           /* words, whatever the case of their ASCII letters */
} ink_features;

/* Multinomial naive Bayes (McCallum and Nigam 1998): what a classifying network has to beat.
 * Immutable once made. */
typedef struct ink_naive_bayes ink_naive_bayes;

/* Counts examples, UTF-8 lines of a label, a tab and a text; empty lines are left out. `features`
 * is an ink_features; `smoothing`, above 0 and at most 1, is added to every count (1: Laplace's
 * rule). INK_ERROR_TEXT names the line that has no tab or nothing on one side of it, or says that
 * there are not two classes. Takes about 16 bytes a feature while counting, four features a
 * character. */
ink_status ink_naive_bayes_new(const char *text, size_t bytes, uint32_t features, double smoothing,
                               ink_naive_bayes **bayes, ink_error *error);
void ink_naive_bayes_free(ink_naive_bayes *bayes);

/* Scores it on other examples. INK_ERROR_TEXT names a label that was not among those counted. */
ink_status ink_naive_bayes_evaluate(const ink_naive_bayes *bayes, const char *text, size_t bytes,
                                    ink_classification *result, ink_error *error);

/* ---- Novelty: how much of a text is copied from another -------------------------------------- */

typedef struct ink_overlap {
  double longest;       /* characters of the longest span of the text that the other contains */
  double longest_at;    /* bytes of the text before it; of several the first */
  double longest_bytes; /* bytes of it */
  double spans;         /* spans of 8 characters in the text: one begins at every character but 7 */
  double spans_found;   /* how many of them the other text contains */
} ink_overlap;

/* How much of `text` is found in `source`, exactly, both UTF-8 and `text` not empty. Time grows as
 * the sum of their lengths; takes about 20 bytes a character of both. */
ink_status ink_novelty(const char *text, size_t bytes, const char *source, size_t source_bytes,
                       ink_overlap *overlap, ink_error *error);

#ifdef __cplusplus
}
#endif
#endif
