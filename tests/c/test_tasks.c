/*
 * Every task from its examples to its model: gradients against central differences, and the model
 * in use against the validation loss of the training that made it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "network.h"
#include "networks/networks.h"
#include "train/trainer.h"

static const char translations[] =
    "one two\tun deux\ntwo\tdeux\nthree one\ttrois un\none\tun\nfour\tquatre\n"
    "two two\tdeux deux\nthree\ttrois\nfour one\tquatre un\none one\tun un\ntwo one\tdeux un\n";

static const char classes[] =
    "fruit\tan apple\nfruit\ta pear\ntool\ta saw\ntool\ta hammer\nfruit\ta plum\ntool\tan axe\n"
    "animal\ta cat\nanimal\ta dog\nfruit\ta fig\nanimal\tan owl\nanimal\ta bee\ntool\ta file\n";

enum { SIDE = 8 };
static const char captions[] =
    "a red dot\na red bar\na blue dot\na blue bar\ntwo dots\na dot\na bar\nred\nblue\na blue dot\n"
    "a red dot\na bar\n";

/* PPM files, one for each line of the captions, of pixels that have little to do with them. */
static size_t make_pictures(uint8_t *bytes) {
  size_t size = 0;
  for (const char *c = captions; *c != '\0'; c++) {
    if (*c != '\n') continue;
    size += (size_t)sprintf((char *)bytes + size, "P6\n%d %d\n255\n", SIDE, SIDE);
    for (size_t i = 0; i < SIDE * SIDE * 3; i++) {
      bytes[size] = (uint8_t)(c[-1] * 40 + c[-2] * (int)i % 97 + (int)(i * i % 61));
      size++;
    }
  }
  return size;
}

static ink_trainer *open_trainer(const ink_train_options *options, const char *text) {
  static uint8_t pictures[12 * (SIDE * SIDE * 3 + 16)];
  ink_error error;
  ink_trainer *t;
  ink_material material = {.text = text, .bytes = strlen(text)};
  if (options->task == INK_TASK_CAPTIONER) {
    material.pictures = pictures;
    material.pictures_bytes = make_pictures(pictures);
  }
  CHECK_OK(ink_trainer_new(options, &material, &t, &error));
  return t;
}

static ink_train_options small_options(ink_task task, ink_cell_kind cell, uint32_t layers) {
  ink_train_options o;
  ink_train_options_default(&o);
  o.task = task;
  o.cell = cell;
  o.layers = layers;
  o.hidden = 6;
  o.embed = 5;
  o.batch = 4;
  o.threads = 2;
  o.steps = 30;
  o.learning_rate = 0.02f;
  o.dropout = o.weight_drop = o.average = 0;
  o.validation = 0.25f;
  o.lines = 0;              /* held_out() is the end of the text */
  o.level = INK_LEVEL_CHAR; /* token_id() is of a character */
  o.seed = 3;
  o.picture = SIDE;
  o.blocks = 2;
  o.channels = 9;
  return o;
}

static double loss_of_round(ink_trainer *t) {
  double loss = 0;
  for (uint32_t p = 0; p < t->options.threads; p++) {
    ink_dropout_choice dropout = t->work_dropout;
    dropout.first_stream = t->parts[p].first_stream;
    loss += t->task->work(t->parts[p].memory, &t->round, t->weights, &dropout, NULL);
  }
  return loss / t->round.predictions;
}

