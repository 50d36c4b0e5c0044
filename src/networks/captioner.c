/*
 * Captioner: a picture to a text. Blocks of convolutions make a map of it; the mean over the map's
 * places,
 *   h_l = tanh(W_l mean + b_l), c_l = 0,
 * starts every layer l of the decoder, and attention looks back at the places one by one (Vinyals
 * et al. 2015; Xu et al. 2015). The loss is the cross-entropy of the caption's tokens and of its
 * end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/ppm.h"
#include "base/random.h"
#include "base/size.h"
#include "base/status.h"
#include "layers/augment.h"
#include "networks/decoder.h"
#include "networks/networks.h"
#include "parts/pictures.h"

typedef struct captioner_dataset {
  ink_examples_dataset examples; /* their sources are of no token */
  float *pictures;               /* [count][side][side][3] */
} captioner_dataset;

/* ---- The examples ---------------------------------------------------------------------------- */

static void captioner_free(ink_dataset *dataset) {
  free(((captioner_dataset *)dataset)->pictures);
  ink_examples_free(dataset);
}

static size_t picture_floats(const ink_train_options *options) {
  return (size_t)options->picture * options->picture * INK_COLOURS;
}

/* Adds pixels to the hash, eight bytes at a time. */
static uint64_t add_pixels(uint64_t hash, const uint8_t *pixels, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 8) {
    uint64_t next = 0;
    memcpy(&next, pixels + i, ink_size_min(8, bytes - i));
    hash = ink_random_mix(hash ^ next);
  }
  return hash;
}

/* One picture for every caption, scaled. */
static ink_status read_pictures(const ink_train_options *options, const ink_material *material,
                                captioner_dataset *d, ink_error *error) {
  size_t count = d->examples.examples.count, floats = picture_floats(options), bytes, size, at = 0;
  size_t width = 0, height = 0, side = options->picture;
  if (!ink_size_multiply(count, floats, &size) || !ink_size_multiply(size, sizeof(float), &bytes)) {
    return ink_fail_memory(error);
  }
  d->pictures = malloc(bytes);
  if (d->pictures == NULL) return ink_fail_memory(error);
  d->examples.base.bytes += bytes;
  for (size_t i = 0; i < count; i++) {
    ink_ppm ppm;
    ink_status status = ink_ppm_of_caption(material->pictures, material->pictures_bytes, i, count,
                                           &at, &ppm, error);
    if (status != INK_OK) return status;
    if (i > 0 && (ppm.width != width || ppm.height != height)) {
      return ink_fail(error, INK_ERROR_FORMAT,
                      "picture %zu is %zu x %zu pixels where those before it are %zu x %zu", i + 1,
                      ppm.width, ppm.height, width, height);
    }
    width = ppm.width;
    height = ppm.height;
    status = ink_picture_floats(ppm.pixels, height, width, INK_COLOURS, side, side,
                                d->pictures + i * floats, error);
    if (status != INK_OK) return status;
    d->examples.base.hash =
        add_pixels(d->examples.base.hash, ppm.pixels, width * height * INK_COLOURS);
  }
  return INK_OK;
}

static ink_status read_captions(const ink_train_options *options, const ink_pair *captions,
                                size_t count, captioner_dataset *d, ink_error *error) {
  ink_dataset *base = &d->examples.base;
  ink_examples *e = &d->examples.examples;
  e->sources.count = count;
  e->sources.starts = calloc(count + 1, sizeof *e->sources.starts);
  if (e->sources.starts == NULL) return ink_fail_memory(error);
  ink_status status = ink_sequences_read(options, captions, count, false, true, &base->vocabulary,
                                         &e->targets, error);
  if (status == INK_OK) status = ink_examples_open(options, &d->examples, error);
  if (status != INK_OK) return status;
  base->items = true;
  base->shape = ink_trained_shape(options, base);
  base->shape.blocks = options->blocks;
  for (size_t i = 0; i < options->blocks; i++) {
    base->shape.channels[i] = (size_t)options->channels << i;
  }
  return INK_OK;
}

