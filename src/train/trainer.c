/*
 * Training: truncated back-propagation through time over parallel streams of one text.
 *
 * The training tokens are cut into `batch` streams of equal length; a step reads the next window of
 * tokens in every stream. An epoch is one pass over the streams. From the second epoch on the
 * text is entered at another place, as if it were a ring, so that windows and streams are cut
 * elsewhere. Threads split the streams; their gradients are added in the order of the threads.
 */
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/size.h"
#include "base/status.h"
#include "layers/cell.h"
#include "layers/dropout.h"
#include "text/items.h"
#include "train/optimiser.h"

/* ---- One round of the workers ------------------------------------------------------------------ */

static void part_work(void *context, uint32_t index) {
  ink_trainer *t = context;
  ink_part *part = &t->parts[index];
  ink_dropout_choice dropout = t->round_dropout;
  dropout.first_stream = part->first_stream;
  double scale = 1.0 / ((double)t->round_steps * t->options.batch);
  part->loss = ink_network_forward(part->network, t->round_weights, t->round_steps, part->ids,
                                   part->targets, (float)scale, &dropout);
  if (t->round_trains) {
    memset(part->gradients, 0, t->parameters.size * sizeof(float));
    ink_network_backward(part->network, t->round_weights, t->round_steps, part->ids, &dropout,
                         part->gradients);
  }
  ink_network_carry(part->network, t->round_steps);
}

/* Fills the windows: stream b reads tokens[(start + b * stride + i) % count] from i = from on. */
static void fill_windows(ink_trainer *t, const uint32_t *tokens, size_t count, size_t start,
                         size_t stride, size_t from, size_t steps) {
  for (uint32_t p = 0; p < t->options.threads; p++) {
    ink_part *part = &t->parts[p];
    for (size_t b = 0; b < part->batch; b++) {
      size_t at = (start + (part->first_stream + b) * stride + from) % count;
      for (size_t i = 0; i < steps; i++) {
        part->ids[i * part->batch + b] = tokens[at];
        at = at + 1 < count ? at + 1 : 0;
        part->targets[i * part->batch + b] = tokens[at];
      }
    }
  }
}

/* Runs a round and returns the sum of its loss over all streams, in the order of the threads. */
static double run_round(ink_trainer *t, const float *weights, size_t steps, bool trains,
                        ink_dropout_choice dropout) {
  t->round_weights = weights;
  t->round_steps = steps;
  t->round_trains = trains;
  t->round_dropout = dropout;
  ink_workers_run(t->workers);
  double loss = 0;
  for (uint32_t p = 0; p < t->options.threads; p++) loss += t->parts[p].loss;
  return loss;
}

size_t ink_trainer_state_size(const ink_trainer *trainer) {
  const ink_train_options *o = &trainer->options;
  return (size_t)o->layers * 2 * o->batch * o->hidden;
}

void ink_trainer_state_get(const ink_trainer *trainer, float *state) {
  memset(state, 0, ink_trainer_state_size(trainer) * sizeof *state);
  for (uint32_t p = 0; p < trainer->options.threads; p++) {
    const ink_part *part = &trainer->parts[p];
    ink_network_state_get(part->network, trainer->options.batch, part->first_stream, state);
  }
}

void ink_trainer_state_set(ink_trainer *trainer, const float *state) {
  for (uint32_t p = 0; p < trainer->options.threads; p++) {
    ink_part *part = &trainer->parts[p];
    ink_network_state_set(part->network, trainer->options.batch, part->first_stream, state);
  }
}

const float *ink_trainer_present(const ink_trainer *trainer) {
  return trainer->average != NULL && trainer->step > 0 ? trainer->average : trainer->weights;
}

/* ---- Validation -------------------------------------------------------------------------------- */

/* Nats per token over the held-out tokens, read as this trainer's streams side by side, each from the
 * zero state. Leaves the carried state changed. For the first part, whose streams begin at 0. */
static double validate(ink_trainer *t) {
  ink_trainer_state_set(t, NULL);
  const uint32_t *tokens = t->tokens + t->training_count;
  size_t length = (t->held_out_count - 1) / t->batch; /* predictions a stream */
  double sum = 0;
  for (size_t from = 0; from < length; from += t->options.nchars) {
    size_t steps = ink_size_min(t->options.nchars, length - from);
    fill_windows(t, tokens, t->held_out_count, 0, length, from, steps);
    sum += run_round(t, ink_trainer_present(t), steps, false, (ink_dropout_choice){0});
  }
  return sum / ((double)length * (double)t->batch);
}

