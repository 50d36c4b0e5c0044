/*
 * Inkling: looking inside, at what a text does to a network. Part of inkling.h, which includes this
 * file; conventions are explained there. Not in the WebAssembly build that only generates; saliency
 * is in the one that trains.
 */
#ifndef INKLING_INSIDE_H
#define INKLING_INSIDE_H

#include "inkling.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Units of a state ------------------------------------------------------------------------ */

typedef enum ink_state_kind {
  INK_STATE_HIDDEN = 0, /* h, which every cell has */
  INK_STATE_CELL        /* c, of an LSTM */
} ink_state_kind;

/* One unit of the state. Whoever writes it goes on from there: the next logits are those of the new
 * state, and a session that was fresh no longer is. INK_ERROR_ARGUMENT: the model has no such unit,
 * or part, or the value is not finite. */
ink_status ink_session_state(const ink_session *session, ink_state_kind kind, uint32_t layer,
                             uint32_t unit, float *value, ink_error *error);
ink_status ink_session_set_state(ink_session *session, ink_state_kind kind, uint32_t layer,
                                 uint32_t unit, float value, ink_error *error);

/* ---- Trace ----------------------------------------------------------------------------------- */

/* The gates of the model's cell in the order of a trace, activated: "input", "forget", "candidate"
 * and "output" of an LSTM, "reset", "update" (which keeps the old state where it is 1) and
 * "candidate" of a GRU; NULL behind the last, and at once of cells with no gate apart from h. */
const char *ink_model_gate(const ink_model *model, uint32_t index);

/* What a trace holds besides ids, nats and states; to be added up. */
enum { INK_TRACE_GATES = 1, INK_TRACE_LOGITS = 2, INK_TRACE_LAYER_LOGITS = 4 };

/* What every token of a text left. An array that was not asked for, or that the cell does not have,
 * is NULL. */
typedef struct ink_trace {
  void *memory; /* of all the arrays, which the caller gives to ink_release() */
  size_t tokens, layers, units, gate_count, outputs;
  uint32_t *ids; /* [tokens] */
  /* [tokens]: -ln p(token | those before), under the model's own distribution, as ink_evaluate()
   * has it; NaN of a token with nothing before it */
  float *nats;
  float *hidden; /* [tokens][layers][units]: h after the token, the same bits as the session's */
  float *cell;   /* [tokens][layers][units]: c likewise */
  float *gates;  /* [tokens][layers][gate_count][units]: with which the token was read */
  float *logits; /* [tokens][outputs]: after the token, as ink_session_logits() */
  /* [tokens][layers][outputs]: what the read-out says of each layer's h as if it were the last
   * one's, by the network alone, without counts (the "logit lens", nostalgebraist 2020); of the
   * last layer the same bits as the network's own logits */
  float *layer_logits;
} ink_trace;

/* Reads a text as ink_session_feed() does, and writes down what happens; the model's `start` is
 * read, but not traced. `also` is a sum of INK_TRACE_*. A failed call changes nothing and allocates
 * nothing. INK_ERROR_MEMORY also when the trace would take more than 256 MB; INK_ERROR_ARGUMENT
 * when the model is a classifier, when `also` has more than those, or when layer logits are asked
 * for of one whose read-out reads more than the last layer's h; and the errors of
 * ink_session_feed(). */
ink_status ink_session_trace(ink_session *session, const char *text, size_t bytes, int skip_unknown,
                             uint32_t also, ink_trace *trace, ink_error *error);

/* ---- Saliency: which tokens spoke for a token ------------------------------------------------- */

/* What each token of a text before token `place` has to do with that one:
 *   saliency_i = (d ln p / d x_i) . x_i
 * where p is the probability of the token at the place after all before it, as the network alone
 * has it, without counts, and x_i what the network reads for token i: its embedding, or its one-hot
 * row. It is by how much ln p would grow, to first order, were x_i larger by the whole of itself;
 * negative where the token spoke against. *saliency [place], which the caller gives to
 * ink_release(). `bytes` are those that the model, a generator, was loaded from; the text is read
 * as by ink_session_feed() in a fresh session. INK_ERROR_ARGUMENT: the text has no token `place`,
 * more than 65536 tokens are before it, or the model has parts of another program, which are not
 * trained here. INK_ERROR_FORMAT: the weights are too large for it. */
ink_status ink_saliency(const ink_model *model, const uint8_t *bytes, size_t size, const char *text,
                        size_t text_bytes, int skip_unknown, size_t place, float **saliency,
                        ink_error *error);

#ifdef __cplusplus
}
#endif
#endif