static ink_status captioner_read(const ink_train_options *options, const ink_material *material,
                                 ink_dataset *dataset, ink_error *error) {
  captioner_dataset *d = (captioner_dataset *)dataset;
  if (material->pictures_bytes == 0) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a captioner is trained on pictures too");
  }
  ink_pair *captions;
  size_t count;
  ink_status status = ink_lines_read(material->text, material->bytes, &captions, &count, error);
  if (status == INK_OK) status = read_captions(options, captions, count, d, error);
  free(captions);
  return status == INK_OK ? read_pictures(options, material, d, error) : status;
}

/* ---- One thread's part ----------------------------------------------------------------------- */

typedef struct part {
  ink_part_shape shape;
  ink_picture_batch pictures;
  ink_decoder decoder;
  size_t positions; /* P: places of the last map, of C channels */
  float *map;       /* [batch][P][C]: after dropout */
} part;

static void captioner_lay_out(void *object, ink_arena *arena) {
  part *p = object;
  const ink_part_shape *whole = &p->shape;
  const captioner_dataset *d = (const captioner_dataset *)whole->dataset;
  const ink_shape *shape = &whole->parameters->shape;
  size_t batch = whole->batch, side = whole->options->picture;
  p->positions = ink_pictures_positions(shape, side);
  p->pictures = (ink_picture_batch){
      .parameters = whole->parameters, .kernels = whole->kernels, .side = side, .batch = batch};
  ink_picture_batch_lay_out(&p->pictures, arena);
  ink_decoder_lay_out(&p->decoder, &p->shape, d->examples.examples.targets.longest, p->positions,
                      arena);
  p->map = ink_arena_floats3(arena, batch, p->positions, shape->memory);
}

/* The pictures of examples [count], this part's share of the batch: varied for training. */
static void fill(part *p, const ink_round *round, const uint32_t *examples, size_t count) {
  const captioner_dataset *d = (const captioner_dataset *)p->shape.dataset;
  const ink_train_options *o = p->shape.options;
  const ink_augmentation varied = {.shift = o->shift,
                                   .flip = o->flip != 0,
                                   .contrast = o->contrast,
                                   .brightness = o->brightness};
  size_t floats = picture_floats(o);
  for (size_t b = 0; b < count; b++) {
    uint32_t example = examples[b];
    const float *picture = d->pictures + example * floats;
    float *to = p->pictures.pictures + b * floats;
    if (round->held_out) {
      memcpy(to, picture, floats * sizeof *to);
    } else {
      uint64_t place = (uint64_t)round->epoch << 32 | example;
      uint64_t key = ink_random_mix(ink_random_mix(o->seed) ^ place);
      ink_augment(&varied, key, o->picture, o->picture, picture, to);
    }
  }
}

/* Dropout of the map: y of x, or of its gradient. */
static void drop(const part *p, const ink_dropout_choice *dropout, const float *x, float *y) {
  size_t size = p->positions * p->shape.parameters->shape.memory;
  for (size_t b = 0; b < p->pictures.batch; b++) {
    uint64_t key = ink_random_mix(dropout->key ^ ink_random_mix(dropout->first_stream + b));
    p->decoder.stack.kernels->drop(x + b * size, size, dropout->rate, key, y + b * size);
  }
}

/* Rows [batch][layers][H] to or from the layers' own [batch][H]. */
static void spread(const part *p, float *rows, float *const *layers, bool back) {
  const ink_shape *shape = &p->shape.parameters->shape;
  for (size_t b = 0; b < p->pictures.batch; b++) {
    for (size_t l = 0; l < shape->layers; l++) {
      float *row = rows + (b * shape->layers + l) * shape->hidden;
      float *layer = layers[l] + b * shape->hidden;
      memcpy(back ? row : layer, back ? layer : row, shape->hidden * sizeof *row);
    }
  }
}

