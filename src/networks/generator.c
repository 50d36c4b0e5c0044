/*
 * Generator: a stack reads a text, and the read-out predicts every token from those before it.
 *
 * In training the tokens are cut into `batch` streams of equal length; a round reads the next
 * window of tokens in every stream. A pass goes once over the streams. From the second pass on the
 * text is entered at another place, as if it were a ring, so that windows and streams are cut
 * elsewhere. Of a list each pass has the items in another order, which would be learnt by heart.
 */
#include "networks/generator.h"
#include "inkling_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/random.h"
#include "base/size.h"
#include "base/status.h"
#include "inkling_text.h"
#include "networks/examples.h"
#include "networks/networks.h"
#include "networks/window.h"
#include "parts/beginning.h"
#include "parts/reread.h"
#include "text/items.h"
#include "text/sequences.h"

static ink_status generator_list(ink_lister *l, ink_error *error) {
  (void)error;
  ink_parameters *p = l->parameters;
  ink_stack_list(l, "", p->shape.vocabulary, &p->stack);
  size_t features = p->shape.hidden;
#ifndef INK_GENERATE_ONLY
  ink_beginning_list(l);
  features = ink_dense_list(l, ink_reread_list(l, ""));
#endif
  ink_list_read_out(l, features);
  return INK_OK;
}

#ifndef INK_GENERATE_ONLY

/* ---- The text -------------------------------------------------------------------------------- */

/* A network that goes on from a model reads what that read, though the text has less. */
static ink_status join_vocabulary(const ink_material *material, ink_dataset *d, ink_error *error) {
  ink_tensors *tensors;
  ink_status status = ink_tensors_parse(material->from, material->from_bytes, &tensors, error);
  if (status != INK_OK) return status;
  const ink_tensor *known = ink_tensors_find(tensors, "vocab");
  size_t size;
  const char *own = ink_vocabulary_tokens(d->vocabulary, &size);
  ink_buffer all = {0};
  ink_buffer_append(&all, own, size);
  if (known != NULL && known->dtype == INK_U8) ink_buffer_append(&all, known->bytes, known->count);
  ink_tensors_free(tensors);
  d->own = ink_vocabulary_count(d->vocabulary);
  ink_vocabulary_free(d->vocabulary);
  d->vocabulary = NULL;
  status = all.failed ? ink_fail_memory(error)
                      : ink_vocabulary_from_text(all.bytes, all.size, &d->vocabulary, error);
  ink_buffer_free(&all);
  return status;
}

/* Reads the vocabulary and the tokens of a text, whose lines are shuffled first when they are
 * items: `read`, which the caller closes. */
static ink_status read_text(const ink_train_options *options, const ink_material *m,
                            ink_generator_dataset *d, ink_text *read, ink_error *error) {
  ink_status status = INK_OK;
  *read = (ink_text){.text = m->text, .bytes = m->bytes};
  if (options->lines) {
    status = ink_shuffle_lines(m->text, m->bytes, options->seed, &read->owned, &read->bytes, error);
    read->text = read->owned;
  }
  if (status == INK_OK) {
    status = ink_text_vocabulary(options, read->text, read->bytes, &d->base.vocabulary, error);
  }
  if (status == INK_OK && m->from != NULL && options->level == INK_LEVEL_CHAR) {
    status = join_vocabulary(m, &d->base, error);
  }
  if (status != INK_OK) return status;
  return ink_tokens_add(d->base.vocabulary, read->text, read->bytes, INK_UNKNOWN_FAILS, &d->tokens,
                        error);
}

static const ink_generator_dataset *of(const ink_dataset *dataset) {
  return (const ink_generator_dataset *)dataset;
}

static void generator_free(ink_dataset *dataset) {
  ink_generator_dataset *d = (ink_generator_dataset *)dataset;
  ink_tokens_free(&d->tokens);
  ink_tokens_free(&d->pass);
  free(d->items);
  ink_vocabulary_free(dataset->vocabulary);
  free(dataset);
}

typedef struct ink_item {
  size_t first, count; /* tokens */
} ink_item;

