/*
 * Training: rounds of examples, gradients, updates and validations. What an example is, and the
 * network that reads it, are the task's (task.h). Threads split the streams of the batch; their
 * gradients are added in the order of the threads.
 */
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "base/status.h"
#include "file/nibbles.h"
#include "train/optimiser.h"

/* ---- One round of the workers ---------------------------------------------------------------- */

void ink_trainer_part_work(void *context, uint32_t index) {
  ink_trainer *t = context;
  ink_part *part = &t->parts[index];
  ink_dropout_choice dropout = t->work_dropout;
  dropout.first_stream = part->first_stream;
  if (t->work_trains) memset(part->gradients, 0, t->parameters.size * sizeof(float));
  part->loss = t->task->work(part->memory, t->work_round, t->work_weights, &dropout,
                             t->work_trains ? part->gradients : NULL);
}

/* Does a round and returns the sum of its loss over this trainer's streams, in the order of the
 * threads. */
static double run_round(ink_trainer *t, const float *weights, const ink_round *round, bool trains,
                        ink_dropout_choice dropout) {
  t->work_weights = weights;
  t->work_round = round;
  t->work_trains = trains;
  t->work_dropout = dropout;
  ink_workers_run(t->workers);
  double loss = 0;
  for (uint32_t p = 0; p < t->options.threads; p++) loss += t->parts[p].loss;
  return loss;
}

size_t ink_trainer_state_size(const ink_trainer *trainer) {
  const ink_train_options *o = &trainer->options;
  return trainer->task->state_get == NULL ? 0 : (size_t)o->layers * 2 * o->batch * o->hidden;
}

void ink_trainer_state_get(const ink_trainer *trainer, float *state) {
  if (trainer->task->state_get == NULL) return;
  memset(state, 0, ink_trainer_state_size(trainer) * sizeof *state);
  for (uint32_t p = 0; p < trainer->options.threads; p++) {
    const ink_part *part = &trainer->parts[p];
    trainer->task->state_get(part->memory, trainer->options.batch, part->first_stream, state);
  }
}

void ink_trainer_state_set(ink_trainer *trainer, const float *state) {
  if (trainer->task->state_set == NULL) return;
  for (uint32_t p = 0; p < trainer->options.threads; p++) {
    ink_part *part = &trainer->parts[p];
    trainer->task->state_set(part->memory, trainer->options.batch, part->first_stream, state);
  }
}

float *ink_trainer_state_room(const ink_trainer *t) {
  return malloc((ink_trainer_state_size(t) + 1) * sizeof(float));
}

const float *ink_trainer_present(const ink_trainer *trainer) {
  return trainer->average != NULL && trainer->step > 0 ? trainer->average : trainer->weights;
}

/* What rounds read of `weights`: the weights, or, where they are to be stored so, of four bits. */
static const float *as_stored(ink_trainer *t, const float *weights) {
  if (t->rounded == NULL) return weights;
  for (size_t i = 0; i < t->parameters.count; i++) {
    const ink_parameter *p = &t->parameters.list[i];
    const float *from = weights + p->offset;
    float *to = t->rounded + p->offset;
    if (p->axes == 2 && ink_nibbles_fit(p->rows, p->columns)) {
      ink_nibbles_round(from, p->rows, p->columns, to);
    } else {
      memcpy(to, from, p->count * sizeof *to);
    }
  }
  return t->rounded;
}

/* ---- Validation ------------------------------------------------------------------------------ */

/* Nats per prediction over the held-out part, read by this trainer's streams from the zero state.
 * Leaves the carried state changed. For the first part, whose streams begin at 0. */
static double validate(ink_trainer *t) {
  ink_trainer_state_set(t, NULL);
  ink_round round = {.held_out = true, .streams = t->batch};
  double sum = 0, predictions = 0;
  const float *weights = as_stored(t, ink_trainer_present(t));
  for (; t->task->next(t->dataset, &t->options, 0, &round); round.position += round.advance) {
    sum += run_round(t, weights, &round, false, (ink_dropout_choice){0});
    predictions += round.predictions;
  }
  return sum / predictions;
}