static double captioner_work(void *memory, const ink_round *round, const float *weights,
                             const ink_dropout_choice *dropout, float *gradients) {
  part *p = memory;
  const captioner_dataset *d = (const captioner_dataset *)p->shape.dataset;
  size_t batch;
  const uint32_t *examples = ink_examples_share(&p->shape, &batch);
  if (batch == 0) return 0;
  ink_decoder_fill(&p->decoder, &d->examples.examples, examples, batch);
  p->pictures.batch = batch;
  fill(p, round, examples, batch);
  drop(p, dropout, ink_picture_batch_forward(&p->pictures, weights), p->map);
  ink_picture_batch_start(&p->pictures, weights, p->map);
  ink_stack_window_clear_state(&p->decoder.stack);
  spread(p, p->pictures.states, p->decoder.stack.h, false);
  double loss = ink_decoder_forward(&p->decoder, weights, p->map, p->positions, 1, p->positions,
                                    (float)(1 / round->predictions), dropout);
  if (gradients == NULL) return loss;
  float *dmap = p->pictures.gradient;
  ink_decoder_backward(&p->decoder, weights, p->map, dropout, gradients, dmap);
  spread(p, p->pictures.dstates, p->decoder.stack.dh, true);
  ink_picture_batch_start_backward(&p->pictures, weights, gradients, dmap);
  drop(p, dropout, dmap, dmap);
  ink_picture_batch_backward(&p->pictures, weights, gradients);
  return loss;
}

static const ink_training training = {.reads_pictures = true,
                                      .dataset_size = sizeof(captioner_dataset),
                                      .read = captioner_read,
                                      .free = captioner_free,
                                      .next = ink_examples_next,
                                      .part_size = sizeof(part),
                                      .lay_out = captioner_lay_out,
                                      .work = captioner_work};

/* ---- In use ---------------------------------------------------------------------------------- */

typedef struct captioner_weights {
  ink_pictures pictures;
  ink_attention_weights attention;
} captioner_weights;

static ink_status captioner_list(ink_lister *l, ink_error *error) {
  const ink_shape *shape = &l->parameters->shape;
  if (shape->blocks == 0) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a captioner without convolutions");
  }
  ink_pictures_list(l);
  ink_decoder_list(l, shape->channels[shape->blocks - 1]);
  return INK_OK;
}

static ink_status captioner_open(ink_network *network, const ink_tensors *tensors,
                                 ink_error *error) {
  return ink_pictures_read_side(tensors, &network->shape, &network->picture, error);
}

static void captioner_pack(ink_packer *packer, ink_network *network) {
  captioner_weights weights = {0};
  ink_pictures_pack(packer, &network->shape, network->picture, &weights.pictures);
  ink_attention_pack(packer, &weights.attention);
  captioner_weights *own = network->own = ink_arena_put(packer->arena, &weights, sizeof weights);
  if (own != NULL) network->attention = &own->attention;
}

static ink_status captioner_encode(ink_source *source, const ink_pixels *pixels, float *rows,
                                   ink_error *error) {
  const captioner_weights *own = source->network->own;
  return ink_pictures_encode(&own->pictures, pixels->bytes, pixels->width, pixels->height,
                             pixels->channels, rows, source->state, error);
}

const ink_network_kind ink_captioner_kind = {.task = INK_TASK_CAPTIONER,
                                             .name = "captioner",
                                             .prefix = "",
                                             .writes = true,
                                             .recognise = ink_pictures_recognise,
                                             .list = captioner_list,
                                             .open = captioner_open,
                                             .pack = captioner_pack,
                                             .lay_out = ink_decoder_stream_lay_out,
                                             .features = ink_decoder_features,
                                             .encode_picture = captioner_encode,
                                             .training = INK_TRAINS ? &training : NULL};
