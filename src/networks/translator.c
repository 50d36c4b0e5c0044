/*
 * Translator: a text to another. An encoder reads the source, its layers by turns from either end;
 * its last states start the decoder, and attention looks back at all of it (Bahdanau et al. 2015;
 * Luong et al. 2015). The loss is the cross-entropy of the target's tokens and of its end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/utf8.h"
#include "networks/decoder.h"
#include "networks/networks.h"
#include "text/items.h"
#include "text/words.h"

/* ---- The examples ---------------------------------------------------------------------------- */

/* Whether hardly a left side begins with a small letter, as no sentence does. */
static bool begin_as_sentences(const ink_pair *pairs, size_t count) {
  size_t small = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t c = 0;
    ink_utf8_decode(pairs[i].left, pairs[i].left_bytes, &c);
    small += ink_letter_recase(c, true) != c;
  }
  return 100 * small < count;
}

static ink_status read_pairs(const ink_train_options *options, const ink_pair *pairs, size_t count,
                             ink_examples_dataset *d, ink_error *error) {
  ink_dataset *base = &d->base;
  ink_examples *e = &d->examples;
  ink_status status = ink_sequences_read(options, pairs, count, true, false,
                                         &base->source_vocabulary, &e->sources, error);
  if (status == INK_OK) {
    status = ink_sequences_read(options, pairs, count, false, true, &base->vocabulary, &e->targets,
                                error);
  }
  if (status == INK_OK) status = ink_examples_open(options, d, error);
  if (status != INK_OK) return status;
  base->items = true;
  base->sentences = begin_as_sentences(pairs, count);
  base->shape = ink_trained_shape(options, base);
  return INK_OK;
}

static ink_status translator_read(const ink_train_options *options, const ink_material *material,
                                  ink_dataset *dataset, ink_error *error) {
  ink_pair *pairs;
  size_t count;
  ink_status status = ink_pairs_read(material->text, material->bytes,
                                     "a text, a tab and its translation", &pairs, &count, error);
  if (status != INK_OK) return status;
  if (options->lines) ink_shuffle_pairs(pairs, count, options->seed);
  status = read_pairs(options, pairs, count, (ink_examples_dataset *)dataset, error);
  free(pairs);
  return status;
}

/* ---- One thread's part ----------------------------------------------------------------------- */

typedef struct part {
  ink_part_shape shape;
  ink_stack_window encoder;
  ink_decoder decoder;
  uint32_t *ids;  /* [steps of the longest source][batch] */
  float *dmemory; /* [the same][batch][H] */
} part;

static const ink_examples_dataset *dataset_of(const ink_part_shape *shape) {
  return (const ink_examples_dataset *)shape->dataset;
}

static void translator_lay_out(void *object, ink_arena *arena) {
  part *p = object;
  const ink_part_shape *shape = &p->shape;
  const ink_examples *e = &dataset_of(shape)->examples;
  size_t batch = shape->batch, steps = e->sources.longest, rows;
  p->encoder = (ink_stack_window){.parameters = shape->parameters,
                                  .at = &shape->parameters->encoder,
                                  .kernels = shape->kernels,
                                  .batch = batch,
                                  .alternates = true};
  ink_stack_window_lay_out(&p->encoder, steps, arena);
  ink_decoder_lay_out(&p->decoder, &p->shape, e->targets.longest, steps, arena);
  if (!ink_size_multiply(steps, batch, &rows)) arena->overflow = true;
  p->ids = ink_arena_take(arena, steps, batch, sizeof *p->ids);
  p->dmemory = ink_arena_floats(arena, rows, shape->parameters->shape.hidden);
}

static void hand_back(part *p) {
  size_t size = p->encoder.batch * p->shape.parameters->shape.hidden * sizeof(float);
  for (size_t l = 0; l < p->shape.parameters->shape.layers; l++) {
    memcpy(p->encoder.dh[l], p->decoder.stack.dh[l], size);
    memcpy(p->encoder.dc[l], p->decoder.stack.dc[l], size);
  }
}

