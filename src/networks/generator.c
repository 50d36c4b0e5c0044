/*
 * Generator: a stack reads a text, and the read-out predicts every token from those before it.
 *
 * In training the tokens are cut into `batch` streams of equal length; a round reads the next
 * window of tokens in every stream. A pass goes once over the streams. From the second pass on the
 * text is entered at another place, as if it were a ring, so that windows and streams are cut
 * elsewhere.
 */
#include "networks/generator.h"
#include "inkling_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

ink_status ink_generator_read(const ink_train_options *options, const char *text, size_t bytes,
                              ink_generator_text *read, ink_error *error) {
  *read = (ink_generator_text){.text = text, .bytes = bytes};
  ink_status status = INK_OK;
  if (options->lines) {
    status = ink_shuffle_lines(text, bytes, options->seed, &read->shuffled, &read->bytes, error);
    read->text = read->shuffled;
  }
  if (status == INK_OK) {
    status = ink_text_vocabulary(options, read->text, read->bytes, &read->vocabulary, error);
  }
  if (status == INK_OK) {
    status = ink_tokens_add(read->vocabulary, read->text, read->bytes, INK_UNKNOWN_FAILS,
                            &read->tokens, error);
  }
  if (status != INK_OK) ink_generator_text_free(read);
  return status;
}

void ink_generator_text_free(ink_generator_text *read) {
  free(read->shuffled);
  ink_tokens_free(&read->tokens);
  ink_vocabulary_free(read->vocabulary);
  *read = (ink_generator_text){0};
}

static const ink_generator_dataset *of(const ink_dataset *dataset) {
  return (const ink_generator_dataset *)dataset;
}

static void generator_free(ink_dataset *dataset) {
  if (dataset == NULL) return;
  free(of(dataset)->tokens.ids);
  ink_vocabulary_free(dataset->vocabulary);
  free(dataset);
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
  size_t blank = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t id = ink_tokens_at(&d->tokens, i);
    d->base.hash = ink_random_mix(d->base.hash ^ id);
    blank += id == line_break && last == line_break;
    last = id;
  }
  d->base.paragraphs = !d->base.items && line_break != UINT32_MAX && blank >= FEWEST_PARAGRAPHS;
  d->base.shape = ink_trained_shape(o);
  d->base.shape.vocabulary = d->base.shape.outputs = ink_vocabulary_count(d->base.vocabulary);
  return INK_OK;
}

