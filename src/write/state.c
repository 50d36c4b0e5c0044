/*
 * The state of a session as bytes, and back.
 */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "write/session.h"

enum { STATE_VERSION = 1 };

/* Little-endian: "INKS"; then of 32 bits the version, cell, layers, hidden, vocabulary, 1 if fresh
 * plus twice the spacing, the number of recent tokens, 256 recent tokens, oldest first, 0 where
 * there are fewer; of 64 bits the two of the random numbers; then the state as floats: h, and c
 * where the cell carries it. Logits are made again. */
enum { STATE_HEADER = 4 + 7 * 4 + INK_RECENT_MAX * 4 + 2 * 8 };

size_t ink_session_state_size(const ink_session *session) {
  return STATE_HEADER + ink_stream_floats(&session->model->network) * sizeof(float);
}

static uint8_t *put(uint8_t *to, const void *value, size_t size) {
  memcpy(to, value, size);
  return to + size;
}

static uint8_t *put32(uint8_t *to, uint32_t value) { return put(to, &value, sizeof value); }

static void get(const uint8_t **from, void *value, size_t size) {
  memcpy(value, *from, size);
  *from += size;
}

static uint32_t get32(const uint8_t **from) {
  uint32_t value;
  get(from, &value, sizeof value);
  return value;
}

void ink_session_save(const ink_session *session, uint8_t *bytes) {
  const ink_shape *shape = &session->model->network.shape;
  memcpy(bytes, "INKS", 4);
  uint8_t *to = put32(bytes + 4, STATE_VERSION);
  to = put32(to, (uint32_t)shape->cell);
  to = put32(to, (uint32_t)shape->layers);
  to = put32(to, (uint32_t)shape->hidden);
  to = put32(to, (uint32_t)shape->vocabulary);
  to = put32(to, (session->fresh ? 1 : 0) | session->spacing << 1);
  to = put32(to, session->stream.recent.count);
  for (uint32_t back = session->stream.recent.count; back > 0; back--) {
    to = put32(to, ink_recent_at(&session->stream.recent, back));
  }
  for (uint32_t i = session->stream.recent.count; i < INK_RECENT_MAX; i++) to = put32(to, 0);
  to = put(to, &session->random.state, sizeof session->random.state);
  to = put(to, &session->random.increment, sizeof session->random.increment);
  put(to, session->stream.state, ink_stream_floats(&session->model->network) * sizeof(float));
}

static bool is_of_shape(const uint8_t **from, const ink_shape *shape) {
  uint32_t cell = get32(from), layers = get32(from), hidden = get32(from);
  uint32_t vocabulary = get32(from);
  return cell == (uint32_t)shape->cell && layers == shape->layers && hidden == shape->hidden &&
         vocabulary == shape->vocabulary;
}

ink_status ink_session_restore(ink_session *session, const uint8_t *bytes, size_t size,
                               ink_error *error) {
  const ink_shape *shape = &session->model->network.shape;
  if (size < STATE_HEADER || memcmp(bytes, "INKS", 4) != 0) {
    return ink_fail(error, INK_ERROR_FORMAT, "not the saved state of a session");
  }
  const uint8_t *from = bytes + 4;
  uint32_t version = get32(&from);
  if (version != STATE_VERSION) {
    return ink_fail(error, INK_ERROR_FORMAT, "a saved state of version %lu where %d fits",
                    (unsigned long)version, STATE_VERSION);
  }
  uint32_t vocabulary = (uint32_t)shape->vocabulary;
  if (!is_of_shape(&from, shape)) {
    return ink_fail(error, INK_ERROR_FORMAT, "the saved state is that of another model");
  }
  if (size != ink_session_state_size(session)) {
    return ink_fail(error, INK_ERROR_FORMAT, "the saved state has %zu bytes where %zu fit", size,
                    ink_session_state_size(session));
  }
  uint32_t flags = get32(&from), recent_count = get32(&from);
  ink_spacing spacing = flags >> 1, most = ink_session_reads_words(session) ? INK_SPACING_MOST : 0;
  bool good = spacing <= most && recent_count <= INK_RECENT_MAX;
  ink_recent recent = {0};
  for (uint32_t i = 0; i < INK_RECENT_MAX; i++) {
    uint32_t id = get32(&from);
    good = good && id < vocabulary;
    if (good && i < recent_count) ink_recent_add(&recent, id);
  }
  ink_random random;
  get(&from, &random.state, sizeof random.state);
  get(&from, &random.increment, sizeof random.increment);
  good = good && (random.increment & 1) == 1;
  const uint8_t *floats = from;
  size_t count = ink_stream_floats(&session->model->network);
  for (size_t i = 0; i < count; i++) {
    float value;
    get(&from, &value, sizeof value);
    good = good && isfinite(value);
  }
  if (!good) return ink_fail(error, INK_ERROR_FORMAT, "the saved state is damaged");

  session->fresh = (flags & 1) != 0;
  session->spacing = spacing;
  session->stream.recent = recent;
  session->random = random;
  memcpy(session->stream.state, floats, count * sizeof(float));
  session->has_logits = false;
  return INK_OK;
}