static double translator_work(void *memory, const ink_round *round, const float *weights,
                              const ink_dropout_choice *dropout, float *gradients) {
  part *p = memory;
  const ink_examples_dataset *d = dataset_of(&p->shape);
  size_t steps = d->batch.source_steps, batch;
  const uint32_t *examples = ink_examples_share(&p->shape, &batch);
  if (batch == 0) return 0;
  ink_decoder_fill(&p->decoder, &d->examples, examples, batch);
  ink_examples_sources(d, round, examples, batch, p->ids);
  p->encoder.batch = batch;
  ink_stack_window_clear_state(&p->encoder);
  const float *memories = ink_stack_window_forward(&p->encoder, weights, steps, p->ids, dropout);
  ink_stack_window_hand_over(&p->encoder, steps, &p->decoder.stack); /* layer by layer */
  double loss = ink_decoder_forward(&p->decoder, weights, memories, steps, batch, 1,
                                    (float)(1 / round->predictions), dropout);
  if (gradients == NULL) return loss;
  ink_decoder_backward(&p->decoder, weights, memories, dropout, gradients, p->dmemory);
  hand_back(p);
  ink_stack_window_backward(&p->encoder, weights, steps, p->ids, dropout, p->dmemory, false,
                            gradients);
  return loss;
}

static const ink_training training = {.dataset_size = sizeof(ink_examples_dataset),
                                      .read = translator_read,
                                      .free = ink_examples_free,
                                      .next = ink_examples_next,
                                      .part_size = sizeof(part),
                                      .lay_out = translator_lay_out,
                                      .work = translator_work};

/* ---- In use ---------------------------------------------------------------------------------- */

typedef struct translator_weights {
  ink_stack encoder;
  ink_attention_weights attention;
} translator_weights;

static ink_status translator_recognise(const ink_tensors *tensors, ink_shape *shape,
                                       ink_error *error) {
  size_t embed;
  return ink_stack_recognise_vocabulary(tensors, "encoder.", &shape->source_vocabulary, &embed,
                                        error);
}

static ink_status translator_list(ink_lister *l, ink_error *error) {
  ink_parameters *p = l->parameters;
  (void)error;
  l->fits = l->fits && p->shape.source_vocabulary > 0;
  ink_stack_list(l, "encoder.", p->shape.source_vocabulary, &p->encoder);
  ink_decoder_list(l, p->shape.hidden);
  return INK_OK;
}

static ink_status translator_open(ink_network *network, const ink_tensors *tensors,
                                  ink_error *error) {
  return ink_network_load_tokens(tensors, "encoder.vocab", network->shape.source_vocabulary,
                                 ink_vocabulary_level(network->vocabulary),
                                 &network->source_vocabulary, error);
}

static void translator_pack(ink_packer *packer, ink_network *network) {
  translator_weights weights = {0};
  ink_stack_pack(packer, &packer->parameters->encoder, &weights.encoder);
  ink_attention_pack(packer, &weights.attention);
  translator_weights *own = network->own = ink_arena_put(packer->arena, &weights, sizeof weights);
  if (own != NULL) network->attention = &own->attention;
}

/* The last state of each layer is where the decoder's layer begins. */
static ink_status translator_encode(ink_source *source, float *rows, ink_error *error) {
  const translator_weights *own = source->network->own;
  return ink_stack_encode(&own->encoder, source->ids, source->positions, source->state, rows,
                          error);
}

const ink_network_kind ink_translator_kind = {.task = INK_TASK_TRANSLATOR,
                                              .name = "translator",
                                              .prefix = "",
                                              .writes = true,
                                              .recognise = translator_recognise,
                                              .list = translator_list,
                                              .open = translator_open,
                                              .pack = translator_pack,
                                              .lay_out = ink_decoder_stream_lay_out,
                                              .features = ink_decoder_features,
                                              .encode_text = translator_encode,
                                              .training = INK_TRAINS ? &training : NULL};