static ink_status open_list(ink_generator_dataset *d, size_t items, ink_error *error) {
  size_t bytes = d->training_count * d->tokens.width; /* no more than the text has */
  d->pass = (ink_tokens){malloc(bytes), d->training_count, d->tokens.width};
  d->items = calloc(items, sizeof *d->items);
  d->base.bytes += bytes + items * sizeof *d->items;
  return d->pass.ids == NULL || d->items == NULL ? ink_fail_memory(error) : INK_OK;
}

/* The order of a pass. The last item, which what is held out may have cut, stays the last. */
static void begin_pass(ink_generator_dataset *d, uint32_t epoch) {
  uint32_t line_break = ink_vocabulary_find(d->base.vocabulary, '\n');
  size_t items = 0, first = 0, width = d->tokens.width;
  for (size_t i = 0; i < d->training_count; i++) {
    if (i + 1 < d->training_count && ink_tokens_at(&d->tokens, i) != line_break) continue;
    d->items[items++] = (ink_item){first, i + 1 - first};
    first = i + 1;
  }
  ink_random random;
  ink_random_seed(&random, d->seed, 0x115 + (uint64_t)epoch);
  ink_random_shuffle(&random, d->items, sizeof *d->items, items - 1);
  char *to = d->pass.ids;
  for (size_t i = 0; i < items; i++) {
    size_t bytes = d->items[i].count * width;
    memcpy(to, (const char *)d->tokens.ids + d->items[i].first * width, bytes);
    to += bytes;
  }
  d->passes = epoch + 1;
}

/* Blank lines that make a text one of paragraphs. */
enum { FEWEST_PARAGRAPHS = 5 };

/* Cuts the text into training and held-out tokens and streams; says what is too short. */
static ink_status plan(const ink_train_options *o, ink_generator_dataset *d, ink_error *error) {
  size_t count = d->tokens.count;
  d->training_count = ink_training_tokens(count, o->validation);
  d->held_out_count = count - d->training_count;
  size_t needed = (size_t)o->batch * o->nchars + 1;
  if (d->training_count < needed) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "the text has %zu tokens to train on, and one window of %u for each of %u "
                    "streams needs %zu: lower nchars or batch",
                    d->training_count, (unsigned)o->nchars, (unsigned)o->batch, needed);
  }
  if (o->validation > 0 && d->held_out_count < (size_t)o->batch + 1) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "%zu tokens would be held out, and %u streams need %zu: lower batch, or "
                    "change validation (0 holds out nothing)",
                    d->held_out_count, (unsigned)o->batch, (size_t)o->batch + 1);
  }
  d->base.span = (d->training_count - 1) / o->batch;
  size_t windows = d->base.span / o->nchars;
  d->base.epoch_steps = windows > UINT32_MAX ? UINT32_MAX : (uint32_t)windows;
  d->base.tokens = d->training_count;
  d->base.bytes = count * d->tokens.width;
  d->base.holds_out = d->held_out_count > 0;
  d->base.items = o->lines != 0;
  d->base.hash = 0;
  uint32_t line_break = ink_vocabulary_find(d->base.vocabulary, '\n'), last = UINT32_MAX;
  size_t blank = 0, items = 1;
  for (size_t i = 0; i < count; i++) {
    uint32_t id = ink_tokens_at(&d->tokens, i);
    d->base.hash = ink_random_mix(d->base.hash ^ id);
    blank += id == line_break && last == line_break;
    items += id == line_break;
    last = id;
  }
  d->base.paragraphs = !d->base.items && line_break != UINT32_MAX && blank >= FEWEST_PARAGRAPHS;
  d->base.shape = ink_trained_shape(o, &d->base);
  return d->base.items ? open_list(d, items, error) : INK_OK;
}

static ink_status generator_read(const ink_train_options *options, const ink_material *material,
                                 ink_dataset *dataset, ink_error *error) {
  ink_generator_dataset *d = (ink_generator_dataset *)dataset;
  ink_text read;
  ink_status status = read_text(options, material, d, &read, error);
  ink_text_close(&read);
  d->seed = options->seed;
  return status == INK_OK ? plan(options, d, error) : status;
}

