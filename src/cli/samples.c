/*
 * Samples. See samples.h.
 */
#include "cli/samples.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/ppm.h"
#include "inkling_text.h"

enum {
  SAMPLE = 120, /* tokens of a text */
  SOURCES = 3,  /* texts that are written from something */
  SHOWN = 240   /* bytes of a line that is written from: no more are shown */
};

static ink_status write_text(ink_session *session, const ink_sampling *sampling,
                             ink_buffer *sample) {
  ink_generation *generation;
  ink_status status = ink_generation_new(session, sampling, SAMPLE, NULL, 0, &generation, NULL);
  while (status == INK_OK && !ink_generation_done(generation)) {
    const char *piece;
    size_t length;
    status = ink_generation_next(generation, SAMPLE, &piece, &length, NULL);
    if (status == INK_OK) ink_buffer_append(sample, piece, length);
  }
  ink_generation_free(generation);
  return status;
}

/* Of a model whose texts end by themselves several, a line each, until some were empty. */
static ink_status write_texts(const ink_model *model, ink_session *session, ink_buffer *sample) {
  enum { EMPTY = 3 };
  ink_sampling sampling;
  ink_sampling_default(&sampling);
  sampling.temperature = 0.8f;
  ink_status status = INK_OK;
  bool ends = ink_model_metadata(model, "end") != NULL;
  bool begins = ink_model_metadata(model, "start") != NULL;
  int empty = 0;
  do {
    if (sample->size > 0) ink_buffer_append(sample, "\n", 1);
    size_t before = sample->size;
    ink_session_reset(session);
    /* A text seldom begins anew: rather from a line's beginning, where there are lines. */
    if (!begins) ink_session_feed(session, "\n", 1, 0, NULL);
    status = write_text(session, &sampling, sample);
    empty += sample->size == before;
  } while (status == INK_OK && ends && empty < EMPTY && sample->size < SAMPLE && !sample->failed);
  return status;
}

/* The picture that begins at *at, which becomes the next one's beginning. */
static ink_status read_picture(const ink_model *model, const ink_material *m, size_t *at,
                               ink_source **source) {
  ink_ppm ppm;
  ink_status status = ink_ppm_next(m->pictures, m->pictures_bytes, 1, at, &ppm, NULL);
  if (status != INK_OK) return status;
  return ink_source_picture(model, ppm.pixels, (uint32_t)ppm.width, (uint32_t)ppm.height, 3, source,
                            NULL);
}

static ink_status write_from(const ink_model *model, ink_session *session, const ink_material *m,
                             const ink_pair *line, size_t *picture, ink_buffer *sample) {
  ink_sampling likeliest;
  ink_sampling_default(&likeliest);
  likeliest.temperature = 0;
  const char *given = line->right;
  size_t bytes = line->right_bytes;
  if (m->pictures == NULL) {
    const char *tab = memchr(given, '\t', bytes);
    if (tab != NULL) bytes = (size_t)(tab - given);
    ink_text_trim(&given, &bytes);
  }
  ink_source *source = NULL;
  ink_status status = m->pictures == NULL ? ink_source_text(model, given, bytes, 1, &source, NULL)
                                          : read_picture(model, m, picture, &source);
  if (status == INK_OK) status = ink_session_start(session, source, NULL);
  if (status == INK_OK) {
    ink_buffer_format(sample, "%s%.*s \u2192 ", sample->size > 0 ? "\n" : "", (int)bytes, given);
    status = write_text(session, &likeliest, sample);
  }
  ink_source_free(source);
  return status;
}

/* The likeliest of every line. */
static ink_status write_sources(const ink_model *model, ink_session *session, const ink_material *m,
                                ink_buffer *sample) {
  ink_status status = INK_OK;
  size_t at = 0, picture = 0;
  for (ink_pair line = {0}; status == INK_OK && ink_line_next(m->text, m->bytes, &at, &line);) {
    status = write_from(model, session, m, &line, &picture, sample);
  }
  return status;
}

/* The bytes of the picture of this index, from 0 on. */
static void keep_picture(const ink_material *m, size_t index, ink_buffer *pictures) {
  ink_ppm ppm;
  ink_status status = INK_OK;
  size_t at = 0, begin = 0;
  for (size_t i = 0; i <= index && status == INK_OK; i++) {
    begin = at;
    status = ink_ppm_next(m->pictures, m->pictures_bytes, i + 1, &at, &ppm, NULL);
  }
  if (status == INK_OK) ink_buffer_append(pictures, m->pictures + begin, at - begin);
}

void ink_samples_keep(const ink_material *m, ink_buffer *text, ink_buffer *pictures) {
  ink_pair *lines;
  size_t count;
  if (ink_lines_read(m->text, m->bytes, &lines, &count, NULL) != INK_OK) return;
  size_t most = count < SOURCES ? count : SOURCES;
  for (size_t i = 0; i < most; i++) {
    const size_t index = count * (2 * i + 1) / (2 * most);
    const ink_pair *line = &lines[index];
    if (line->right_bytes > SHOWN) continue;
    ink_buffer_append(text, line->right, line->right_bytes);
    ink_buffer_append(text, "\n", 1);
    if (m->pictures != NULL) keep_picture(m, index, pictures);
  }
  free(lines);
}

ink_status ink_samples_write(const ink_model *model, const ink_material *sources, uint64_t seed,
                             ink_buffer *sample) {
  ink_info info;
  ink_session *session;
  ink_model_info(model, &info);
  if (info.classes > 0) return INK_OK;
  ink_status status = ink_session_new(model, &session, NULL);
  if (status != INK_OK) return status;
  ink_session_seed(session, seed);
  bool generates = strcmp(info.task, "generator") == 0;
  status = generates ? write_texts(model, session, sample)
                     : write_sources(model, session, sources, sample);
  ink_session_free(session);
  return status;
}
