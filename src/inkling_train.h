/*
 * Inkling: training, and counting beside it. Part of inkling.h, which includes this file;
 * conventions are explained there.
 */
#ifndef INKLING_TRAIN_H
#define INKLING_TRAIN_H

#include "inkling.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Options --------------------------------------------------------------------------------- */

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
  uint32_t level; /* ink_level; INK_AUTO: words of pairs that are sentences, else characters */
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
   * naive Bayes counts the runs of 1 to so many tokens and, from 2 on, of characters whole words
   * too. Logits are the mean of both, weighed as is best for what is held out: of few examples the
   * bag knows more. 0: there is none. */
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
  /* 0: weights as they are; 1: four bits: every update and validation reads them rounded as
   * INK_WEIGHTS_INT4 stores them, gradients pass through the rounding (Bengio et al. 2013), and
   * models are of such weights */
  uint32_t bits;
  float validation;        /* [0,0.5]: the share of the text, at its end, that is held out */
  uint32_t validate_every; /* steps between validations; 0 means once an epoch */
  /* training ends after so many validations in a row without a better loss; 0: it does not */
  uint32_t patience;
  /* 1: every window starts from the zero state, as in the lesson; 0: the state is carried from
   * window to window within a stream */
  uint32_t reset_state;
  /* 1: every line is an item; items are shuffled before the tail is held out, and a generation
   * starts after a line break and ends before one. Of labelled texts and of pairs: they are
   * shuffled */
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
  uint32_t pretrained; /* 1: ink_train_options_from() has chosen; not to be set by name */
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

/* The index-th option's name; NULL behind the last. */
const char *ink_train_option(size_t index);

/* An option's value as NUL-ended text, which ink_train_options_set() reads back exactly. Returns 1
 * where that is the option's lowest value, at which it does nothing ("0", "off"), 0 where it is
 * another, and -1, without a text, where there is no such option. */
enum { INK_OPTION_TEXT = 32 };
int ink_train_options_get(const ink_train_options *options, const char *name,
                          char text[INK_OPTION_TEXT]);

/* What is trained on. */
typedef struct ink_material {
  const char *text; /* [bytes], UTF-8 */
  size_t bytes;
  const uint8_t *pictures; /* captioner only, [pictures_bytes]; else NULL */
  size_t pictures_bytes;
  /* The file of a generator [from_bytes], from whose weights a new run starts in place of random
   * ones; else NULL. Taken are recurrent layers of the same size, and of the tokens that both have
   * the embeddings, for every stack of the network, and a generator's rows of the read-out. A
   * generator of characters then has that one's vocabulary besides the text's. */
  const uint8_t *from;
  size_t from_bytes;
} ink_material;

/* Chooses a value for every member that is INK_AUTO, from the text that is to be trained on: how
 * long it is, whether it is prose, a list, lines of labelled texts or of pairs. `work` is how many
 * multiply-adds the run has time for, by which the network is as large as gets furthest in them; 0:
 * as large as the recipe finds worth while. The same text and options give the same choice
 * everywhere. What the text was taken for, if not for prose, is told in note [INK_NOTE], which may
 * be NULL: "8,000 lines of 7 characters: read as a list", or "". INK_ERROR_TEXT: the text is too
 * little for any network. */
enum { INK_NOTE = 256 };
ink_status ink_train_options_choose(ink_train_options *options, const ink_material *material,
                                    double work, char *note, ink_error *error);

/* INK_ERROR_ARGUMENT names the member that is out of its range. */
ink_status ink_train_options_check(const ink_train_options *options, ink_error *error);

/* Of the options that are INK_AUTO, chooses those that a network needs to start from a generator
 * (the bytes of its file): its level, cell, layers and sizes, and a learning rate that keeps what
 * it knows, as little dropout does, which is chosen later. Before ink_train_options_choose() or
 * ink_trainer_new(), whose material has the file, too. INK_ERROR_ARGUMENT: the level is another
 * one. */
ink_status ink_train_options_from(ink_train_options *options, const uint8_t *bytes, size_t size,
                                  ink_error *error);

typedef struct ink_trainer ink_trainer;

/* Prepares to train on a text, which is copied as token ids. By options.task it is
 *   generator    the text to go on writing
 *   classifier   a line an example: its label, a tab, its text
 *   translator   a line an example: a text, a tab, its translation
 *   captioner    a caption a line; the pictures are as many binary PPM files ("P6", 255 being
 *                white), one after another, all of one size, the n-th for the n-th line. They are
 *                scaled to options.picture pixels each way and kept as floats, 12 bytes a pixel
 * The share options.validation at the end is held out. The vocabulary is the text's distinct
 * characters in the order of their code points; or its words, held-out part included, the most
 * frequent first, and where options leave some out "<unk>" among them. Initial weights are
 * PyTorch's: uniform in +-1/sqrt(hidden) for cells, and in +-1/sqrt(inputs) for all other matrices
 * and their biases, normal(0,1) for embeddings of characters unless they are tied, in +-0.1 for
 * those of words; an LSTM's forget gate starts with bias 1 (Jozefowicz et al. 2015).
 * INK_ERROR_TEXT: not UTF-8, a line that is no example, too little, or another number of pictures
 * than of captions. INK_ERROR_FORMAT names the picture that cannot be read. With material->from,
 * also INK_ERROR_ARGUMENT where it is no generator or none of its layers fits, and
 * INK_ERROR_VOCABULARY where it knows fewer than a quarter of the text's tokens. */