/* ---- Rounds ---------------------------------------------------------------------------------- */

/* Where in the ring of the training tokens a pass begins: 0 for the first. */
static size_t epoch_start(const ink_generator_dataset *d, uint32_t epoch) {
  if (epoch == 0) return 0;
  return (size_t)(ink_random_mix(ink_random_mix(d->seed) + epoch) % d->training_count);
}

/* From nchars_start on, growing over the first half of the updates. */
static size_t window_steps(const ink_train_options *o, double progress) {
  if (o->nchars_start == 0) return o->nchars;
  double grown = fmin(1, 2 * progress);
  return o->nchars_start + (size_t)(grown * (o->nchars - o->nchars_start));
}

/* Held-out tokens are read as the streams side by side, each from its beginning to its end. */
static bool generator_next(ink_dataset *dataset, const ink_train_options *options, double progress,
                           ink_round *round) {
  ink_generator_dataset *d = (ink_generator_dataset *)dataset;
  if (d->items != NULL && !round->held_out && d->passes != round->epoch + 1) {
    begin_pass(d, round->epoch);
  }
  if (round->held_out) {
    size_t length = (d->held_out_count - 1) / round->streams;
    if (round->position >= length) return false;
    round->steps = ink_size_min(options->nchars, length - round->position);
  } else {
    round->steps = window_steps(options, progress);
    if (round->position + round->steps > dataset->span) return false;
  }
  round->advance = round->steps;
  round->predictions = (double)round->steps * (double)round->streams;
  return true;
}

/* ---- One thread's part ----------------------------------------------------------------------- */

typedef struct part {
  ink_part_shape shape;
  ink_window window;
  uint32_t *ids, *targets; /* [nchars][batch] */
} part;

static void generator_lay_out(void *object, ink_arena *arena) {
  part *p = object;
  const ink_part_shape *shape = &p->shape;
  size_t steps = shape->options->nchars;
  ink_window_lay_out(&p->window, shape->parameters, shape->kernels, shape->batch, steps, arena);
  p->ids = ink_arena_take(arena, steps, shape->batch, sizeof *p->ids);
  p->targets = ink_arena_take(arena, steps, shape->batch, sizeof *p->targets);
}

/* Stream b reads tokens[(start + b * stride + position + i) % count] from i = 0 on. */
static void fill(const part *p, const ink_round *round) {
  const ink_generator_dataset *d = of(p->shape.dataset);
  const ink_tokens *tokens = d->items == NULL || round->held_out ? &d->tokens : &d->pass;
  size_t first = round->held_out ? d->training_count : 0;
  size_t count = round->held_out ? d->held_out_count : d->training_count;
  size_t stride = round->held_out ? (count - 1) / round->streams : d->base.span;
  size_t start = round->held_out ? 0 : epoch_start(d, round->epoch);
  size_t batch = p->shape.batch;
  for (size_t b = 0; b < batch; b++) {
    size_t at = (start + (p->shape.first_stream + b) * stride + round->position) % count;
    for (size_t i = 0; i < round->steps; i++) {
      p->ids[i * batch + b] = ink_tokens_at(tokens, first + at);
      at = at + 1 < count ? at + 1 : 0;
      p->targets[i * batch + b] = ink_tokens_at(tokens, first + at);
    }
  }
}

static double generator_work(void *memory, const ink_round *round, const float *weights,
                             const ink_dropout_choice *dropout, float *gradients) {
  part *p = memory;
  fill(p, round);
  double loss = ink_window_forward(&p->window, weights, round->steps, p->ids, p->targets,
                                   (float)(1 / round->predictions), dropout);
  if (gradients != NULL) {
    ink_window_backward(&p->window, weights, round->steps, p->ids, dropout, gradients);
  }
  ink_window_carry(&p->window, round->steps);
  return loss;
}

static void generator_state_get(const void *memory, size_t streams, size_t first_stream,
                                float *state) {
  ink_window_state_get(&((const part *)memory)->window, streams, first_stream, state);
}

