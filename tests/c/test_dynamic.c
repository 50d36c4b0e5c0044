/*
 * Dynamic evaluation from outside: without learning it is plain evaluation, with it a text that
 * repeats itself is predicted better and better, and what has been learnt can be kept as a model.
 */
#include <math.h>

#include "inkling_scores.h"
#include "network.h"

/* Tokens of network.h, again and again. */
static ink_buffer repeated_text(size_t times) {
  ink_buffer text = {0};
  for (size_t i = 0; i < times; i++) ink_buffer_append(&text, "!\"#!\"!##", 8);
  CHECK(!text.failed);
  return text;
}

static void check_cell(ink_cell_kind cell, size_t embed) {
  network n = network_new(cell, 8, 9, 2, embed, 0.4f, 5);
  ink_buffer file = network_file(&n, NULL, 0), text = repeated_text(60);
  const uint8_t *bytes = (const uint8_t *)file.bytes;
  ink_model *model, *learnt;
  ink_error error;
  CHECK_OK(ink_model_load(bytes, file.size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
  ink_evaluation plain, still, dynamic, after;
  CHECK_OK(ink_evaluate(model, text.bytes, text.size, 0, &plain, &error));

  ink_dynamic options;
  ink_dynamic_default(&options);
  options.learning_rate = 0;
  options.segment = 7;
  CHECK_OK(ink_evaluate_dynamic(model, bytes, file.size, &options, text.bytes, text.size, &still,
                                NULL, NULL, &error));
  CHECK_NEAR(still.nats, plain.nats, 1e-5);
  CHECK(still.tokens == plain.tokens);

  options.learning_rate = 0.01f;
  uint8_t *adapted;
  size_t adapted_bytes;
  CHECK_OK(ink_evaluate_dynamic(model, bytes, file.size, &options, text.bytes, text.size, &dynamic,
                                &adapted, &adapted_bytes, &error));
  CHECK(dynamic.nats < plain.nats - 0.3);
  CHECK_OK(ink_model_load(adapted, adapted_bytes, NULL, 0, INK_KERNEL_AUTO, &learnt, &error));
  CHECK_OK(ink_evaluate(learnt, text.bytes, text.size, 0, &after, &error));
  CHECK(after.nats < plain.nats - 0.3);
  ink_model_free(learnt);
  ink_release(adapted);

  /* Pulled all the way back after every update, the network stays what it was. */
  options.decay = 1;
  options.learning_rate = 1e-9f;
  CHECK_OK(ink_evaluate_dynamic(model, bytes, file.size, &options, text.bytes, text.size, &still,
                                NULL, NULL, &error));
  CHECK_NEAR(still.nats, plain.nats, 1e-4);
  ink_model_free(model);
  ink_buffer_free(&file);
  ink_buffer_free(&text);
  network_free(&n);
}

typedef struct subject {
  const ink_model *model;
  const ink_buffer *file;
} subject;

static ink_status try(const subject *s, size_t size, ink_dynamic options, const char *text,
                      ink_error *error) {
  ink_evaluation evaluation;
  return ink_evaluate_dynamic(s->model, (const uint8_t *)s->file->bytes, size, &options, text,
                              strlen(text), &evaluation, NULL, NULL, error);
}

static void check_bad_input(void) {
  network n = network_new(INK_CELL_GRU, 8, 4, 1, 0, 0.4f, 5);
  ink_buffer file = network_file(&n, NULL, 0);
  ink_model *model = network_load(&n);
  subject s = {model, &file};
  ink_error error;
  ink_dynamic good, bad;
  ink_dynamic_default(&good);
  bad = good, bad.learning_rate = NAN;
  CHECK_FAILS(try(&s, file.size, bad, "!\"", &error), INK_ERROR_ARGUMENT, "learning rate");
  bad = good, bad.decay = -1;
  CHECK_FAILS(try(&s, file.size, bad, "!\"", &error), INK_ERROR_ARGUMENT, "decay");
  bad = good, bad.segment = 0;
  CHECK_FAILS(try(&s, file.size, bad, "!\"", &error), INK_ERROR_ARGUMENT, "segment");
  CHECK_FAILS(try(&s, file.size, good, "!", &error), INK_ERROR_TEXT, "1 tokens");
  CHECK_FAILS(try(&s, file.size, good, "z!", &error), INK_ERROR_VOCABULARY, "z");
  CHECK_FAILS(try(&s, 20, good, "!\"", &error), INK_ERROR_FORMAT, "");
  CHECK_OK(try(&s, file.size, good, "!\"", &error));
  ink_model_free(model);
  ink_buffer_free(&file);
  network_free(&n);
}

int main(void) {
  check_cell(INK_CELL_RNN, 0);
  check_cell(INK_CELL_GRU, 3);
  check_cell(INK_CELL_LSTM, 0);
  check_bad_input();
  return 0;
}
