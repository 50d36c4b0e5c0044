/*
 * Saliency against central differences: a token's input vector is made a little larger, and a
 * little smaller, in the file itself; of all cells, one-hot and embedded.
 */
#include "check.h"
#include "layers/cell.h"
#include "network.h"

enum { VOCABULARY = 9, HIDDEN = 6, PLACE = 6 };

/* Token 1 occurs twice before the place, and the token at the place once. */
static const uint32_t ids[] = {1, 4, 2, 1, 3, 5, 4, 2};
enum { COUNT = sizeof ids / sizeof ids[0] };

typedef struct sample {
  network n;
  const char *metadata[4];
  size_t metadata_count;
  ink_buffer file;
  ink_model *model;
  char text[4 * COUNT + 1];
} sample;

static void load(sample *s) {
  s->file = network_file(&s->n, s->metadata, s->metadata_count);
  ink_error error;
  CHECK_OK(ink_model_load((const uint8_t *)s->file.bytes, s->file.size, NULL, 0, INK_KERNEL_AUTO,
                          &s->model, &error));
  s->text[0] = '\0';
  for (size_t i = 0; i < COUNT; i++) strcat(s->text, ink_model_token(s->model, ids[i]));
}

static void unload(sample *s) {
  ink_model_free(s->model);
  ink_buffer_free(&s->file);
}

/* ln p of the token at the place, by a session that steps to it. */
static double log_probability(sample *s) {
  load(s);
  ink_session *session;
  ink_error error;
  CHECK_OK(ink_session_new(s->model, &session, &error));
  for (size_t i = 0; i < PLACE; i++) CHECK_OK(ink_session_feed_token(session, ids[i], &error));
  const float *logits = ink_session_logits(session);
  double sum = 0;
  for (size_t v = 0; v < VOCABULARY; v++) sum += exp((double)logits[v]);
  double found = (double)logits[ids[PLACE]] - log(sum);
  ink_session_free(session);
  unload(s);
  return found;
}

/* Multiplies the input vector of a token: its embedding, or the column of W_ih that its one-hot row
 * picks. */
static void scale_input(network *n, uint32_t id, float factor) {
  const ink_shape *shape = &n->parameters.shape;
  const ink_stack_parameters *at = &n->parameters.stack;
  float *embedding = n->floats + at->embedding + id * shape->embed;
  for (size_t e = 0; e < shape->embed; e++) embedding[e] *= factor;
  float *column = n->floats + at->weight_ih[0] + id;
  for (size_t r = 0; shape->embed == 0 && r < shape->gates * shape->hidden; r++) {
    column[r * VOCABULARY] *= factor;
  }
}

static double difference(sample *s, uint32_t id) {
  const float step = 0x1p-6f;
  float *kept = malloc(s->n.parameters.size * sizeof *kept);
  CHECK(kept != NULL);
  memcpy(kept, s->n.floats, s->n.parameters.size * sizeof *kept);
  scale_input(&s->n, id, 1 + step);
  double above = log_probability(s);
  memcpy(s->n.floats, kept, s->n.parameters.size * sizeof *kept);
  scale_input(&s->n, id, 1 - step);
  double below = log_probability(s);
  memcpy(s->n.floats, kept, s->n.parameters.size * sizeof *kept);
  free(kept);
  return (above - below) / (2 * (double)step);
}

static float *saliency(sample *s, size_t place) {
  load(s);
  float *found;
  ink_error error;
  CHECK_OK(ink_saliency(s->model, (const uint8_t *)s->file.bytes, s->file.size, s->text,
                        strlen(s->text), 0, place, &found, &error));
  unload(s);
  return found;
}

/* Whether a cell has an activation of straight pieces: a difference that spans a corner is no
 * derivative, so that one of them may be wrong. */
static bool has_corners(const char *name) {
  return strstr(name, "relu") != NULL || strstr(name, "hard") != NULL;
}

