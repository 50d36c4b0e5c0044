/*
 * Inkling's scores: how well a model does, and what simpler methods make of the same text. Nothing
 * here is needed to train a network or to write with it. Conventions are those of inkling.h.
 */
#ifndef INKLING_SCORES_H
#define INKLING_SCORES_H

#include "inkling.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The parts of a text --------------------------------------------------------------------- */

/* The part of `text` that training held out under these options, after the same shuffle; for
 * scoring a model on what it has not seen. Of a classifier's or a translator's text those lines.
 * The caller releases it with ink_release(). */
ink_status ink_held_out(const ink_train_options *options, const char *text, size_t bytes,
                        char **held_out, size_t *held_out_bytes, ink_error *error);

/* The other part of it, which was trained on. The caller releases it with ink_release(). */
ink_status ink_trained_on(const ink_train_options *options, const char *text, size_t bytes,
                          char **trained_on, size_t *trained_on_bytes, ink_error *error);

/* ---- Dynamic evaluation ---------------------------------------------------------------------- */

/* Dynamic evaluation (Krause et al. 2018): the weights go on learning from the text that is
 * read. */
typedef struct ink_dynamic {
  float learning_rate; /* [0,1]: of each update, which is normalised by the gradients' size */
  float decay;         /* [0,1]: the share of the way back to the trained weights, each update */
  uint32_t segment;    /* tokens from one update to the next, 1 to 65536 */
} ink_dynamic;
void ink_dynamic_default(ink_dynamic *options);

/* Scores a text, each segment before it is learnt from, state carried from the first token to the
 * last. `bytes` are those that the model was loaded from. When `adapted` is not NULL it receives
 * the model as it is after the text, the bytes of a file, which the caller releases with
 * ink_release(). INK_ERROR_ARGUMENT names the member that is out of its range, or says that the
 * model has parts of another program, which are not trained here. */
ink_status ink_evaluate_dynamic(const ink_model *model, const uint8_t *bytes, size_t size,
                                const ink_dynamic *options, const char *text, size_t text_bytes,
                                ink_evaluation *evaluation, uint8_t **adapted,
                                size_t *adapted_bytes, ink_error *error);

/* ---- N-grams: what a table of counts, without a network, makes of a text --------------------- */

/* Interpolated n-grams with modified Kneser-Ney smoothing (Chen and Goodman 1999): what a network
 * has to beat. Every token has a probability above 0 after every context. Immutable once made. */
typedef struct ink_ngram ink_ngram;

enum { INK_NGRAM_ORDER_MAX = 8 };

/* Counts a text. `order`, 1 to 8, is how many tokens an n-gram has: the last one is predicted from
 * those before it. `vocabulary` is as for ink_model_load(), so that an n-gram predicts among the
 * tokens that a network knows; NULL takes the text's own characters. INK_ERROR_VOCABULARY names
 * characters outside of it. At order 8 takes some 20 bytes a character of prose, and of a long
 * text far less. */
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
 * that is nothing. *order is 1 to 8, or 0 for the best of them, which then is stored there. Of a
 * text of more than INK_TRAINER_NGRAM_MOST tokens the last so many are counted. */
enum { INK_TRAINER_NGRAM_MOST = 20000000 };
ink_status ink_trainer_ngram(const ink_trainer *trainer, uint32_t *order,
                             ink_evaluation *evaluation, ink_error *error);

/* ink_count() of the text that a trainer trains on into `bytes` [size], its model. What is to be
 * chosen is chosen by what it holds out; if that is nothing the weight is 0.3. */
ink_status ink_trainer_count(const ink_trainer *trainer, const uint8_t *bytes, size_t size,
                             ink_count_options *options, uint8_t **file, size_t *file_size,
                             ink_error *error);

/* The n-gram of `trained_on` over a model's tokens, scored on `text` as ink_evaluate() scores the
 * model with this `reset`. *order as for ink_trainer_ngram(). */
ink_status ink_model_ngram(const ink_model *model, const char *trained_on, size_t trained_on_bytes,
                           const char *text, size_t bytes, uint32_t reset, uint32_t *order,
                           ink_evaluation *evaluation, ink_error *error);

/* Bytes that counting a text of so many tokens takes at most beside them: the keys that are sorted
 * at once, and the table, which grows little once 20 million tokens are in it. */
double ink_counting_bytes(double tokens);

/* ---- Classifiers, translators and captioners, on examples ------------------------------------ */

/* All three give INK_ERROR_ARGUMENT for a model of another task, and INK_ERROR_TEXT for a text
 * without examples, or one of which a line is none. Of several texts that are as likely the first
 * is taken. */

typedef struct ink_classification {
  double accuracy; /* the share of items whose class was found, 0 to 1 */
  /* the mean of the classes' F1, the harmonic mean of precision and recall, 0 to 1 */
  double macro_f1;
  double nats; /* the mean of -ln p(class); NaN of naive Bayes */
  double items;
} ink_classification;

/* A classifier on lines of a label, a tab and a text. Characters that it does not know are left
 * out. INK_ERROR_TEXT names a label that is none of its classes. */
ink_status ink_evaluate_classes(const ink_model *model, const char *text, size_t bytes,
                                ink_classification *result, ink_error *error);

enum { INK_REFERENCES_MAX = 64 };

typedef struct ink_translation {
  double exact; /* the share of texts that came out as one of their references, 0 to 1 */
  double bleu; /* 0 to 100 (scores/bleu.c has the formula); NaN: no run of four words was written */
  double items;
  double lines_cut; /* how many lines have more references than are read */
} ink_translation;

/* A translator on lines of a text, a tab and its translation, or up to `references` of them, 1 to
 * INK_REFERENCES_MAX, with tabs between them. */
ink_status ink_evaluate_translations(const ink_model *model, const char *text, size_t bytes,
                                     uint32_t references, const ink_beam_options *beam,
                                     ink_translation *result, ink_error *error);

typedef struct ink_captioning {
  double nats;    /* per token of the captions and of the line breaks after them */
  double tokens;  /* of them */
  double exact;   /* the share of captions that came out exactly, 0 to 1 */
  double word_f1; /* the mean F1 of the words that a caption shares with what came out, 0 to 1 */
  double items;
} ink_captioning;

/* A captioner on captions, a line each, and as many pictures, as in ink_material. */
ink_status ink_evaluate_captions(const ink_model *model, const char *text, size_t bytes,
                                 const uint8_t *pictures, size_t pictures_bytes,
                                 const ink_beam_options *beam, ink_captioning *result,
                                 ink_error *error);

/* ---- Naive Bayes: what counting makes of a text's class -------------------------------------- */

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
 * rule). INK_ERROR_TEXT names the line that has no tab or nothing on one side of it. Takes about 16
 * bytes a feature while counting, four features a character. */
ink_status ink_naive_bayes_new(const char *text, size_t bytes, uint32_t features, double smoothing,
                               ink_naive_bayes **bayes, ink_error *error);
void ink_naive_bayes_free(ink_naive_bayes *bayes);

/* Scores it on other examples. Those whose label was not among those counted it gets wrong. */
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
