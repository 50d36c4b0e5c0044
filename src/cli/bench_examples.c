/*
 * Texts classified, texts translated and pictures captioned per second, greedily and one after
 * another.
 */
#include "cli/bench_examples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/ppm.h"
#include "base/status.h"
#include "cli/files.h"
#include "cli/measure.h"
#include "cli/print.h"
#include "inkling_text.h"

enum { LENGTH = 200 };

static bool is(const ink_model *model, const char *task) {
  ink_info info;
  ink_model_info(model, &info);
  return strcmp(info.task, task) == 0;
}

/* What is gone through: lines, or pictures. */
typedef struct examples {
  char *bytes;
  ink_pair *lines;
  ink_ppm *pictures;
  size_t count;
} examples;

static ink_status encode(const ink_model *model, const examples *e, size_t i, ink_source **source,
                         ink_error *error) {
  if (is(model, "translator")) {
    return ink_source_text(model, e->lines[i].right, e->lines[i].right_bytes, 1, source, error);
  }
  const ink_ppm *picture = &e->pictures[i];
  return ink_source_picture(model, picture->pixels, (uint32_t)picture->width,
                            (uint32_t)picture->height, 3, source, error);
}

static ink_status do_example(const ink_model *model, ink_session *session, const examples *e,
                             size_t i, double *encoding, ink_error *error) {
  if (is(model, "classifier")) {
    const float *probabilities;
    ink_session_reset(session);
    ink_status status =
        ink_session_feed(session, e->lines[i].right, e->lines[i].right_bytes, 1, error);
    if (status != INK_OK) return status;
    return ink_session_distribution(session, NULL, &probabilities, error);
  }
  const ink_beam_options greedy = {.width = 1, .length = LENGTH};
  ink_source *source;
  ink_hypothesis *best;
  size_t count;
  double began = ink_seconds();
  ink_status status = encode(model, e, i, &source, error);
  *encoding += ink_seconds() - began;
  if (status != INK_OK) return status;
  status = ink_session_start(session, source, error);
  if (status == INK_OK) {
    status = ink_beam_search(session, &greedy, NULL, 0, &best, &count, error);
  }
  if (status == INK_OK) ink_release(best);
  ink_source_free(source);
  return status;
}

static ink_status measure(const ink_model *model, const examples *e, ink_bench_effort effort,
                          ink_bench_rate *rate, ink_error *error) {
  ink_session *session;
  ink_status status = ink_session_new(model, &session, error);
  double rates[INK_BENCH_RUNS_MAX], shares[INK_BENCH_RUNS_MAX];
  size_t next = 0;
  for (uint32_t r = 0; r <= effort.runs && status == INK_OK; r++) { /* the first is warm-up */
    double began = ink_seconds(), encoding = 0, done = 0;
    do {
      status = do_example(model, session, e, next++ % e->count, &encoding, error);
      done++;
    } while (status == INK_OK && ink_seconds() - began < effort.seconds);
    uint32_t row = r == 0 ? 0 : r - 1;
    rates[row] = done / (ink_seconds() - began);
    shares[row] = is(model, "classifier") ? 1 : encoding / (ink_seconds() - began);
  }
  ink_session_free(session);
  if (status != INK_OK) return status;
  *rate = (ink_bench_rate){ink_median(rates, effort.runs), ink_median(shares, effort.runs)};
  return INK_OK;
}

static ink_status read_pictures(size_t bytes, examples *e, ink_error *error) {
  const uint8_t *file = (const uint8_t *)e->bytes;
  ink_buffer list = {0};
  ink_status status = INK_OK;
  for (size_t at = 0; at < bytes && status == INK_OK;) {
    ink_ppm picture;
    status = ink_ppm_next(file, bytes, ++e->count, &at, &picture, error);
    ink_buffer_append(&list, &picture, sizeof picture);
  }
  e->pictures = (ink_ppm *)(void *)list.bytes; /* as malloc aligned it */
  if (status == INK_OK && list.failed) status = ink_fail_memory(error);
  if (status == INK_OK && e->count == 0) {
    status = ink_fail(error, INK_ERROR_TEXT, "the file of examples is empty");
  }
  return status;
}

static ink_status read_examples(const ink_model *model, size_t bytes, examples *e,
                                ink_error *error) {
  if (is(model, "captioner")) return read_pictures(bytes, e, error);
  ink_status status = ink_lines_read(e->bytes, bytes, &e->lines, &e->count, error);
  if (status == INK_OK && e->count == 0) {
    status = ink_fail(error, INK_ERROR_TEXT, "the file of examples is empty");
  }
  return status;
}

bool ink_bench_examples(const ink_model *model, const char *path, ink_bench_effort effort,
                        ink_bench_rate *rate) {
  if (path == NULL) {
    ink_info info;
    ink_model_info(model, &info);
    ink_complain("bench", "a %s needs examples: --text FILE, of %s", info.task,
                 is(model, "captioner") ? "PPM pictures" : "a text a line");
    return false;
  }
  examples e = {0};
  size_t bytes = 0;
  ink_error error;
  bool done = false;
  if (ink_file_read(path, &e.bytes, &bytes)) {
    ink_status status = read_examples(model, bytes, &e, &error);
    if (status == INK_OK) status = measure(model, &e, effort, rate, &error);
    done = status == INK_OK;
    if (!done) ink_report("", &error);
  }
  free(e.lines);
  free(e.pictures);
  free(e.bytes);
  return done;
}
