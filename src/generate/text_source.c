/*
 * Encoding a text for a translator. Layer by layer over the whole text: the inputs of a layer are
 * one product, and odd layers read the text from its end (Zhou and Xu 2015), so that with two
 * layers or more what is remembered of a token has seen both sides of it. The last state of each
 * layer is where the decoder's layer begins.
 */
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "generate/session.h"

typedef struct encoding {
  float *x_parts; /* [T][gate_rows] */
  float *h_part;  /* [gate_rows] */
  float *below;   /* [T][the wider of E and H]: what a layer reads */
  float *outputs; /* [T][H] */
  ink_quantized *quantized;
} encoding;

static encoding lay_out(const ink_model *model, size_t count, ink_arena *arena) {
  size_t hidden = model->shape.hidden, embed = model->shape.embed;
  size_t widest = embed > hidden ? embed : hidden;
  return (encoding){.x_parts = ink_arena_floats(arena, count, model->gate_rows),
                    .h_part = ink_arena_floats(arena, model->gate_rows, 1),
                    .below = ink_arena_floats(arena, count, widest),
                    .outputs = ink_arena_floats(arena, count, hidden),
                    .quantized = ink_quantized_lay_out(widest, INK_STREAMS_MAX, arena)};
}

/* x_parts of layer l for the whole text. */
static void make_inputs(const ink_source *source, const encoding *e, size_t l) {
  const ink_model *model = source->model;
  const ink_model_stack *stack = &model->encoder;
  size_t rows = model->gate_rows, embed = model->shape.embed;
  if (l == 0 && stack->table != NULL) {
    for (size_t t = 0; t < source->positions; t++) {
      memcpy(e->x_parts + t * rows, stack->table + source->ids[t] * rows, rows * sizeof(float));
    }
    return;
  }
  for (size_t t = 0; l == 0 && t < source->positions; t++) {
    memcpy(e->below + t * embed, stack->embedding + source->ids[t] * embed, embed * sizeof(float));
  }
  if (l > 0) memcpy(e->below, e->outputs, source->positions * model->shape.hidden * sizeof(float));
  ink_source_multiply(model, &stack->layers[l].input, source->positions, e->below, e->quantized,
                      e->x_parts);
}

/* Runs layer l, whose state starts as zeros and stays in the source. */
static void run_layer(const ink_source *source, const encoding *e, size_t l) {
  const ink_model *model = source->model;
  size_t hidden = model->shape.hidden, count = source->positions;
  float *h = source->state + l * hidden;
  float *c = model->cell->carries_c ? h + model->shape.layers * hidden : NULL;
  for (size_t i = 0; i < count; i++) {
    size_t t = l % 2 == 0 ? i : count - 1 - i;
    ink_source_multiply(model, &model->encoder.layers[l].recurrent, 1, h, e->quantized, e->h_part);
    model->cell->forward(1, hidden, e->x_parts + t * model->gate_rows, e->h_part, NULL, h, c, h, c);
    memcpy(e->outputs + t * hidden, h, hidden * sizeof *h);
  }
}

static ink_status encode(ink_source *source, ink_error *error) {
  ink_arena counted = {0};
  size_t size;
  lay_out(source->model, source->positions, &counted);
  void *allocated = ink_arena_size(&counted, &size) ? malloc(size) : NULL;
  if (allocated == NULL) return ink_fail_memory(error);
  ink_arena arena = ink_arena_over(allocated);
  encoding e = lay_out(source->model, source->positions, &arena);
  for (size_t l = 0; l < source->model->shape.layers; l++) {
    make_inputs(source, &e, l);
    run_layer(source, &e, l);
  }
  ink_status status = ink_source_remember(source, e.outputs, error);
  free(allocated);
  return status;
}

ink_status ink_source_text(const ink_model *model, const char *text, size_t bytes, int skip_unknown,
                           ink_source **source, ink_error *error) {
  *source = NULL;
  if (!ink_shape_is(&model->shape, INK_TASK_TRANSLATOR)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a %s does not translate a text",
                    ink_task_name(model->shape.task));
  }
  uint32_t *ids;
  size_t count;
  ink_status status =
      ink_prompt_encode(model->source_vocabulary, text, bytes, skip_unknown, &ids, &count, error);
  if (status != INK_OK) return status;
  ink_source *s = NULL;
  if (count == 0) {
    status = ink_fail(error, INK_ERROR_TEXT, "there is no text to translate");
  } else {
    status = ink_source_new(model, count, true, &s, error);
  }
  if (status == INK_OK) {
    memcpy(s->ids, ids, count * sizeof *ids);
    status = encode(s, error);
  }
  free(ids);
  if (status != INK_OK) {
    ink_source_free(s);
    return status;
  }
  *source = s;
  return INK_OK;
}