static void check_gradients(const ink_train_options *options, const char *text) {
  ink_error error;
  ink_trainer *t = open_trainer(options, text);
  float *own;
  size_t count;
  double loss;
  CHECK_OK(ink_trainer_gradients(t, &own, &count, &loss, &error));
  float *gradients = malloc(count * sizeof *gradients);
  memcpy(gradients, own, count * sizeof *gradients);
  CHECK_NEAR(loss_of_round(t), loss, 1e-6);
  for (size_t p = 0; p < t->parameters.count; p++) {
    const ink_parameter *parameter = &t->parameters.list[p];
    if (parameter->offset >= count) continue; /* not trained */
    double largest = 0;
    for (size_t i = 0; i < parameter->count; i++) {
      largest = fmax(largest, fabs((double)gradients[parameter->offset + i]));
    }
    CHECK(largest > 0);
    /* A step over a kink, where the largest of several or the sign under a ReLU changes, tells
     * nothing of the gradient: steps are small where there are kinks, and a captioner, which has
     * them everywhere, must be right over the whole of a parameter. */
    bool sees = options->task == INK_TASK_CAPTIONER;
    const float step = sees || options->task == INK_TASK_CLASSIFIER ? 0x1p-10f : 0x1p-7f;
    double squares = 0, wrong = 0;
    for (size_t i = 0; i < parameter->count; i++) {
      size_t at = parameter->offset + i;
      float kept = t->weights[at];
      t->weights[at] = kept + step;
      double above = loss_of_round(t);
      t->weights[at] = kept - step;
      double below = loss_of_round(t);
      t->weights[at] = kept;
      double gradient = (double)gradients[at], numeric = (above - below) / (2 * (double)step);
      double difference = fabs(numeric - gradient);
      squares += gradient * gradient;
      wrong += difference * difference;
      if (sees || difference <= 1e-2 * largest + 1e-4) continue;
      printf("%s, %s[%zu]: %g where differences give %g\n",
             ink_network_kind_find((ink_task)t->options.task)->name, parameter->name, i, gradient,
             numeric);
      check_fail(__FILE__, __LINE__, "the gradient is that of the differences");
    }
    double noise = 1e-5 * sqrt((double)parameter->count);
    CHECK(sqrt(wrong) <= 0.08 * sqrt(squares) + noise);
  }
  free(gradients);
  ink_trainer_free(t);
}

static ink_model *train(const ink_train_options *options, const char *text, double *loss) {
  ink_error error;
  ink_trainer *t = open_trainer(options, text);
  ink_progress progress;
  while (!ink_trainer_done(t)) CHECK_OK(ink_trainer_step(t, &progress, &error));
  *loss = progress.validation_loss;
  uint8_t *bytes;
  size_t size;
  CHECK_OK(ink_trainer_model(t, 0, NULL, 0, &bytes, &size, &error));
  ink_trainer_free(t);
  ink_model *model;
  CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
  ink_release(bytes);
  return model;
}

/* The last quarter of the lines of a text, as they are held out. */
static const char *held_out(const char *text) {
  size_t lines = 0;
  for (const char *c = text; *c != '\0'; c++) lines += *c == '\n';
  for (size_t left = lines - lines / 4; left > 0; text++) left -= *text == '\n';
  return text;
}

/* -ln of the probability of a token, which the session then reads. */
static double read_token(ink_session *session, uint32_t id) {
  ink_error error;
  const float *probabilities;
  CHECK_OK(ink_session_distribution(session, NULL, &probabilities, &error));
  double nats = -log((double)probabilities[id]);
  CHECK_OK(ink_session_feed_token(session, id, &error));
  return nats;
}

static uint32_t token_id(const ink_model *model, const char *c) {
  uint32_t id = 0;
  while (ink_model_token(model, id) != NULL && ink_model_token(model, id)[0] != *c) id++;
  return id;
}

static void check_translator(ink_cell_kind cell, uint32_t layers) {
  ink_train_options o = small_options(INK_TASK_TRANSLATOR, cell, layers);
  double loss, nats = 0, tokens = 0;
  ink_model *model = train(&o, translations, &loss);
  ink_session *session;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  for (const char *line = held_out(translations); *line != '\0';) {
    const char *tab = strchr(line, '\t'), *end = strchr(line, '\n');
    ink_source *source;
    CHECK_OK(ink_source_text(model, line, (size_t)(tab - line), 0, &source, &error));
    CHECK(strncmp(ink_source_token(source, 1), line + 1, 1) == 0);
    CHECK_OK(ink_session_start(session, source, &error));
    for (const char *c = tab + 1; c <= end; c++, tokens++) {
      nats += read_token(session, token_id(model, c));
      size_t positions;
      const float *weights = ink_session_attention(session, &positions);
      CHECK(positions == (size_t)(tab - line));
      double sum = 0;
      for (size_t i = 0; i < positions; i++) sum += (double)weights[i];
      CHECK_NEAR(sum, 1, 1e-5);
    }
    ink_source_free(source);
    line = end + 1;
  }
  CHECK_NEAR(nats / tokens, loss, 1e-4);
  ink_session_free(session);
  ink_model_free(model);
}

