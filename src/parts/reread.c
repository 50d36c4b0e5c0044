/*
 * Windows that are read anew. See reread.h.
 */
#include "parts/reread.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/number.h"
#include "base/status.h"
#include "parts/beginning.h"

/* ---- In a file ------------------------------------------------------------------------------- */

static const char *const reads_names[] = {"", "last", "ends", "pooled", "all"};
enum { READS = sizeof reads_names / sizeof *reads_names };

static ink_status recognise_reads(const ink_tensors *tensors, ink_shape *shape, bool both,
                                  ink_error *error) {
  const char *reads = ink_tensors_metadata(tensors, "reads");
  if (reads == NULL) {
    shape->reads = both ? INK_READS_LAST : INK_READS_STATE;
    return INK_OK;
  }
  size_t kind = 1;
  while (kind < READS && strcmp(reads, reads_names[kind]) != 0) kind++;
  bool embedded = kind != INK_READS_AVERAGE || shape->embed > 0;
  if (kind == READS || !embedded) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the model's read-out reads %.40s, which this build does not compute%s", reads,
                    embedded ? "" : " without an embedding");
  }
  shape->reads = (ink_reads)kind;
  return INK_OK;
}

ink_status ink_reread_recognise(const ink_tensors *tensors, const char *prefix, ink_shape *shape,
                                ink_error *error) {
  bool both = false;
  char name[40];
  for (size_t l = 0; l < shape->layers; l++) {
    shape->reverse[l] =
        ink_tensors_find(tensors, ink_stack_name(prefix, "weight_hh", l, true, name)) != NULL;
    both = both || shape->reverse[l];
  }
  ink_status status = recognise_reads(tensors, shape, both, error);
  if (status != INK_OK || shape->reads == INK_READS_STATE) return status;
  const char *window = ink_tensors_metadata(tensors, "window");
  const char *order = ink_tensors_metadata(tensors, "order");
  const char *end;
  uint64_t tokens = window == NULL ? 0 : ink_number_whole(window, &end);
  shape->backwards = order != NULL && strcmp(order, "reversed") == 0;
  shape->window = (size_t)tokens;
  if (tokens >= 1 && tokens <= INK_WINDOW_MAX) return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT,
                  "the model's window is \"%.20s\" where 1 to %d tokens fit: it predicts from the "
                  "last tokens, read anew%s",
                  window == NULL ? "" : window, INK_WINDOW_MAX, both ? " from both ends" : "");
}

size_t ink_reread_list(ink_lister *l, const char *prefix) {
  ink_parameters *p = l->parameters;
  const ink_shape *shape = &p->shape;
  size_t top = ink_shape_width(shape, shape->layers - 1), width = shape->embed;
  ink_stack_list_reverse(l, prefix, &p->stack, &p->reverse);
  if (shape->reads == INK_READS_POOLED) l->fits = l->fits && ink_size_multiply(3, top, &top);
  p->shape.reread = top;
  if (shape->reads != INK_READS_AVERAGE) return top;
  for (size_t i = 0; i < shape->layers; i++) {
    l->fits = l->fits && ink_size_add(width, ink_shape_width(shape, i), &width);
  }
  p->average.score = ink_list_tensor(l, (size_t[]){width, 0}, "attention.average");
  return p->shape.reread = width;
}