static ink_status validate_and_keep(ink_trainer *t, ink_error *error) {
  float *state = malloc(ink_trainer_state_size(t) * sizeof *state);
  if (state == NULL) return ink_fail_memory(error);
  ink_trainer_state_get(t, state);
  t->validation_loss = validate(t);
  ink_trainer_state_set(t, state);
  free(state);
  /* Weights that have run away are not kept for being the first to be validated. */
  bool lost = t->validation_loss > log((double)t->parameters.shape.vocabulary) &&
              t->validation_loss > t->good_loss + 1;
  if (t->has_best ? t->validation_loss < t->best_loss : !lost) {
    t->best_loss = t->validation_loss;
    t->has_best = true;
    memcpy(t->best, ink_trainer_present(t), t->parameters.size * sizeof(float));
  }
  return INK_OK;
}

/* ---- Steps ------------------------------------------------------------------------------------- */

/* Where in the ring of the training tokens an epoch begins: 0 for the first. */
static size_t epoch_start(const ink_trainer *t, uint32_t epoch) {
  if (epoch == 0) return 0;
  return (size_t)(ink_random_mix(ink_random_mix(t->options.seed) + epoch) % t->training_count);
}

/* Of the next step: from nchars_start on, growing over the first half of the steps. */
static size_t window_tokens(const ink_trainer *t) {
  const ink_train_options *o = &t->options;
  if (o->nchars_start == 0) return o->nchars;
  double grown = fmin(1, 2.0 * t->step / t->steps);
  return o->nchars_start + (size_t)(grown * (o->nchars - o->nchars_start));
}

int ink_trainer_done(const ink_trainer *trainer) { return trainer->step >= trainer->steps; }

static void report(const ink_trainer *t, size_t window, double learning_rate, double norm,
                   bool validated, ink_progress *progress) {
  if (progress == NULL) return;
  *progress = (ink_progress){.step = t->step,
                             .steps = t->steps,
                             .epoch = t->epoch + (double)t->position / (double)t->stride,
                             .loss = t->loss,
                             .validation_loss = t->validation_loss,
                             .best_loss = t->best_loss,
                             .learning_rate = learning_rate,
                             .gradient_norm = norm,
                             .tokens = (uint32_t)(t->options.batch * window),
                             .validated = validated};
}

/* Guessing every token with the same probability costs ln V. A network that costs this much has lost
 * what it knew, even though its loss is still a number. */
static bool has_diverged(const ink_trainer *t, double loss, double norm) {
  double most = 3 * log((double)t->parameters.shape.vocabulary) + 3;
  return !isfinite(loss) || !isfinite(norm) || loss > most;
}

static ink_status fail_diverged(ink_trainer *t, double loss, ink_error *error) {
  if (!t->diverged) {
    memcpy(t->weights, t->best, t->parameters.size * sizeof(float));
    if (t->average != NULL) memcpy(t->average, t->best, t->parameters.size * sizeof(float));
  }
  t->diverged = true;
  return ink_fail(error, INK_ERROR_DIVERGED,
                  "the loss has grown to %g at step %u: lower the learning rate (now %g)", loss,
                  (unsigned)t->step + 1, (double)t->options.learning_rate);
}

/* Until the first validation, what fail_diverged() goes back to: from time to time the weights, when
 * they are better than the last that were kept. The loss is that of a window, before the update. */
static void keep_good(ink_trainer *t, double loss) {
  enum { EVERY = 25 };
  bool first = isnan(t->good_loss);
  if (t->has_best || (!first && (t->step % EVERY != 0 || loss > t->good_loss))) return;
  t->good_loss = loss;
  memcpy(t->best, t->weights, t->parameters.size * sizeof(float));
}

/* The random key of this update, the same in all parts. */
static uint64_t update_key(const ink_trainer *t) {
  return ink_random_mix((uint64_t)t->options.seed << 32 | t->step);
}

/* Drops the same recurrent weights from `from` as from every other array in this update. */
static void drop_weights(const ink_trainer *t, const float *from, float *to) {
  const ink_parameters *p = &t->parameters;
  for (size_t l = 0; l < p->shape.layers; l++) {
    uint64_t key = ink_random_mix(update_key(t) ^ ink_random_mix(l));
    ink_dropout(from + p->weight_hh[l], p->shape.gates * p->shape.hidden * p->shape.hidden,
                t->options.weight_drop, key, to + p->weight_hh[l]);
  }
}