/* Whether this loss is that of weights that have run away: guessing costs no more, and earlier ones
 * cost much less. */
static bool is_lost(const ink_trainer *t, double loss) {
  return !(loss <= ink_log((double)t->parameters.shape.outputs)) && !(loss <= t->good_loss + 1);
}

/* The loss of the round just trained with the weights after it. A held-out text may be unlike the
 * rest, and what a classifier has beside its network is only validated: this alone tells whether
 * the weights have run away. Leaves the carried state changed. */
static double train_loss(ink_trainer *t) {
  ink_round round = {.epoch = t->round.epoch, .position = t->round.position, .streams = t->batch};
  if (!t->task->next(t->dataset, &t->options, ink_trainer_share(t, 0, 0), &round)) return t->loss;
  const float *weights = as_stored(t, ink_trainer_present(t));
  return run_round(t, weights, &round, false, (ink_dropout_choice){0}) / round.predictions;
}

static ink_status validate_and_keep(ink_trainer *t, ink_error *error) {
  float *state = ink_trainer_state_room(t);
  if (state == NULL) return ink_fail_memory(error);
  ink_trainer_state_get(t, state);
  t->validation_loss = validate(t);
  if (t->task->choose != NULL) {
    t->task->choose(t->dataset, &t->parameters, t->weights, t->average, &t->validation_loss);
  }
  /* Weights that have run away are not kept for being the first to be validated. */
  bool lost = !t->has_best && is_lost(t, t->validation_loss) && is_lost(t, train_loss(t));
  ink_trainer_state_set(t, state);
  free(state);
  if (t->has_best) t->without_gain++;
  if (t->has_best ? t->validation_loss < t->best_loss : !lost) {
    t->without_gain = 0;
    t->best_loss = t->validation_loss;
    t->has_best = true;
    memcpy(t->best, ink_trainer_present(t), t->parameters.size * sizeof(float));
  }
  return INK_OK;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static bool made_all_steps(const ink_trainer *t) { return t->step >= t->steps; }

static bool has_turned(const ink_trainer *t) {
  return t->options.patience > 0 && t->without_gain >= t->options.patience;
}

int ink_trainer_done(const ink_trainer *trainer) {
  return made_all_steps(trainer) || has_turned(trainer);
}

static void report(const ink_trainer *t, double learning_rate, double norm, bool validated,
                   ink_progress *progress) {
  if (progress == NULL) return;
  *progress = (ink_progress){.step = t->step,
                             .steps = t->steps,
                             .epoch = t->epoch + (double)t->position / (double)t->dataset->span,
                             .loss = t->loss,
                             .validation_loss = t->validation_loss,
                             .best_loss = t->best_loss,
                             .learning_rate = learning_rate,
                             .gradient_norm = norm,
                             .tokens = (uint32_t)t->round.predictions,
                             .validated = validated};
}

/* Guessing every token with the same probability costs ln V. A network that costs this much has
 * lost what it knew, even though its loss is still a number; a few predictions may cost more by
 * chance. */
static bool has_diverged(const ink_trainer *t, double loss, double norm) {
  double most = 3 * ink_log((double)t->parameters.shape.outputs) + 3;
  most *= 1 + 16 / t->round.predictions;
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

/* Until the first validation, what fail_diverged() goes back to: from time to time the weights,
 * when they are better than the last that were kept. The loss is that of a window, before the
 * update. */
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
  const ink_shape *shape = &t->parameters.shape;
  const ink_stack_parameters *stacks[] = {&t->parameters.stack, &t->parameters.encoder};
  size_t count = stacks[1]->vocabulary > 0 ? 2 : 1;
  for (size_t i = 0; i < count * shape->layers; i++) {
    uint64_t key = ink_random_mix(update_key(t) ^ ink_random_mix(i));
    size_t at = stacks[i / shape->layers]->weight_hh[i % shape->layers];
    t->kernels->drop(from + at, shape->gates * shape->hidden * shape->hidden,
                     t->options.weight_drop, key, to + at);
  }
}

/* The round of the next update. */
static ink_round next_round(ink_trainer *t) {
  ink_round round = {.epoch = t->epoch, .position = t->position, .streams = t->options.batch};
  double progress = ink_trainer_share(t, 0, 0);
  if (!t->task->next(t->dataset, &t->options, progress, &round)) {
    t->epoch++;
    t->position = 0;
    round.epoch = t->epoch;
    round.position = 0;
    t->task->next(t->dataset, &t->options, progress, &round);
  }
  return round;
}

ink_status ink_trainer_gradients(ink_trainer *t, float **gradients, size_t *count, double *loss,
                                 ink_error *error) {
  const ink_train_options *o = &t->options;
  if (t->diverged) return fail_diverged(t, t->loss, error);
  if (made_all_steps(t)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "all %u steps are made", (unsigned)t->steps);
  }
  if (t->has_gradients) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the last gradients have not been applied");
  }
  t->round = next_round(t);
  if (t->position == 0 || o->reset_state) ink_trainer_state_set(t, NULL);
  const float *weights = as_stored(t, t->weights);
  if (t->dropped != NULL) {
    memcpy(t->dropped, weights, t->parameters.size * sizeof(float));
    drop_weights(t, weights, t->dropped);
    weights = t->dropped;
  }
  ink_dropout_choice dropout = {.rate = o->dropout,
                                .embed_rate = o->embed_dropout,
                                .variational = o->variational != 0,
                                .key = update_key(t)};
  *loss = run_round(t, weights, &t->round, true, dropout) / t->round.predictions;
  *gradients = t->parts[0].gradients;
  *count = t->parameters.trained;
  for (uint32_t p = 1; p < o->threads; p++) {
    t->kernels->add(t->parts[p].gradients, *count, *gradients);
  }
  if (t->dropped != NULL) drop_weights(t, *gradients, *gradients);
  t->has_gradients = true;
  return INK_OK;
}