static ink_status generator_read(const ink_train_options *options, const ink_material *material,
                                 ink_dataset **dataset, ink_error *error) {
  *dataset = NULL;
  ink_generator_text read;
  ink_status status = ink_generator_read(options, material->text, material->bytes, &read, error);
  if (status != INK_OK) return status;
  ink_generator_dataset *d = calloc(1, sizeof *d);
  if (d == NULL) {
    ink_generator_text_free(&read);
    return ink_fail_memory(error);
  }
  d->base.vocabulary = read.vocabulary;
  d->tokens = read.tokens;
  d->seed = options->seed;
  read.vocabulary = NULL;
  read.tokens = (ink_tokens){0};
  ink_generator_text_free(&read);
  status = plan(options, d, error);
  if (status != INK_OK) {
    generator_free(&d->base);
    return status;
  }
  *dataset = &d->base;
  return INK_OK;
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
  const ink_generator_dataset *d = of(dataset);
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

static void generator_lay_out(const ink_part_shape *shape, void *memory, ink_arena *arena) {
  part *p = memory;
  size_t steps = shape->options->nchars;
  p->shape = *shape;
  ink_window_lay_out(&p->window, shape->parameters, shape->kernels, shape->batch, steps, arena);
  p->ids = ink_arena_take(arena, steps, shape->batch, sizeof *p->ids);
  p->targets = ink_arena_take(arena, steps, shape->batch, sizeof *p->targets);
}

/* Stream b reads tokens[(start + b * stride + position + i) % count] from i = 0 on. */
static void fill(const part *p, const ink_round *round) {
  const ink_generator_dataset *d = of(p->shape.dataset);
  size_t first = round->held_out ? d->training_count : 0;
  size_t count = round->held_out ? d->held_out_count : d->training_count;
  size_t stride = round->held_out ? (count - 1) / round->streams : d->base.span;
  size_t start = round->held_out ? 0 : epoch_start(d, round->epoch);
  size_t batch = p->shape.batch;
  for (size_t b = 0; b < batch; b++) {
    size_t at = (start + (p->shape.first_stream + b) * stride + round->position) % count;
    for (size_t i = 0; i < round->steps; i++) {
      p->ids[i * batch + b] = ink_tokens_at(&d->tokens, first + at);
      at = at + 1 < count ? at + 1 : 0;
      p->targets[i * batch + b] = ink_tokens_at(&d->tokens, first + at);
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

static const ink_training training = {.read = generator_read,
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
  ink_text opened;
  ink_generator_text read;
  ink_status status = ink_text_open(text, bytes, 0, &opened, error);
  if (status == INK_OK) {
    ink_material material = {.text = opened.text, .bytes = opened.bytes};
    status = ink_train_options_choose(&chosen, &material, 0, NULL, error);
  }
  bool examples = chosen.task == INK_TASK_CLASSIFIER || chosen.task == INK_TASK_TRANSLATOR;
  if (status == INK_OK && examples) {
    status =
        ink_examples_part(&chosen, opened.text, opened.bytes, held_out, copy, copy_bytes, error);
  } else if (status == INK_OK) {
    status = ink_generator_read(&chosen, opened.text, opened.bytes, &read, error);
  }
  if (status != INK_OK || examples) {
    ink_text_close(&opened);
    return status;
  }
  size_t start = ink_vocabulary_place(read.vocabulary, read.text, read.bytes,
                                      ink_training_tokens(read.tokens.count, chosen.validation));
  size_t from = held_out ? start : 0, to = held_out ? read.bytes : start;
  *copy = malloc(to - from + 1);
  if (*copy == NULL) {
    status = ink_fail_memory(error);
  } else {
    memcpy(*copy, read.text + from, to - from);
    *copy_bytes = to - from;
  }
  ink_generator_text_free(&read);
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

static ink_status generator_open(ink_network *network, const ink_tensors *tensors,
                                 ink_error *error) {
  if (network->shape.reads == INK_READS_STATE) return INK_OK;
  return ink_reread_padding(tensors, network->vocabulary, &network->padding, error);
}

static void generator_pack(ink_packer *packer, ink_network *network) {
  if (network->shape.reads == INK_READS_STATE) return;
  ink_reread reread;
  ink_reread_pack(packer, network->padding, &reread);
  ink_reread *own = network->own = ink_arena_take(packer->arena, 1, 1, sizeof *own);
  if (own != NULL) *own = reread;
}

/* How windows are read anew, or NULL. */
static const ink_reread *reread_of(const ink_network *network) {
  return network->shape.reads == INK_READS_STATE ? NULL : network->own;
}

static size_t generator_state_floats(const ink_network *network) {
  const ink_reread *reread = reread_of(network);
  return reread == NULL ? 0 : ink_reread_floats(reread);
}

static void generator_stream_lay_out(ink_stream *stream, float *state, ink_arena *arena) {
  const ink_reread *reread = reread_of(stream->network);
  ink_reread_state laid_out;
  if (reread == NULL) return;
  ink_reread_lay_out(reread, state, arena, &laid_out);
  ink_reread_state *own = stream->own = ink_arena_take(arena, 1, 1, sizeof *own);
  if (own != NULL) *own = laid_out;
}

static void generator_note(ink_stream *stream, uint32_t id) {
  const ink_reread *reread = reread_of(stream->network);
  if (reread != NULL) ink_reread_note(reread, stream->own, id);
}

static void generator_features(ink_stream *const *streams, size_t count, const float **features) {
  const ink_reread *reread = reread_of(streams[0]->network);
  ink_reread_state *states[INK_STREAMS_MAX];
  if (reread == NULL) return;
  for (size_t i = 0; i < count; i++) states[i] = streams[i]->own;
  ink_reread_features(reread, count, states, features);
}

#endif

const ink_network_kind ink_generator_kind = {.task = INK_TASK_GENERATOR,
                                             .name = "generator",
                                             .prefix = "",
                                             .writes = true,
#ifndef INK_GENERATE_ONLY
                                             .training = INK_TRAINS ? &training : NULL,
                                             .recognise = generator_recognise,
                                             .open = generator_open,
                                             .pack = generator_pack,
                                             .state_floats = generator_state_floats,
                                             .lay_out = generator_stream_lay_out,
                                             .note = generator_note,
                                             .features = generator_features,
#endif
                                             .list = generator_list};