static void check_classifier(ink_cell_kind cell, uint32_t layers, uint32_t bag) {
  ink_train_options o = small_options(INK_TASK_CLASSIFIER, cell, layers);
  o.bag = bag;
  double loss, nats = 0, texts = 0;
  ink_model *model = train(&o, classes, &loss);
  ink_session *session;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  ink_info info;
  ink_model_info(model, &info);
  CHECK(info.classes == 3 && strcmp(ink_model_label(model, 0), "animal") == 0);
  CHECK(ink_model_label(model, 3) == NULL);
  for (const char *line = held_out(classes); *line != '\0'; texts++) {
    const char *tab = strchr(line, '\t'), *end = strchr(line, '\n');
    ink_session_reset(session);
    CHECK_OK(ink_session_feed(session, tab + 1, (size_t)(end - tab - 1), 0, &error));
    uint32_t id = 0;
    while (strncmp(ink_model_label(model, id), line, (size_t)(tab - line)) != 0) id++;
    const float *probabilities;
    CHECK_OK(ink_session_distribution(session, NULL, &probabilities, &error));
    nats -= log((double)probabilities[id]);
    line = end + 1;
  }
  CHECK_NEAR(nats / texts, loss, 1e-4);
  ink_session_free(session);
  ink_model_free(model);
}

static void check_captioner(const ink_train_options *o) {
  static uint8_t pictures[12 * (SIDE * SIDE * 3 + 16)];
  size_t size = make_pictures(pictures), each = size / 12, header = each - SIDE * SIDE * 3;
  double loss, nats = 0, tokens = 0;
  ink_model *model = train(o, captions, &loss);
  ink_session *session;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  const uint8_t *picture = pictures + 9 * each + header;
  for (const char *line = held_out(captions); *line != '\0'; picture += each) {
    const char *end = strchr(line, '\n');
    ink_source *source;
    CHECK_OK(ink_source_picture(model, picture, SIDE, SIDE, 3, &source, &error));
    CHECK(ink_source_token(source, 0) == NULL);
    CHECK_OK(ink_session_start(session, source, &error));
    for (const char *c = line; c <= end; c++, tokens++) {
      nats += read_token(session, token_id(model, c));
      size_t positions;
      const float *weights = ink_session_attention(session, &positions);
      CHECK(positions == (size_t)(SIDE / 2) * (SIDE / 2) && weights[0] > 0);
    }
    ink_source_free(source);
    line = end + 1;
  }
  CHECK(tokens > 0);
  CHECK_NEAR(nats / tokens, loss, 1e-4);
  ink_session_free(session);
  ink_model_free(model);
}

/* A generator whose file has more tokens than its matrices have rows is nothing to start from. */
static void check_pretrained_tokens(void) {
  static const char tokens[] = "\n\0a\0b\0c\0d\0e\0f\0g\0h\0n\0o\0p\0r\0s";
  ink_error error;
  ink_train_options o = small_options(INK_TASK_CLASSIFIER, INK_CELL_GRU, 2);
  network n = network_new(INK_CELL_GRU, 4, o.hidden, 2, o.embed, 0.1f, 1);
  network_rename(&n, tokens, sizeof tokens);
  ink_buffer file = network_file(&n, NULL, 0);
  ink_trainer *classifier;
  const ink_material material = {.text = classes,
                                 .bytes = strlen(classes),
                                 .from = (const uint8_t *)file.bytes,
                                 .from_bytes = file.size};
  CHECK_FAILS(ink_trainer_new(&o, &material, &classifier, &error), INK_ERROR_VOCABULARY,
              "14 tokens");
  ink_buffer_free(&file);
  network_free(&n);
}

/* A generator that starts from another reads what that read, and goes on from a checkpoint so. */
static void check_joined_vocabulary(const uint8_t *bytes, size_t size) {
  ink_error error;
  ink_train_options o = small_options(INK_TASK_GENERATOR, INK_CELL_GRU, 2);
  o.nchars = 5;
  o.steps = 3;
  static const char text[] = "the bee saw a tiger; the cat saw a bee; the bee saw a cat. the";
  ink_material material = {.text = text, .bytes = strlen(text), .from = bytes, .from_bytes = size};
  ink_trainer *t;
  ink_progress progress;
  CHECK_OK(ink_trainer_new(&o, &material, &t, &error));
  CHECK(ink_vocabulary_find(t->dataset->vocabulary, 'z') != UINT32_MAX); /* only there */
  CHECK(ink_vocabulary_find(t->dataset->vocabulary, 'g') != UINT32_MAX); /* only here */
  CHECK_OK(ink_trainer_step(t, &progress, &error));
  uint8_t *checkpoint;
  size_t checkpoint_size;
  CHECK_OK(ink_trainer_checkpoint(t, NULL, &checkpoint, &checkpoint_size, &error));
  ink_trainer_free(t);
  material.from = NULL;
  CHECK_OK(ink_trainer_resume(checkpoint, checkpoint_size, &material, NULL, &t, &error));
  CHECK(ink_vocabulary_find(t->dataset->vocabulary, 'z') != UINT32_MAX);
  ink_trainer_free(t);
  static const char strange[] = "ЖИЛБЫЛ ЗАЯЦ и еще один заяц; жилбыл заяц и другой";
  material =
      (ink_material){.text = strange, .bytes = strlen(strange), .from = bytes, .from_bytes = size};
  CHECK_FAILS(ink_trainer_new(&o, &material, &t, &error), INK_ERROR_VOCABULARY, "another script");
  ink_release(checkpoint);
}