ink_status ink_trainer_new(const ink_train_options *options, const ink_material *material,
                           ink_trainer **trainer, ink_error *error);
void ink_trainer_free(ink_trainer *trainer);

/* How many lines of a classifier's or translator's text have a third column or more, which training
 * leaves out: a caller should say so. */
size_t ink_extra_columns(const char *text, size_t bytes);

/* Training for a time: how many of ink_trainer_work() a machine does in a second, measured over a
 * few updates, makes seconds into the `work` of ink_train_options_choose(); then the seconds of an
 * update of the network that was chosen make them into steps. The core never asks the clock. */

/* Multiply-adds of one update, about. */
double ink_trainer_work(const ink_trainer *trainer);

/* How many updates of step_seconds there is time for, with validations; at most those that the
 * trainer would make. */
uint32_t ink_trainer_steps_in(const ink_trainer *trainer, double step_seconds, double seconds);

/* After each step of a run that is to take `whole` seconds, of which so many have passed: where the
 * machine has become so much slower or faster that the run would miss its time by more than a tenth
 * of it, changes the number of its steps, to at most `most`. Returns it. The rest of the schedule
 * is spread over the steps that are left. */
uint32_t ink_trainer_keep_time(ink_trainer *trainer, double passed, double whole, uint32_t most);

/* From now on the run has `steps` in all: what ink_trainer_keep_time() does. The metadata of its
 * files then has, beside the `steps` that it began with, the changes made as
 * `replan`: "STEP:STEPS,…", the steps made before and those in all from there on.
 * INK_ERROR_ARGUMENT: more are made already, or it was changed too often. */
ink_status ink_trainer_replan(ink_trainer *trainer, uint32_t steps, ink_error *error);

/* Before the first step: makes the changes that are in the metadata of another run at the same
 * steps, so that with the same options it is repeated to the bit. INK_ERROR_ARGUMENT: it is no such
 * text, or is of steps that the run does not make. */
ink_status ink_trainer_follow(ink_trainer *trainer, const char *replan, ink_error *error);

/* The options that a trainer runs with, of which none is INK_AUTO. */
const ink_train_options *ink_trainer_options(const ink_trainer *trainer);

/* Bytes of what training computes with: weights, gradients, moments and activations, and the
 * material as it is kept. A text takes a byte a token, two or four where its vocabulary is larger;
 * while it is read, its own bytes and some megabytes beside them. */
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
ink_status ink_trainer_resume(const uint8_t *checkpoint, size_t size, const ink_material *material,
                              const ink_train_options *changes, ink_trainer **trainer,
                              ink_error *error);

/* ---- Counts beside a network ----------------------------------------------------------------- */

/* A generator may have a table of n-grams in its file, counted from the text that it was trained on
 * or from any other:
 *   p = (1 - weight) p_network + weight p_counts
 * with modified Kneser-Ney smoothing, interpolated (Chen and Goodman 1999). All that is done with
 * the model knows of it. */
typedef struct ink_count_options {
  uint32_t order; /* the longest n-gram, 1 to 8; 0: the best from 2 on */
  float weight;   /* 0 to 1; below 0: the best */
  /* leave out n-grams whose absence costs the text less than so many nats a token; 0: none */
  float threshold;
} ink_count_options;

void ink_count_options_default(ink_count_options *options);

/* Puts counts of `text` into the model file `bytes` [size], in place of any that it had: *file
 * [*file_size], which the caller releases with ink_release(). Characters that the model does not
 * know are left out. What is to be chosen is chosen by `held_out`, a part of the same kind that is
 * not in `text`; when that is NULL, by the last tenth of `text`, all of which is then counted.
 * *options then says what was chosen. A text that the network was trained on says too little of
 * counts: what it held out is wanted there. INK_ERROR_ARGUMENT: the model is no generator;
 * INK_ERROR_TEXT: too short a text, or without a known token. */
ink_status ink_count(const uint8_t *bytes, size_t size, const char *text, size_t text_bytes,
                     const char *held_out, size_t held_out_bytes, ink_count_options *options,
                     uint8_t **file, size_t *file_size, ink_error *error);

#ifdef __cplusplus
}
#endif
#endif