ink_status ink_reread_padding(const ink_tensors *tensors, const ink_vocabulary *vocabulary,
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

ink_reread *ink_reread_pack(ink_packer *packer, const ink_shape *shape, uint32_t padding) {
  const ink_parameters *parameters = packer->parameters;
  ink_reread reread = {.shape = shape, .padding = padding};
  bool both = false;
  for (size_t l = 0; l < shape->layers; l++) both = both || shape->reverse[l];
  ink_stack_pack(packer, &parameters->stack, &reread.ends[0]);
  if (both) ink_stack_pack(packer, &parameters->reverse, &reread.ends[1]);
  ink_beginning_pack(packer, &reread.ends[0], &reread.begins);
  if (shape->reads == INK_READS_AVERAGE) {
    reread.embedding = ink_pack_floats(packer, parameters->stack.embedding);
    reread.score = ink_pack_floats(packer, parameters->average.score);
  }
  return ink_arena_put(packer->arena, &reread, sizeof reread);
}

/* What layer l gives at a step. */
static size_t width_of(const ink_reread *reread, size_t l) {
  return ink_shape_width(reread->shape, l);
}

ink_reread_state *ink_reread_lay_out(const ink_reread *reread, float *recent, ink_arena *arena) {
  const ink_stack *stack = &reread->ends[0];
  size_t widest = stack->embed, window = reread->shape->window;
  for (size_t l = 0; l < stack->layers; l++) widest = ink_size_max(widest, width_of(reread, l));
  ink_reread_state s = {.recent = recent,
                        .ids = ink_arena_take(arena, window, 1, sizeof *s.ids),
                        .state = ink_arena_floats(arena, ink_stack_state_floats(stack), 1),
                        .below = ink_arena_floats(arena, INK_STREAMS_MAX, stack->embed),
                        .x_parts = ink_arena_floats(arena, INK_STREAMS_MAX, stack->gate_rows),
                        .quantized = ink_quantized_lay_out(widest, INK_STREAMS_MAX, arena),
                        .features = ink_arena_floats(arena, reread->shape->reread, 1)};
  ink_stack_state_lay_out(stack, s.state, widest, arena, &s.stack);
  bool all = reread->shape->reads == INK_READS_AVERAGE;
  if (all) s.weights = ink_arena_take(arena, window, 1, sizeof *s.weights);
  /* But for an average a layer is done with once the one above has read it. */
  for (size_t l = 0; l < stack->layers; l++) {
    s.outputs[l] = all || l < 2 ? ink_arena_floats(arena, window, widest) : s.outputs[l - 2];
  }
  return ink_arena_put(arena, &s, sizeof s);
}

/* ---- The last tokens ------------------------------------------------------------------------- */

/* recent [window + 2]: a ring of ids, where in it the next goes, and how many there are; as floats,
 * so that they are a state like any other. One that was restored may hold anything finite. */

size_t ink_reread_floats(const ink_reread *reread) { return reread->shape->window + 2; }

static size_t whole(float value, size_t below) {
  return value >= 0 && value < (float)below ? (size_t)value : 0;
}

void ink_reread_note(const ink_reread *reread, const ink_reread_state *state, uint32_t id) {
  size_t window = reread->shape->window, next = whole(state->recent[window], window);
  float *count = &state->recent[window + 1];
  state->recent[next] = (float)id;
  state->recent[window] = (float)((next + 1) % window);
  *count = (float)ink_size_min(whole(*count, window + 1) + 1, window);
}

/* The tokens to be read, in the order in which they are. */
static void gather(const ink_reread *reread, ink_reread_state *s) {
  size_t window = reread->shape->window, next = whole(s->recent[window], window);
  size_t known = whole(s->recent[window + 1], window + 1);
  size_t filled = reread->padding == UINT32_MAX ? 0 : window - known;
  s->count = filled + known;
  for (size_t i = 0; i < s->count; i++) {
    size_t at = reread->shape->backwards ? s->count - 1 - i : i;
    size_t back = s->count - i;
    s->ids[at] = i < filled ? reread->padding
                            : (uint32_t)whole(s->recent[(next + window - back) % window],
                                              reread->shape->vocabulary);
  }
}

/* ---- Layers ---------------------------------------------------------------------------------- */

/* One layer in one direction, over the windows of all streams. */
typedef struct pass {
  const ink_reread *reread;
  size_t layer, end;
  size_t count;
  ink_reread_state *const *states;
} pass;

static void begin(const pass *p, ink_reread_state *s) {
  const ink_stack *stack = &p->reread->ends[p->end];
  size_t bytes = ink_stack_state_floats(stack) * sizeof(float);
  if (p->end == 0 && p->reread->begins != NULL) {
    memcpy(s->state, p->reread->begins, bytes);
  } else {
    memset(s->state, 0, bytes);
  }
}

/* How many of a block's steps from `from` on a stream has. */
static size_t steps_of(const ink_reread_state *s, size_t from) {
  return s->count > from ? ink_size_min(INK_STREAMS_MAX, s->count - from) : 0;
}

/* x_parts of the block from step `from` on, in the order of the text. */
static void make_inputs(const pass *p, ink_reread_state *s, size_t from) {
  const ink_reread *r = p->reread;
  size_t steps = steps_of(s, from), l = p->layer;
  size_t first = p->end == 0 ? from : s->count - from - steps;
  float *below = l > 0 ? s->outputs[l - 1] + first * width_of(r, l - 1) : s->below;
  if (steps == 0) return;
  ink_stack_inputs(&r->ends[p->end], l, s->ids + first, steps, below, s->quantized, s->x_parts);
}

/* Step k, of the block from `from` on, of all streams that have one. */
static void step(const pass *p, size_t from, size_t k) {
  const ink_reread *r = p->reread;
  const ink_stack *stack = &r->ends[p->end];
  ink_stack_state *stacks[INK_STREAMS_MAX];
  const float *x_parts[INK_STREAMS_MAX];
  float *outputs[INK_STREAMS_MAX];
  size_t streams = 0, l = p->layer, hidden = stack->hidden;
  for (size_t i = 0; i < p->count; i++) {
    ink_reread_state *s = p->states[i];
    if (k >= s->count) continue;
    size_t row = p->end == 0 ? k - from : steps_of(s, from) - 1 - (k - from);
    size_t place = p->end == 0 ? k : s->count - 1 - k;
    stacks[streams] = &s->stack;
    x_parts[streams] = s->x_parts + row * stack->gate_rows;
    outputs[streams++] = s->outputs[l] + place * width_of(r, l) + p->end * hidden;
  }
  ink_stack_run_layer(stack, l, stacks, streams, x_parts);
  for (size_t i = 0; i < streams; i++) {
    memcpy(outputs[i], stacks[i]->h + l * hidden, hidden * sizeof(float));
  }
}

static void run(const pass *p) {
  size_t longest = 0;
  for (size_t i = 0; i < p->count; i++) {
    begin(p, p->states[i]);
    longest = ink_size_max(longest, p->states[i]->count);
  }
  for (size_t from = 0; from < longest; from += INK_STREAMS_MAX) {
    for (size_t i = 0; i < p->count; i++) make_inputs(p, p->states[i], from);
    size_t to = ink_size_min(from + INK_STREAMS_MAX, longest);
    for (size_t k = from; k < to; k++) step(p, from, k);
  }
}

/* ---- Features -------------------------------------------------------------------------------- */

/* What step t left: the embedding's row if l is 0, else the output of layer l - 1. */
static const float *left(const ink_reread *r, const ink_reread_state *s, size_t t, size_t l,
                         size_t *width) {
  size_t embed = r->ends[0].embed;
  *width = l == 0 ? embed : width_of(r, l - 1);
  return l == 0 ? r->embedding + s->ids[t] * embed : s->outputs[l - 1] + t * *width;
}

static void take_average(const ink_reread *r, ink_reread_state *s) {
  double largest = -INFINITY, total = 0;
  size_t layers = r->ends[0].layers, width;
  for (size_t t = 0; t < s->count; t++) {
    const float *score = r->score;
    s->weights[t] = 0;
    for (size_t l = 0; l <= layers; l++) {
      const float *x = left(r, s, t, l, &width);
      for (size_t i = 0; i < width; i++) s->weights[t] += (double)x[i] * (double)score[i];
      score += width;
    }
    largest = fmax(largest, s->weights[t]);
  }
  for (size_t t = 0; t < s->count; t++) total += s->weights[t] = ink_exp(s->weights[t] - largest);
  float *features = s->features;
  for (size_t l = 0; l <= layers; l++) {
    for (size_t t = 0; t < s->count; t++) {
      const float *x = left(r, s, t, l, &width);
      float weight = (float)(s->weights[t] / total);
      for (size_t i = 0; i < width; i++) features[i] += weight * x[i];
    }
    features += width;
  }
}

/* [h_n; h'_1], or h'_n. */
static void take_ends(const ink_reread *r, ink_reread_state *s) {
  size_t top = r->ends[0].layers - 1, width = width_of(r, top), hidden = r->ends[0].hidden;
  const float *last = s->outputs[top] + (s->count - 1) * width;
  const float *other = r->shape->reads == INK_READS_LAST ? last : s->outputs[top];
  memcpy(s->features, last, hidden * sizeof(float));
  memcpy(s->features + hidden, other + hidden, (width - hidden) * sizeof(float));
}

static void take_pool(const ink_reread *r, ink_reread_state *s) {
  size_t top = r->ends[0].layers - 1, width = width_of(r, top);
  float *mean = s->features + width, *largest = mean + width;
  memcpy(largest, s->outputs[top], width * sizeof(float));
  for (size_t t = 0; t < s->count; t++) {
    const float *y = s->outputs[top] + t * width;
    for (size_t i = 0; i < width; i++) {
      mean[i] += y[i];
      largest[i] = fmaxf(largest[i], y[i]);
    }
  }
  for (size_t i = 0; i < width; i++) mean[i] /= (float)s->count;
}

void ink_reread_features(const ink_reread *reread, size_t count, ink_reread_state *const *states,
                         const float **features) {
  for (size_t i = 0; i < count; i++) gather(reread, states[i]);
  for (size_t l = 0; l < reread->ends[0].layers; l++) {
    run(&(pass){reread, l, 0, count, states});
    if (reread->shape->reverse[l]) run(&(pass){reread, l, 1, count, states});
  }
  for (size_t i = 0; i < count; i++) {
    ink_reread_state *s = states[i];
    memset(s->features, 0, reread->shape->reread * sizeof(float));
    features[i] = s->features;
    if (s->count == 0) continue;
    if (reread->shape->reads == INK_READS_AVERAGE) {
      take_average(reread, s);
    } else {
      take_ends(reread, s);
    }
    if (reread->shape->reads == INK_READS_POOLED) take_pool(reread, s);
  }
}