ink_status ink_trainer_gradients(ink_trainer *trainer, float **gradients, size_t *count,
                                 double *loss, ink_error *error) {
  ink_trainer *t = trainer;
  const ink_train_options *o = &t->options;
  if (t->diverged) return fail_diverged(t, t->loss, error);
  if (ink_trainer_done(t)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "all %u steps are made", (unsigned)t->steps);
  }
  if (t->has_gradients) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the last gradients have not been applied");
  }
  size_t window = window_tokens(t);
  if (t->position + window > t->stride) {
    t->epoch++;
    t->position = 0;
  }
  if (t->position == 0 || o->reset_state) ink_trainer_state_set(t, NULL);
  fill_windows(t, t->tokens, t->training_count, epoch_start(t, t->epoch), t->stride, t->position,
               window);
  const float *weights = t->weights;
  if (t->dropped != NULL) {
    memcpy(t->dropped, t->weights, t->parameters.size * sizeof(float));
    drop_weights(t, t->weights, t->dropped);
    weights = t->dropped;
  }
  ink_dropout_choice dropout = {
      .rate = o->dropout, .variational = o->variational != 0, .key = update_key(t)};
  *loss = run_round(t, weights, window, true, dropout) / ((double)window * o->batch);
  *gradients = t->parts[0].gradients;
  *count = t->parameters.size;
  for (uint32_t p = 1; p < o->threads; p++) {
    t->kernels->add(t->parts[p].gradients, t->parameters.size, *gradients);
  }
  if (t->dropped != NULL) drop_weights(t, *gradients, *gradients);
  t->has_gradients = true;
  return INK_OK;
}

/* average += (1 - share) (weights - average), where the share grows towards options.average so that
 * the first weights, which are random, are soon forgotten. At step 1 it is 0. */
static void average_weights(ink_trainer *t) {
  double share = fmin((double)t->options.average, (t->step - 1.0) / (t->step + 9.0));
  float rest = (float)(1 - share);
  for (size_t i = 0; i < t->parameters.size; i++) {
    t->average[i] += rest * (t->weights[i] - t->average[i]);
  }
}

ink_status ink_trainer_update(ink_trainer *trainer, double loss, ink_progress *progress,
                              ink_error *error) {
  ink_trainer *t = trainer;
  const ink_train_options *o = &t->options;
  if (t->diverged) return fail_diverged(t, t->loss, error);
  if (!t->has_gradients) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "there are no gradients to apply");
  }
  t->has_gradients = false;
  const float *gradients = t->parts[0].gradients;
  double norm = ink_gradient_norm(gradients, t->parameters.size);
  if (has_diverged(t, loss, norm)) {
    t->loss = loss;
    return fail_diverged(t, loss, error);
  }
  keep_good(t, loss);
  t->loss = loss;
  /* As torch.nn.utils.clip_grad_norm_ does. */
  double clip = o->clip > 0 ? fmin(1, (double)o->clip / (norm + 1e-6)) : 1;
  double rate = ink_learning_rate(o, t->step, t->steps);
  size_t window = t->round_steps; /* a validation makes rounds of its own */
  t->position += window;
  t->step++;
  ink_adamw(o, rate, t->step, t->parameters.size, gradients, clip, t->weights, t->m, t->v);
  if (t->average != NULL) average_weights(t);

  uint32_t every = o->validate_every > 0 ? o->validate_every : t->epoch_steps;
  bool due = t->part == 0 && t->held_out_count > 0 && (t->step % every == 0 || t->step == t->steps);
  ink_status status = due ? validate_and_keep(t, error) : INK_OK;
  report(t, window, rate, norm, due, progress);
  return status;
}

ink_status ink_trainer_step(ink_trainer *trainer, ink_progress *progress, ink_error *error) {
  float *gradients;
  size_t count;
  double loss;
  ink_status status = ink_trainer_gradients(trainer, &gradients, &count, &loss, error);
  return status == INK_OK ? ink_trainer_update(trainer, loss, progress, error) : status;
}

/* ---- Making a trainer -------------------------------------------------------------------------- */

static void part_free(ink_part *part) {
  ink_network_free(part->network);
  free(part->ids);
  free(part->targets);
  free(part->gradients);
}