/* average += (1 - share) (weights - average), where the share grows towards options.average so that
 * the first weights, which are random, are soon forgotten. At step 1 it is 0. */
static void average_weights(ink_trainer *t) {
  double share = fmin((double)t->options.average, (t->step - 1.0) / (t->step + 9.0));
  t->kernels->approach(t->weights, t->parameters.size, (float)(1 - share), t->average);
}

ink_status ink_trainer_update(ink_trainer *t, double loss, ink_progress *progress,
                              ink_error *error) {
  const ink_train_options *o = &t->options;
  if (t->diverged) return fail_diverged(t, t->loss, error);
  if (!t->has_gradients) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "there are no gradients to apply");
  }
  t->has_gradients = false;
  const float *gradients = t->parts[0].gradients;
  double norm = sqrt(t->kernels->sum_of_squares(gradients, t->parameters.size));
  if (has_diverged(t, loss, norm)) {
    t->loss = loss;
    return fail_diverged(t, loss, error);
  }
  keep_good(t, loss);
  t->loss = loss;
  /* As torch.nn.utils.clip_grad_norm_ does. */
  double clip = o->clip > 0 ? fmin(1, (double)o->clip / (norm + 1e-6)) : 1;
  double rate = ink_learning_rate(o, t->step, ink_trainer_share(t, o->warmup, 1));
  t->position += t->round.advance;
  t->step++;
  ink_trainer_replan_due(t);
  const ink_adamw_step step = ink_adamw_step_of(o, rate, t->step, clip);
  t->kernels->adamw(&step, t->parameters.trained, gradients, t->weights, t->m, t->v);
  if (t->average != NULL) average_weights(t);

  uint32_t every = o->validate_every > 0 ? o->validate_every : t->dataset->epoch_steps;
  bool due = t->part == 0 && t->dataset->holds_out && (t->step % every == 0 || t->step == t->steps);
  ink_status status = due ? validate_and_keep(t, error) : INK_OK;
  report(t, rate, norm, due, progress);
  return status;
}

ink_status ink_trainer_step(ink_trainer *trainer, ink_progress *progress, ink_error *error) {
  float *gradients;
  size_t count;
  double loss;
  ink_status status = ink_trainer_gradients(trainer, &gradients, &count, &loss, error);
  return status == INK_OK ? ink_trainer_update(trainer, loss, progress, error) : status;
}