/* A classifier that starts from a generator has its layers, and the embeddings of the tokens of
 * both. */
static void check_pretrained(void) {
  ink_error error;
  ink_train_options o = small_options(INK_TASK_GENERATOR, INK_CELL_GRU, 2);
  o.nchars = 5;
  o.steps = 3;
  static const char other[] =
      "the bee saw a cat; the cat saw a bee. zzz zzz zzz zzz zzz zzz zzz zzz";
  ink_trainer *generator, *classifier;
  ink_progress progress;
  CHECK_OK(ink_trainer_new(&o, &(ink_material){.text = other, .bytes = strlen(other)}, &generator,
                           &error));
  while (!ink_trainer_done(generator)) CHECK_OK(ink_trainer_step(generator, &progress, &error));
  uint8_t *bytes;
  size_t size;
  CHECK_OK(ink_trainer_model(generator, 0, NULL, 0, &bytes, &size, &error));
  o = small_options(INK_TASK_CLASSIFIER, INK_CELL_GRU, 2);
  ink_material material = {.text = classes, .bytes = strlen(classes)};
  CHECK_OK(ink_trainer_new(&o, &material, &classifier, &error));
  uint32_t g = ink_vocabulary_find(classifier->dataset->vocabulary, 'g'); /* only here */
  float kept = classifier->weights[classifier->parameters.stack.embedding + g * o.embed];
  ink_trainer_free(classifier);
  material.from = bytes;
  material.from_bytes = size;
  CHECK_OK(ink_trainer_new(&o, &material, &classifier, &error));
  const ink_parameters *from = &generator->parameters, *to = &classifier->parameters;
  uint32_t e = ink_vocabulary_find(generator->dataset->vocabulary, 'e');
  uint32_t e_too = ink_vocabulary_find(classifier->dataset->vocabulary, 'e');
  CHECK(memcmp(classifier->weights + to->stack.weight_hh[1],
               generator->weights + from->stack.weight_hh[1], 3 * 6 * 6 * sizeof(float)) == 0);
  CHECK(memcmp(classifier->weights + to->stack.embedding + e_too * o.embed,
               generator->weights + from->stack.embedding + e * o.embed,
               o.embed * sizeof(float)) == 0);
  CHECK(classifier->weights[to->stack.embedding + g * o.embed] == kept);
  CHECK_OK(ink_trainer_step(classifier, &progress, &error));
  ink_trainer_free(classifier);
  o.hidden = 7;
  CHECK_FAILS(ink_trainer_new(&o, &material, &classifier, &error), INK_ERROR_ARGUMENT, "no layer");
  CHECK(classifier == NULL);
  check_joined_vocabulary(bytes, size);
  material.from_bytes = size / 2;
  CHECK_FAILS(ink_trainer_new(&o, &material, &classifier, &error), INK_ERROR_FORMAT, "");
  ink_trainer_free(generator);
  ink_release(bytes);
}

/* What a bag knows is counted, and no update changes it, but for its share, which validations
 * choose: all biases and scales by one factor. The network learns the same beside it. */