/* Of `streams`, how many the part `index` of `parts` takes. */
static size_t share_of(size_t streams, uint32_t index, uint32_t parts) {
  return streams / parts + (index < streams % parts);
}

static ink_status part_new(ink_trainer *t, ink_part *part, size_t first_stream, size_t batch,
                           ink_error *error) {
  part->first_stream = first_stream;
  part->batch = batch;
  size_t window = t->options.nchars * batch; /* both at most 2^16 */
  part->ids = malloc(window * sizeof *part->ids);
  part->targets = malloc(window * sizeof *part->targets);
  part->gradients = calloc(t->parameters.size, sizeof *part->gradients);
  if (part->ids == NULL || part->targets == NULL || part->gradients == NULL) {
    return ink_fail_memory(error);
  }
  return ink_network_new(&t->parameters, t->kernels, batch, t->options.nchars, &part->network,
                         error);
}

static void parts_free(ink_part *parts, uint32_t count) {
  for (uint32_t p = 0; parts != NULL && p < count; p++) part_free(&parts[p]);
  free(parts);
}

/* One part a thread, over this trainer's streams, all with the zero state. */
static ink_status parts_new(ink_trainer *t, ink_part **parts, ink_error *error) {
  uint32_t threads = t->options.threads;
  *parts = calloc(threads, sizeof **parts);
  if (*parts == NULL) return ink_fail_memory(error);
  size_t stream = t->first_stream;
  ink_status status = INK_OK;
  for (uint32_t p = 0; p < threads && status == INK_OK; p++) {
    size_t batch = share_of(t->batch, p, threads);
    status = part_new(t, &(*parts)[p], stream, batch, error);
    stream += batch;
  }
  if (status == INK_OK) return INK_OK;
  parts_free(*parts, threads);
  *parts = NULL;
  return status;
}

ink_status ink_trainer_split(ink_trainer *trainer, uint32_t part, uint32_t parts,
                             ink_error *error) {
  ink_trainer *t = trainer;
  const ink_train_options *o = &t->options;
  if (parts < 1 || part >= parts) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "part %u of %u parts: there is no such part",
                    (unsigned)part, (unsigned)parts);
  }
  if (o->batch / parts < o->threads) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a batch of %u streams cannot be split over %u parts of %u threads",
                    (unsigned)o->batch, (unsigned)parts, (unsigned)o->threads);
  }
  size_t first_stream = 0;
  for (uint32_t p = 0; p < part; p++) first_stream += share_of(o->batch, p, parts);
  float *state = malloc(ink_trainer_state_size(t) * sizeof *state);
  if (state == NULL) return ink_fail_memory(error);
  ink_trainer_state_get(t, state);
  size_t old_first = t->first_stream, old_batch = t->batch;
  t->first_stream = first_stream;
  t->batch = share_of(o->batch, part, parts);
  ink_part *new_parts;
  ink_status status = parts_new(t, &new_parts, error);
  if (status == INK_OK) {
    parts_free(t->parts, o->threads);
    t->parts = new_parts;
    t->part = part;
    t->has_gradients = false;
    ink_trainer_state_set(t, state);
  } else {
    t->first_stream = old_first;
    t->batch = old_batch;
  }
  free(state);
  return status;
}

void ink_trainer_free(ink_trainer *trainer) {
  if (trainer == NULL) return;
  ink_workers_free(trainer->workers);
  parts_free(trainer->parts, trainer->options.threads);
  free(trainer->weights);
  free(trainer->m);
  free(trainer->v);
  free(trainer->best);
  free(trainer->average);
  free(trainer->dropped);
  free(trainer->tokens);
  ink_vocabulary_free(trainer->vocabulary);
  free(trainer);
}

static ink_shape shape_of(const ink_train_options *options, size_t vocabulary) {
  const ink_kernels *kernels = ink_kernels_find(INK_KERNEL_AUTO);
  return (ink_shape){.cell = (ink_cell_kind)options->cell,
                     .gates = ink_cell_find((ink_cell_kind)options->cell, kernels->name)->gates,
                     .vocabulary = vocabulary,
                     .embed = options->embed,
                     .hidden = options->hidden,
                     .layers = options->layers};
}

