/*
 * How many captions come out exactly, how many of their words, and the loss of those that should.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/ppm.h"
#include "base/status.h"
#include "inkling_scores.h"
#include "inkling_text.h"
#include "scores/bleu.h"
#include "write/session.h"

/* Sums over the captions. */
typedef struct tally {
  double nats, tokens, exact, f1;
} tally;

/* -ln p(token) by the model's own distribution, "<unk>" included; the session then reads the
 * token. */
static ink_status read_token(ink_session *session, uint32_t id, tally *sums, ink_error *error) {
  sums->nats += ink_session_normaliser(session) - (double)ink_session_logits(session)[id];
  sums->tokens++;
  return ink_session_feed_token(session, id, error);
}

/* The loss of a caption. Words that the model does not know are "<unk>", or else passed over. */
static ink_status score_loss(const ink_model *model, ink_session *session, const ink_source *source,
                             const ink_pair *caption, tally *sums, ink_error *error) {
  uint32_t *ids;
  size_t count;
  ink_status status =
      ink_vocabulary_encode(model->network.vocabulary, caption->right, caption->right_bytes,
                            INK_UNKNOWN_NEAREST, &ids, &count, error);
  if (status != INK_OK) return status;
  status = ink_session_start(session, source, error);
  for (size_t i = 0; i < count && status == INK_OK; i++) {
    status = read_token(session, ids[i], sums, error);
  }
  free(ids);
  if (status == INK_OK && model->end != UINT32_MAX) {
    status = read_token(session, model->end, sums, error);
  }
  return status;
}

static ink_status score_words(ink_session *session, const ink_source *source,
                              const ink_pair *caption, const ink_beam_options *beam, tally *sums,
                              ink_error *error) {
  ink_hypothesis *best;
  size_t found;
  double f1 = 0;
  ink_status status = ink_session_start(session, source, error);
  if (status == INK_OK) status = ink_beam_search(session, beam, NULL, 0, &best, &found, error);
  if (status != INK_OK) return status;
  status = ink_word_f1(best->text, best->bytes, caption->right, caption->right_bytes, &f1, error);
  sums->f1 += f1;
  sums->exact +=
      ink_bytes_equal(best->text, best->bytes, caption->right, caption->right_bytes) ? 1 : 0;
  ink_release(best);
  return status;
}

static ink_status score_picture(const ink_model *model, ink_session *session, const ink_ppm *ppm,
                                const ink_pair *caption, const ink_beam_options *beam, tally *sums,
                                ink_error *error) {
  ink_source *source;
  ink_status status = ink_source_picture(model, ppm->pixels, (uint32_t)ppm->width,
                                         (uint32_t)ppm->height, 3, &source, error);
  if (status == INK_OK) status = score_loss(model, session, source, caption, sums, error);
  if (status == INK_OK) status = score_words(session, source, caption, beam, sums, error);
  ink_source_free(source);
  return status;
}

static ink_status score(const ink_model *model, const ink_pair *captions, size_t count,
                        const uint8_t *pictures, size_t size, const ink_beam_options *beam,
                        tally *sums, ink_error *error) {
  ink_session *session;
  ink_status status = ink_session_new(model, &session, error);
  size_t at = 0;
  for (size_t i = 0; i < count && status == INK_OK; i++) {
    ink_ppm ppm;
    status = ink_ppm_of_caption(pictures, size, i, count, &at, &ppm, error);
    if (status == INK_OK) {
      status = score_picture(model, session, &ppm, &captions[i], beam, sums, error);
    }
  }
  ink_session_free(session);
  return status;
}

ink_status ink_evaluate_captions(const ink_model *model, const char *text, size_t bytes,
                                 const uint8_t *pictures, size_t pictures_bytes,
                                 const ink_beam_options *beam, ink_captioning *result,
                                 ink_error *error) {
  ink_pair *captions = NULL;
  size_t count = 0;
  tally sums = {0};
  ink_status status = ink_lines_read(text, bytes, &captions, &count, error);
  if (status == INK_OK && count == 0) {
    status = ink_fail(error, INK_ERROR_TEXT, "there are no captions");
  }
  if (status == INK_OK) {
    status = score(model, captions, count, pictures, pictures_bytes, beam, &sums, error);
  }
  free(captions);
  if (status != INK_OK) return status;
  *result = (ink_captioning){.nats = sums.nats / sums.tokens,
                             .tokens = sums.tokens,
                             .exact = sums.exact / (double)count,
                             .word_f1 = sums.f1 / (double)count,
                             .items = (double)count};
  return INK_OK;
}