static void generator_state_set(void *memory, size_t streams, size_t first_stream,
                                const float *state) {
  ink_window_state_set(&((part *)memory)->window, streams, first_stream, state);
}

static const ink_training training = {.dataset_size = sizeof(ink_generator_dataset),
                                      .read = generator_read,
                                      .free = generator_free,
                                      .next = generator_next,
                                      .part_size = sizeof(part),
                                      .lay_out = generator_lay_out,
                                      .work = generator_work,
                                      .state_get = generator_state_get,
                                      .state_set = generator_state_set};

/* ---- The parts of a text --------------------------------------------------------------------- */

/* A copy of the text's part before the first token held out, or from there on. */
static ink_status copy_part(const ink_train_options *options, const char *text, size_t bytes,
                            bool held_out, char **copy, size_t *copy_bytes, ink_error *error) {
  *copy = NULL;
  *copy_bytes = 0;
  ink_train_options chosen = *options;
  ink_generator_dataset d = {0};
  ink_text opened, read = {0};
  ink_status status = ink_text_open(text, bytes, 0, &opened, error);
  ink_material material = {.text = opened.text, .bytes = opened.bytes};
  if (status == INK_OK) status = ink_train_options_choose(&chosen, &material, 0, NULL, error);
  bool examples = chosen.task == INK_TASK_CLASSIFIER || chosen.task == INK_TASK_TRANSLATOR;
  if (status == INK_OK && examples) {
    status =
        ink_examples_part(&chosen, opened.text, opened.bytes, held_out, copy, copy_bytes, error);
  } else if (status == INK_OK) {
    status = read_text(&chosen, &material, &d, &read, error);
  }
  if (status == INK_OK && !examples) {
    size_t start = ink_vocabulary_place(d.base.vocabulary, read.text, read.bytes,
                                        ink_training_tokens(d.tokens.count, chosen.validation));
    size_t from = held_out ? start : 0, to = held_out ? read.bytes : start;
    *copy_bytes = to - from;
    *copy = malloc(*copy_bytes + 1);
    if (*copy != NULL) memcpy(*copy, read.text + from, *copy_bytes);
    if (*copy == NULL) status = ink_fail_memory(error);
  }
  ink_tokens_free(&d.tokens);
  ink_vocabulary_free(d.base.vocabulary);
  ink_text_close(&read);
  ink_text_close(&opened);
  return status;
}

ink_status ink_held_out(const ink_train_options *options, const char *text, size_t bytes,
                        char **held_out, size_t *held_out_bytes, ink_error *error) {
  return copy_part(options, text, bytes, true, held_out, held_out_bytes, error);
}

ink_status ink_trained_on(const ink_train_options *options, const char *text, size_t bytes,
                          char **trained_on, size_t *trained_on_bytes, ink_error *error) {
  return copy_part(options, text, bytes, false, trained_on, trained_on_bytes, error);
}

/* ---- In use: what models of other programs have ---------------------------------------------- */

static ink_status generator_recognise(const ink_tensors *tensors, ink_shape *shape,
                                      ink_error *error) {
  const ink_tensor *read_out;
  ink_beginning_recognise(tensors, shape);
  ink_status status = ink_reread_recognise(tensors, "", shape, error);
  if (status == INK_OK) status = ink_dense_recognise(tensors, shape, error);
  /* An embedding cannot read what is of another width than it. */
  bool wide = shape->dense > 0 || shape->reads != INK_READS_STATE;
  if (status == INK_OK && shape->tied && wide) {
    status = ink_find_shaped(tensors, "fc.weight", 2, &read_out, error);
  }
  return status;
}

#endif

const ink_network_kind ink_generator_kind = {.task = INK_TASK_GENERATOR,
                                             .name = "generator",
                                             .prefix = "",
                                             .writes = true,
#ifndef INK_GENERATE_ONLY
                                             .training = INK_TRAINS ? &training : NULL,
                                             .recognise = generator_recognise,
#endif
                                             .list = generator_list};