/* Cuts the text into training and held-out tokens and streams; says what is too short. */
static ink_status plan_text(ink_trainer *t, size_t count, ink_error *error) {
  const ink_train_options *o = &t->options;
  t->training_count = ink_training_tokens(count, o->validation);
  t->held_out_count = count - t->training_count;
  size_t needed = (size_t)o->batch * o->nchars + 1;
  if (t->training_count < needed) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "the text has %zu tokens to train on, and one window of %u for each of %u "
                    "streams needs %zu: lower nchars or batch",
                    t->training_count, (unsigned)o->nchars, (unsigned)o->batch, needed);
  }
  if (o->validation > 0 && t->held_out_count < (size_t)o->batch + 1) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "%zu tokens would be held out, and %u streams need %zu: lower batch, or "
                    "change validation (0 holds out nothing)",
                    t->held_out_count, (unsigned)o->batch, (size_t)o->batch + 1);
  }
  t->stride = (t->training_count - 1) / o->batch;
  size_t windows = t->stride / o->nchars;
  t->epoch_steps = windows > UINT32_MAX ? UINT32_MAX : (uint32_t)windows;
  t->steps = o->steps;
  if (o->steps == 0 && __builtin_mul_overflow(o->epochs, t->epoch_steps, &t->steps)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "%u epochs of %u steps are too many",
                    (unsigned)o->epochs, (unsigned)t->epoch_steps);
  }
  return INK_OK;
}

ink_status ink_trainer_prepare(const ink_train_options *options, ink_trainer_text *read,
                               ink_trainer **trainer, ink_error *error) {
  *trainer = NULL;
  ink_trainer *t = calloc(1, sizeof *t);
  if (t == NULL) {
    ink_trainer_text_free(read);
    return ink_fail_memory(error);
  }
  size_t count = read->count;
  t->options = *options;
  t->vocabulary = read->vocabulary;
  t->tokens = read->tokens;
  read->vocabulary = NULL;
  read->tokens = NULL;
  ink_trainer_text_free(read);
  t->loss = t->validation_loss = t->best_loss = t->good_loss = NAN;
  t->kernels = ink_kernels_find(INK_KERNEL_AUTO);
  ink_status status = ink_train_options_check(options, error);
  if (status == INK_OK) status = plan_text(t, count, error);
  ink_shape shape = shape_of(options, ink_vocabulary_count(t->vocabulary));
  if (status == INK_OK) status = ink_parameters_list(&shape, &t->parameters, error);
  if (status == INK_OK) {
    size_t size = t->parameters.size;
    t->weights = calloc(size, sizeof(float));
    t->m = calloc(size, sizeof(float));
    t->v = calloc(size, sizeof(float));
    t->best = calloc(size, sizeof(float));
    t->average = options->average > 0 ? calloc(size, sizeof(float)) : NULL;
    t->dropped = options->weight_drop > 0 ? calloc(size, sizeof(float)) : NULL;
    if (t->weights == NULL || t->m == NULL || t->v == NULL || t->best == NULL ||
        (options->average > 0 && t->average == NULL) ||
        (options->weight_drop > 0 && t->dropped == NULL)) {
      status = ink_fail_memory(error);
    }
  }
  t->batch = options->batch;
  if (status == INK_OK) status = parts_new(t, &t->parts, error);
  if (status == INK_OK) {
    status = ink_workers_new(options->threads, part_work, t, &t->workers, error);
  }
  if (status != INK_OK) {
    ink_trainer_free(t);
    return status;
  }
  *trainer = t;
  return INK_OK;
}

/* Uniform in +-bound. */
static void fill_uniform(ink_random *random, double bound, size_t n, float *weights) {
  for (size_t i = 0; i < n; i++) {
    weights[i] = (float)((2 * ink_random_uniform(random) - 1) * bound);
  }
}

/* Initial weights: see ink_trainer_new() in inkling.h. */
static void fill_weights(ink_trainer *t) {
  const ink_parameters *p = &t->parameters;
  const ink_shape *shape = &p->shape;
  ink_random random;
  ink_random_seed(&random, t->options.seed, 0x1e16);
  size_t embedded = shape->vocabulary * shape->embed;
  for (size_t i = 0; i < embedded; i++) {
    t->weights[p->embedding + i] = (float)ink_random_normal(&random);
  }
  double bound = 1 / sqrt((double)shape->hidden);
  for (size_t i = 0; i < p->count; i++) {
    if (embedded > 0 && p->list[i].offset == p->embedding) continue;
    fill_uniform(&random, bound, p->list[i].count, t->weights + p->list[i].offset);
  }
  if (shape->cell != INK_CELL_LSTM) return;
  for (size_t l = 0; l < shape->layers; l++) {
    for (size_t j = 0; j < shape->hidden; j++) {
      t->weights[p->bias_ih[l] + shape->hidden + j] = 1;
      t->weights[p->bias_hh[l] + shape->hidden + j] = 0;
    }
  }
}

