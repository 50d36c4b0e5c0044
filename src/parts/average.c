/*
 * The weighted average of a window. See average.h.
 */
#include "parts/average.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"

/* ---- In a file ------------------------------------------------------------------------------- */

ink_status ink_average_recognise(const ink_tensors *tensors, ink_shape *shape, ink_error *error) {
  const char *reads = ink_tensors_metadata(tensors, "reads");
  const char *window = ink_tensors_metadata(tensors, "window");
  if (reads == NULL) return INK_OK;
  if (strcmp(reads, "all") != 0 || shape->embed == 0) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the model's read-out reads %.40s, which this build does not compute%s", reads,
                    shape->embed == 0 ? " without an embedding" : "");
  }
  unsigned long tokens = window == NULL ? 0 : strtoul(window, NULL, 10);
  if (tokens < 1 || tokens > INK_RECENT_MAX) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the model's window is \"%.20s\" where 1 to %d tokens fit",
                    window == NULL ? "" : window, INK_RECENT_MAX);
  }
  shape->window = tokens;
  return INK_OK;
}

size_t ink_average_list(ink_lister *l) {
  ink_parameters *p = l->parameters;
  const ink_shape *shape = &p->shape;
  size_t width = shape->hidden;
  if (shape->window == 0) return width;
  l->fits = l->fits && ink_size_multiply(shape->layers, shape->hidden, &width) &&
            ink_size_add(width, shape->embed, &width);
  p->average.score = ink_list_tensor(l, (size_t[]){width, 0}, "attention.average");
  return width;
}

ink_status ink_average_padding(const ink_tensors *tensors, const ink_vocabulary *vocabulary,
                               uint32_t *padding, ink_error *error) {
  const char *token = ink_tensors_metadata(tensors, "padding");
  *padding = UINT32_MAX;
  if (token == NULL) return INK_OK;
  *padding = ink_vocabulary_find_token(vocabulary, token, strlen(token));
  if (*padding != UINT32_MAX) return INK_OK;
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "the metadata's padding, \"%.40s\", is not a token of the vocabulary", token);
}

/* ---- In use ---------------------------------------------------------------------------------- */

void ink_average_pack(ink_packer *packer, ink_average *average) {
  const ink_parameters *parameters = packer->parameters;
  const ink_shape *shape = &parameters->shape;
  average->window = shape->window;
  if (shape->window == 0) return;
  average->width = shape->embed + shape->layers * shape->hidden;
  average->embedding = ink_pack_floats(packer, parameters->stack.embedding);
  average->score = ink_pack_floats(packer, parameters->average.score);
}

void ink_average_lay_out(const ink_average *average, const ink_stack *stack, ink_arena *arena,
                         ink_average_state *state) {
  *state = (ink_average_state){.state = ink_arena_floats(arena, ink_stack_state_floats(stack), 1),
                               .row = ink_arena_floats(arena, average->width, 1),
                               .sum = ink_arena_floats(arena, average->width, 1)};
  ink_stack_state_lay_out(stack, state->state, average->width, arena, &state->stack);
}

static void begin(const ink_average *average, const ink_stack *stack, ink_average_state *s) {
  size_t bytes = ink_stack_state_floats(stack) * sizeof(float);
  if (average->begins == NULL) {
    memset(s->state, 0, bytes);
  } else {
    memcpy(s->state, average->begins, bytes);
  }
  memset(s->sum, 0, average->width * sizeof(float));
  s->largest = -INFINITY;
  s->total = 0;
}

/* Adds the step that has just read token `id`:
 *   m' = max(m, a)   sum = e^(m - m') sum + e^(a - m') x   total the same of 1 */
static void add(const ink_average *average, const ink_stack *stack, ink_average_state *s,
                uint32_t id) {
  size_t embed = stack->embed;
  memcpy(s->row, average->embedding + id * embed, embed * sizeof(float));
  memcpy(s->row + embed, s->stack.h, stack->layers * stack->hidden * sizeof(float));
  double score = 0;
  for (size_t i = 0; i < average->width; i++) {
    score += (double)s->row[i] * (double)average->score[i];
  }
  double largest = fmax(s->largest, score);
  double kept = s->total > 0 ? ink_exp(s->largest - largest) : 0, own = ink_exp(score - largest);
  for (size_t i = 0; i < average->width; i++) {
    s->sum[i] = (float)(kept * (double)s->sum[i] + own * (double)s->row[i]);
  }
  s->total = kept * s->total + own;
  s->largest = largest;
}

/* What the place `back` tokens before the next has; false where it has nothing. */
static bool token_at(const ink_average *average, const ink_recent *recent, size_t back,
                     uint32_t *id) {
  bool read = back <= recent->count;
  *id = read ? ink_recent_at(recent, (uint32_t)back) : average->padding;
  return read || average->padding != UINT32_MAX;
}

void ink_average_features(const ink_average *average, const ink_stack *stack, size_t count,
                          ink_average_state *const *states, const ink_recent *const *recent,
                          const float **features) {
  for (size_t i = 0; i < count; i++) begin(average, stack, states[i]);
  for (size_t back = average->window; back > 0; back--) {
    ink_average_state *reading[INK_STREAMS_MAX];
    ink_stack_state *stacks[INK_STREAMS_MAX];
    uint32_t ids[INK_STREAMS_MAX];
    size_t streams = 0;
    for (size_t i = 0; i < count; i++) {
      if (!token_at(average, recent[i], back, &ids[streams])) continue;
      reading[streams] = states[i];
      stacks[streams++] = &states[i]->stack;
    }
    if (streams > 0) ink_stack_step(stack, stacks, streams, ids);
    for (size_t i = 0; i < streams; i++) add(average, stack, reading[i], ids[i]);
  }
  for (size_t i = 0; i < count; i++) {
    float total = (float)(states[i]->total > 0 ? states[i]->total : 1);
    for (size_t k = 0; k < average->width; k++) states[i]->sum[k] /= total;
    features[i] = states[i]->sum;
  }
}