static void check_bag(void) {
  ink_error error;
  ink_progress progress;
  ink_train_options o = small_options(INK_TASK_CLASSIFIER, INK_CELL_GRU, 1);
  o.average = 0.9f;
  o.bag = 0;
  ink_trainer *without, *t;
  CHECK_OK(ink_trainer_new(&o, &(ink_material){.text = classes, .bytes = strlen(classes)}, &without,
                           &error));
  o.bag = 2;
  CHECK_OK(
      ink_trainer_new(&o, &(ink_material){.text = classes, .bytes = strlen(classes)}, &t, &error));
  const ink_parameters *p = &t->parameters;
  size_t first = p->bag.weight, rest = p->size - first;
  CHECK(p->trained == first && without->parameters.size == first);
  size_t table = p->shape.outputs * p->shape.bag_rows;
  float *counted = malloc(rest * sizeof *counted);
  memcpy(counted, t->weights + first, rest * sizeof *counted);
  while (!ink_trainer_done(t)) {
    CHECK_OK(ink_trainer_step(t, &progress, &error));
    CHECK_OK(ink_trainer_step(without, &progress, &error));
  }
  CHECK(memcmp(counted, t->weights + first, table * sizeof *counted) == 0);
  CHECK(memcmp(t->weights + first, t->average + first, rest * sizeof *counted) == 0);
  CHECK(memcmp(counted, t->best + first, table * sizeof *counted) == 0);
  double factor = (double)t->best[p->bag.bias] / (double)counted[p->bag.bias - first];
  CHECK(factor > 0.1 && factor < 2.1);
  size_t keys = p->bag.keys - first;
  CHECK(memcmp(counted + keys, t->best + p->bag.keys, (rest - keys) * sizeof *counted) == 0);
  for (size_t i = table; i < keys; i++) {
    double expected = factor * (double)counted[i];
    CHECK_NEAR((double)t->best[first + i], expected, 1e-4 * fabs(expected) + 1e-9);
  }
  CHECK(memcmp(without->weights, t->weights, first * sizeof *counted) == 0);
  free(counted);
  ink_trainer_free(without);
  ink_trainer_free(t);
}

/* A word is the same with a capital and without, where that is asked for. */
static void check_lower_case(void) {
  static const char mixed[] = "a\tThe cat SAW\nb\tthe Ärzte saw\na\tTHE Cat\nb\tärzte\n";
  ink_error error;
  ink_train_options o = small_options(INK_TASK_CLASSIFIER, INK_CELL_GRU, 1);
  o.level = INK_LEVEL_WORD;
  ink_trainer *t = open_trainer(&o, mixed);
  CHECK(ink_vocabulary_count(t->dataset->vocabulary) == 9);
  ink_trainer_free(t);
  o.lower_case = 1;
  t = open_trainer(&o, mixed);
  CHECK(ink_vocabulary_count(t->dataset->vocabulary) == 4);
  CHECK(ink_vocabulary_find_token(t->dataset->vocabulary, "ärzte", 6) != UINT32_MAX);
  ink_trainer_free(t);
  o.level = INK_LEVEL_CHAR;
  CHECK_FAILS(
      ink_trainer_new(&o, &(ink_material){.text = mixed, .bytes = strlen(mixed)}, &t, &error),
      INK_ERROR_ARGUMENT, "lower-case");
  o = small_options(INK_TASK_GENERATOR, INK_CELL_GRU, 1);
  o.bag = 1;
  CHECK_FAILS(
      ink_trainer_new(&o, &(ink_material){.text = mixed, .bytes = strlen(mixed)}, &t, &error),
      INK_ERROR_ARGUMENT, "bag");
}

int main(void) {
  check_pretrained();
  check_pretrained_tokens();
  check_bag();
  check_lower_case();
  for (int cell = INK_CELL_RNN; cell <= INK_CELL_LSTM; cell++) {
    for (uint32_t layers = 1; layers <= 3; layers++) {
      ink_train_options o = small_options(INK_TASK_TRANSLATOR, (ink_cell_kind)cell, layers);
      check_gradients(&o, translations);
      check_translator((ink_cell_kind)cell, layers);
      o = small_options(INK_TASK_CLASSIFIER, (ink_cell_kind)cell, layers);
      check_gradients(&o, classes);
      check_classifier((ink_cell_kind)cell, layers, 0);
      check_classifier((ink_cell_kind)cell, layers, 3);
      o = small_options(INK_TASK_CAPTIONER, (ink_cell_kind)cell, layers);
      if (layers < 3) check_gradients(&o, captions);
      check_captioner(&o);
    }
  }
  ink_train_options o = small_options(INK_TASK_TRANSLATOR, INK_CELL_GRU, 2);
  o.embed = o.hidden;
  o.tied = 1;
  o.dropout = 0.3f;
  o.variational = 1;
  o.embed_dropout = 0.2f;
  check_gradients(&o, translations);
  o.embed = o.tied = 0;
  o.embed_dropout = 0;
  check_gradients(&o, translations);
  o = small_options(INK_TASK_CAPTIONER, INK_CELL_GRU, 2);
  o.dropout = 0.3f;
  o.shift = 2;
  o.flip = 1;
  o.contrast = o.brightness = 0.2f;
  o.channels = 16;
  check_gradients(&o, captions);
  check_captioner(&o);
  o.blocks = 1;
  check_gradients(&o, captions);
  return 0;
}