ink_status ink_trainer_read_text(const ink_train_options *options, const char *text, size_t bytes,
                                 ink_trainer_text *read, ink_error *error) {
  *read = (ink_trainer_text){.text = text, .bytes = bytes};
  ink_status status = INK_OK;
  if (options->lines) {
    status = ink_shuffle_lines(text, bytes, options->seed, &read->shuffled, &read->bytes, error);
    read->text = read->shuffled;
  }
  if (status == INK_OK) {
    status = options->level == INK_LEVEL_WORD
                 ? ink_vocabulary_from_words(read->text, read->bytes, options->min_count,
                                             options->max_vocabulary, &read->vocabulary, error)
                 : ink_vocabulary_from_text(read->text, read->bytes, &read->vocabulary, error);
  }
  if (status == INK_OK) {
    status = ink_vocabulary_encode(read->vocabulary, read->text, read->bytes, 0, &read->tokens,
                                   &read->count, error);
  }
  if (status != INK_OK) ink_trainer_text_free(read);
  return status;
}

void ink_trainer_text_free(ink_trainer_text *read) {
  free(read->shuffled);
  free(read->tokens);
  ink_vocabulary_free(read->vocabulary);
  *read = (ink_trainer_text){0};
}

ink_status ink_trainer_new(const ink_train_options *options, const char *text, size_t bytes,
                           ink_trainer **trainer, ink_error *error) {
  *trainer = NULL;
  ink_status status = ink_train_options_check(options, error);
  if (status != INK_OK) return status;
  ink_trainer_text read;
  status = ink_trainer_read_text(options, text, bytes, &read, error);
  if (status != INK_OK) return status;
  status = ink_trainer_prepare(options, &read, trainer, error);
  if (status == INK_OK) fill_weights(*trainer);
  return status;
}

size_t ink_trainer_bytes(const ink_train_options *options, size_t tokens, size_t vocabulary) {
  ink_shape shape = shape_of(options, vocabulary);
  ink_parameters parameters;
  if (ink_parameters_list(&shape, &parameters, NULL) != INK_OK) return SIZE_MAX;
  size_t arrays, bytes, total;
  /* weights, both moments, the best weights, what the options add, and gradients for every thread */
  size_t copies = 4u + (options->average > 0) + (options->weight_drop > 0) + options->threads;
  if (!ink_size_multiply(parameters.size, copies, &arrays) ||
      !ink_size_multiply(arrays, sizeof(float), &total) ||
      !ink_size_multiply(tokens, sizeof(uint32_t), &bytes) || !ink_size_add(total, bytes, &total)) {
    return SIZE_MAX;
  }
  for (uint32_t p = 0; p < options->threads; p++) {
    size_t batch = share_of(options->batch, p, options->threads);
    size_t window = 2 * batch * options->nchars * sizeof(uint32_t);
    bytes = ink_network_bytes(&parameters, batch, options->nchars);
    if (!ink_size_add(total, bytes, &total) || !ink_size_add(total, window, &total)) {
      return SIZE_MAX;
    }
  }
  return total;
}

/* A copy of the text's part before the first token held out, or from there on. */
static ink_status copy_part(const ink_train_options *options, const char *text, size_t bytes,
                            bool held_out, char **part, size_t *part_bytes, ink_error *error) {
  *part = NULL;
  *part_bytes = 0;
  ink_status status = ink_train_options_check(options, error);
  if (status != INK_OK) return status;
  ink_trainer_text read;
  status = ink_trainer_read_text(options, text, bytes, &read, error);
  if (status != INK_OK) return status;
  size_t start = ink_vocabulary_place(read.vocabulary, read.text, read.bytes,
                                      ink_training_tokens(read.count, options->validation));
  size_t from = held_out ? start : 0, to = held_out ? read.bytes : start;
  *part = malloc(to - from + 1);
  if (*part == NULL) {
    status = ink_fail_memory(error);
  } else {
    memcpy(*part, read.text + from, to - from);
    *part_bytes = to - from;
  }
  ink_trainer_text_free(&read);
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