/* A difference is of all places of a token together. */
static void check_cell(ink_cell_kind kind, size_t layers, size_t embed, bool starts) {
  const char *name = ink_cell_find(kind, "scalar")->name;
  sample s = {.n = network_new(kind, VOCABULARY, HIDDEN, layers, embed, 0.7f, 11 + kind),
              .metadata = {"cell", name, "start", "\n"},
              .metadata_count = starts ? 2 : 1};
  float *found = saliency(&s, PLACE);
  double largest = 0;
  for (size_t i = 0; i < PLACE; i++) largest = fmax(largest, fabs((double)found[i]));
  CHECK(largest > 1e-3);
  int wrong = 0;
  for (uint32_t id = 1; id <= 5; id++) {
    double sum = 0;
    for (size_t i = 0; i < PLACE; i++) sum += ids[i] == id ? (double)found[i] : 0;
    double numeric = difference(&s, id), tolerance = 1e-3 * largest + 3e-5;
    if (has_corners(name) && fabs(sum - numeric) > tolerance) {
      wrong++;
    } else {
      CHECK_NEAR(sum, numeric, tolerance);
    }
  }
  CHECK(wrong <= 1);
  ink_release(found);
  network_free(&s.n);
}

static void test_refusals(void) {
  sample s = {.n = network_new(INK_CELL_LSTM, VOCABULARY, HIDDEN, 1, 4, 0.7f, 5)};
  float *first = saliency(&s, 0);
  CHECK(first != NULL);
  ink_release(first);
  load(&s);
  const uint8_t *bytes = (const uint8_t *)s.file.bytes;
  float *found;
  ink_error error;
  CHECK_FAILS(
      ink_saliency(s.model, bytes, s.file.size, s.text, strlen(s.text), 0, COUNT, &found, &error),
      INK_ERROR_ARGUMENT, "no token 8: the text has 8");
  CHECK(found == NULL);
  CHECK_FAILS(ink_saliency(s.model, bytes, s.file.size, "!~", 2, 0, 1, &found, &error),
              INK_ERROR_VOCABULARY, "~");
  CHECK_FAILS(ink_saliency(s.model, bytes, 20, s.text, strlen(s.text), 0, 1, &found, &error),
              INK_ERROR_FORMAT, "");
  char *much = malloc(70000);
  CHECK(much != NULL);
  memset(much, '!', 70000);
  CHECK_FAILS(ink_saliency(s.model, bytes, s.file.size, much, 70000, 0, 69999, &found, &error),
              INK_ERROR_ARGUMENT, "69999 tokens");
  free(much);
  network other = network_new(INK_CELL_LSTM, VOCABULARY - 1, HIDDEN, 1, 4, 0.7f, 5);
  ink_buffer file = network_file(&other, NULL, 0);
  CHECK_FAILS(ink_saliency(s.model, (const uint8_t *)file.bytes, file.size, s.text, strlen(s.text),
                           0, 1, &found, &error),
              INK_ERROR_ARGUMENT, "not those of the model");
  ink_buffer_free(&file);
  network_free(&other);
  unload(&s);
  network_free(&s.n);
}

static void test_infinite(void) {
  ink_cell_kind linear;
  CHECK(ink_cell_kind_of_name("linear", &linear));
  sample s = {.n = network_new(linear, VOCABULARY, HIDDEN, 1, 0, 1, 5),
              .metadata = {"cell", "linear"},
              .metadata_count = 1};
  for (size_t i = 0; i < s.n.parameters.size; i++) s.n.floats[i] *= 1e30f;
  load(&s);
  float *found;
  ink_error error;
  CHECK_FAILS(ink_saliency(s.model, (const uint8_t *)s.file.bytes, s.file.size, s.text,
                           strlen(s.text), 0, PLACE, &found, &error),
              INK_ERROR_FORMAT, "no finite number");
  CHECK(found == NULL);
  unload(&s);
  network_free(&s.n);
}

int main(void) {
  for (int kind = 0; kind < INK_CELLS; kind++) {
    check_cell((ink_cell_kind)kind, 1, 0, false);
    check_cell((ink_cell_kind)kind, 2, 4, true);
  }
  test_refusals();
  test_infinite();
  return 0;
}
