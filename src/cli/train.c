/*
 * inkling train: a text in, a model file out, with a checkpoint on the way.
 *
 * The model file is written whenever the validation loss has fallen, so that it always holds the
 * best weights so far. The checkpoint, MODEL.checkpoint, is written on Ctrl-C and once in a while,
 * and removed at the end. Under mpirun every process trains its part of the batch, and the first
 * one alone reads, writes and shows.
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/measure.h"
#include "cli/ranks.h"
#include "cli/verbs.h"
#include "scores/ngram.h"
#include "text/vocabulary.h"
#include "text/words.h"
#include "train/options.h"
#include "write/session.h"

typedef struct run {
  ink_train_options options;
  const char *text_path, *pictures_path, *out, *resume, *from, *name, *license, *trained_on;
  bool json, threads_given, steps_given, epochs_given;
  uint32_t order;    /* of the n-gram; 0: the best */
  double ngram_loss; /* nats per token of the held-out text; NaN when nothing is held out */
  ink_buffer checkpoint_path;
  ink_ranks ranks;
  bool failed_alone; /* the other ranks do not know */
  ink_trainer *trainer;
  ink_progress progress;
  double began;        /* clock at the first step */
  double trained;      /* tokens since then */
  uint32_t steps;      /* made since then */
  double shown, saved; /* clock of the last progress line and checkpoint */
} run;

/* A signal handler can tell the loop nothing but by a global. */
static volatile sig_atomic_t interrupted = 0;

static void on_signal(int signal_number) {
  (void)signal_number;
  interrupted = 1;
}

/* ---- What it writes -------------------------------------------------------------------------- */

static void add_metadata(ink_buffer *metadata, const char *key, const char *value) {
  if (value == NULL) return;
  ink_buffer_append(metadata, key, strlen(key) + 1);
  ink_buffer_append(metadata, value, strlen(value) + 1);
}

static ink_status model_bytes(const run *r, bool best, uint8_t **bytes, size_t *size,
                              ink_error *error) {
  ink_buffer metadata = {0};
  add_metadata(&metadata, "name", r->name);
  add_metadata(&metadata, "license", r->license);
  add_metadata(&metadata, "trained_on", r->trained_on);
  char loss[32];
  snprintf(loss, sizeof loss, "%.4f", r->progress.best_loss);
  add_metadata(&metadata, "validation_loss", isnan(r->progress.best_loss) ? NULL : loss);
  ink_status status =
      ink_trainer_model(r->trainer, best, metadata.bytes, metadata.size, bytes, size, error);
  ink_buffer_free(&metadata);
  return status;
}

static int write_model(const run *r) {
  uint8_t *bytes;
  size_t size;
  ink_error error;
  if (model_bytes(r, true, &bytes, &size, &error) != INK_OK) return ink_report(r->out, &error);
  bool written = ink_file_write(r->out, bytes, size);
  ink_release(bytes);
  return written ? INK_EXIT_OK : INK_EXIT_FAILED;
}

/* All ranks, for each has the carried state of its own streams. */
static int write_checkpoint(run *r) {
  size_t state_size = ink_trainer_state_size(r->trainer), size;
  float *state = malloc(state_size * sizeof *state);
  if (state == NULL) {
    r->failed_alone = true;
    fprintf(stderr, "inkling: %s: out of memory\n", r->checkpoint_path.bytes);
    return INK_EXIT_FAILED;
  }
  ink_trainer_state_get(r->trainer, state);
  ink_ranks_sum_floats(&r->ranks, state, state_size);
  uint8_t *bytes = NULL;
  ink_error error;
  int exit_status = INK_EXIT_OK;
  if (r->ranks.rank == 0) {
    if (ink_trainer_checkpoint(r->trainer, state, &bytes, &size, &error) != INK_OK) {
      exit_status = ink_report(r->checkpoint_path.bytes, &error);
    } else if (!ink_file_write(r->checkpoint_path.bytes, bytes, size)) {
      exit_status = INK_EXIT_FAILED;
    }
    r->failed_alone = exit_status != INK_EXIT_OK;
  }
  ink_release(bytes);
  free(state);
  r->saved = ink_seconds();
  return exit_status;
}

/* ---- What it shows --------------------------------------------------------------------------- */

/* Appends a text of up to SAMPLE tokens; of a model whose texts end by themselves several, a line
 * each. */
static ink_status write_texts(ink_session *session, const ink_sampling *sampling,
                              ink_buffer *sample) {
  enum { SAMPLE = 120 };
  ink_status status = INK_OK;
  bool ends = ink_model_metadata(ink_session_model(session), "end") != NULL;
  do {
    ink_generation *generation;
    if (sample->size > 0) ink_buffer_append(sample, "\n", 1);
    ink_session_reset(session);
    status = ink_generation_new(session, sampling, SAMPLE, NULL, 0, &generation, NULL);
    while (status == INK_OK && !ink_generation_done(generation)) {
      const char *piece;
      size_t length;
      status = ink_generation_next(generation, SAMPLE, &piece, &length, NULL);
      if (status == INK_OK) ink_buffer_append(sample, piece, length);
    }
    ink_generation_free(generation);
  } while (status == INK_OK && ends && sample->size < SAMPLE && !sample->failed);
  return status;
}

/* What the present weights write, at temperature 0.8. Nothing when memory is short: a sample is not
 * worth a run. */
static void write_sample(const run *r, ink_buffer *sample) {
  uint8_t *bytes = NULL;
  size_t size;
  ink_model *model = NULL;
  ink_session *session = NULL;
  ink_sampling sampling;
  ink_sampling_default(&sampling);
  sampling.temperature = 0.8f;
  ink_status status = model_bytes(r, false, &bytes, &size, NULL);
  if (status == INK_OK) {
    status = ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, NULL);
  }
  if (status == INK_OK) status = ink_session_new(model, &session, NULL);
  if (status == INK_OK) {
    ink_session_seed(session, r->progress.step);
    status = write_texts(session, &sampling, sample);
  }
  ink_session_free(session);
  ink_model_free(model);
  ink_release(bytes);
}

static void add_json_number(ink_buffer *json, const char *key, double value) {
  ink_buffer_format(json, ",\"%s\":", key);
  ink_buffer_format(json, isfinite(value) ? "%.9g" : "null", value);
}

static void show_json(const run *r, double rate, const ink_buffer *sample) {
  const ink_progress *p = &r->progress;
  ink_buffer json = {0};
  ink_buffer_format(&json, "{\"step\":%u,\"steps\":%u", (unsigned)p->step, (unsigned)p->steps);
  add_json_number(&json, "epoch", p->epoch);
  add_json_number(&json, "loss", p->loss);
  add_json_number(&json, "validationLoss", p->validation_loss);
  add_json_number(&json, "ngramLoss", r->ngram_loss);
  add_json_number(&json, "bestLoss", p->best_loss);
  add_json_number(&json, "learningRate", p->learning_rate);
  add_json_number(&json, "gradientNorm", p->gradient_norm);
  add_json_number(&json, "tokensPerSecond", rate);
  if (sample->size > 0) {
    ink_buffer_append(&json, ",\"sample\":", 10);
    ink_buffer_json_string(&json, sample->bytes, sample->size);
  }
  ink_buffer_append(&json, "}\n", 2);
  fwrite(json.bytes, 1, json.size, stdout);
  fflush(stdout);
  ink_buffer_free(&json);
}

static void show_line(const run *r, double rate, const ink_buffer *sample) {
  const ink_progress *p = &r->progress;
  double left = (double)(p->steps - p->step) * (ink_seconds() - r->began) / r->steps;
  bool terminal = isatty(fileno(stderr)) != 0;
  char validation[48] = "";
  if (!isnan(p->validation_loss)) {
    snprintf(validation, sizeof validation, "  validation %.4f (best %.4f)", p->validation_loss,
             p->best_loss);
  }
  fprintf(stderr, "%sstep %u/%u  epoch %.2f  loss %.4f%s  %.0f %s/s  %.0f:%02.0f left%s",
          terminal ? "\r\033[K" : "", (unsigned)p->step, (unsigned)p->steps, p->epoch, p->loss,
          validation, rate, r->options.level == INK_LEVEL_WORD ? "words" : "chars",
          floor(left / 60), floor(fmod(left, 60)),
          terminal && sample->size == 0 && p->step < p->steps ? "" : "\n");
  if (sample->size > 0) {
    fputs("  | ", stderr);
    for (size_t i = 0; i < sample->size; i++) {
      fputc(sample->bytes[i], stderr);
      if (sample->bytes[i] == '\n') fputs("  | ", stderr);
    }
    fputc('\n', stderr);
  }
}

/* The loss that the network has to beat. Of a long text the best order is a high one, and to look
 * for it would take minutes. Nothing when nothing is held out or memory is short: it is not worth a
 * run. */
static void show_ngram(run *r, size_t bytes) {
  enum { LONG = 5000000, HIGH = 7 };
  if (r->order == 0 && bytes > LONG) r->order = HIGH;
  ink_evaluation evaluation;
  if (ink_trainer_ngram(r->trainer, &r->order, &evaluation, NULL) != INK_OK) return;
  r->ngram_loss = evaluation.nats;
  if (!r->json) {
    fprintf(stderr, "inkling: an n-gram of order %u has a validation loss of %.4f\n",
            (unsigned)r->order, evaluation.nats);
  }
}

static void show(run *r) {
  double clock = ink_seconds();
  /* A terminal is kept up to date; a log gets a line every ten seconds. */
  double interval = isatty(fileno(stderr)) ? 0.5 : 10;
  bool last = r->progress.step == r->progress.steps;
  if (!r->json && !r->progress.validated && !last && clock - r->shown < interval) return;
  r->shown = clock;
  double rate = r->trained / fmax(clock - r->began, 1e-9);
  ink_buffer sample = {0};
  if (r->progress.validated) write_sample(r, &sample);
  if (r->json) {
    show_json(r, rate, &sample);
  } else {
    show_line(r, rate, &sample);
  }
  ink_buffer_free(&sample);
}

/* ---- The run --------------------------------------------------------------------------------- */

/* What the ranks tell each other in every step, added up. */
enum { LOSS, INTERRUPTED, CHECKPOINT, TOLD };

static ink_status step(run *r, double told[TOLD], ink_error *error) {
  float *gradients;
  size_t count;
  bool due = r->ranks.rank == 0 && r->progress.validated && ink_seconds() - r->saved > 60;
  ink_status status = ink_trainer_gradients(r->trainer, &gradients, &count, &told[LOSS], error);
  if (status != INK_OK) return status;
  told[INTERRUPTED] = interrupted ? 1 : 0;
  told[CHECKPOINT] = due ? 1 : 0;
  ink_ranks_sum_floats(&r->ranks, gradients, count);
  ink_ranks_sum_doubles(&r->ranks, told, TOLD);
  return ink_trainer_update(r->trainer, told[LOSS], &r->progress, error);
}

static int fail_step(run *r, const ink_error *error) {
  r->failed_alone = error->status == INK_ERROR_MEMORY;
  if (r->ranks.rank > 0 && !r->failed_alone) return INK_EXIT_FAILED;
  if (r->ranks.rank == 0 && r->progress.step > 0) write_model(r); /* the last good weights */
  return ink_report("", error);
}

static int train(run *r) {
  double best = INFINITY;
  bool writes = r->ranks.rank == 0;
  r->began = r->shown = r->saved = ink_seconds();
  while (!ink_trainer_done(r->trainer)) {
    ink_error error;
    double told[TOLD];
    if (step(r, told, &error) != INK_OK) return fail_step(r, &error);
    r->trained += r->progress.tokens;
    r->steps++;
    if (writes) show(r);
    if (writes && r->progress.validated && r->progress.best_loss < best) {
      best = r->progress.best_loss;
      int exit_status = write_model(r);
      r->failed_alone = exit_status != INK_EXIT_OK;
      if (exit_status != INK_EXIT_OK) return exit_status;
    }
    if (told[INTERRUPTED] > 0 || told[CHECKPOINT] > 0) {
      int exit_status = write_checkpoint(r);
      if (exit_status != INK_EXIT_OK) return exit_status;
    }
    if (told[INTERRUPTED] > 0) {
      if (writes) {
        fprintf(stderr, "\ninkling: interrupted at step %u; go on with --resume %s\n",
                (unsigned)r->progress.step, r->checkpoint_path.bytes);
      }
      return INK_EXIT_FAILED;
    }
  }
  if (!writes) return INK_EXIT_OK;
  int exit_status = write_model(r);
  r->failed_alone = exit_status != INK_EXIT_OK;
  if (exit_status == INK_EXIT_OK) remove(r->checkpoint_path.bytes);
  return exit_status;
}

/* What the run is made of, shared by all ranks. */
typedef struct files {
  char *text, *pictures, *checkpoint, *from;
  size_t bytes, pictures_bytes, checkpoint_size, from_size;
} files;

static ink_status open_trainer(run *r, const files *f, ink_error *error) {
  const uint8_t *pictures = (const uint8_t *)f->pictures;
  const uint8_t *checkpoint = (const uint8_t *)f->checkpoint;
  ink_material material = {f->text, f->bytes, pictures, f->pictures_bytes};
  if (r->resume == NULL) return ink_trainer_new(&r->options, &material, &r->trainer, error);
  ink_train_options changes = r->options;
  if (!r->threads_given) changes.threads = 0;
  if (!r->steps_given) changes.steps = 0;
  if (!r->epochs_given) changes.epochs = 0;
  return ink_trainer_resume(checkpoint, f->checkpoint_size, &material, &changes, &r->trainer,
                            error);
}

/* Bytes that the run takes, before it begins. */
static void show_memory(const run *r) {
  if (r->json || r->resume != NULL) return;
  fprintf(stderr, "inkling: training takes about %.0f MB\n",
          (double)ink_trainer_bytes(r->trainer) / 1e6);
}

/* Reads on rank 0 and shares. */
static bool read_file(const run *r, const char *path, char **bytes, size_t *size) {
  bool read = r->ranks.rank == 0 && ink_file_read(path, bytes, size);
  return ink_ranks_share(&r->ranks, read, bytes, size);
}

static bool read_files(const run *r, files *f) {
  double writable = r->ranks.rank > 0 || ink_file_writable(r->out) ? 0 : -1;
  ink_ranks_sum_doubles(&r->ranks, &writable, 1);
  if (writable < 0 || !read_file(r, r->text_path, &f->text, &f->bytes)) return false;
  if (r->pictures_path != NULL &&
      !read_file(r, r->pictures_path, &f->pictures, &f->pictures_bytes)) {
    return false;
  }
  if (r->from != NULL && !read_file(r, r->from, &f->from, &f->from_size)) return false;
  return r->resume == NULL || read_file(r, r->resume, &f->checkpoint, &f->checkpoint_size);
}

static void free_files(files *f) {
  free(f->text);
  free(f->pictures);
  free(f->checkpoint);
  free(f->from);
}

static int read_and_train(run *r) {
  files f = {0};
  if (!read_files(r, &f)) {
    free_files(&f);
    return INK_EXIT_FAILED;
  }
  ink_error error;
  ink_status status = open_trainer(r, &f, &error);
  if (status == INK_OK && r->from != NULL) {
    status = ink_trainer_pretrained(r->trainer, (const uint8_t *)f.from, f.from_size, &error);
  }
  if (status == INK_OK && r->ranks.count > 1) {
    status = ink_trainer_split(r->trainer, r->ranks.rank, r->ranks.count, &error);
  }
  free_files(&f);
  if (status == INK_OK && r->ranks.rank == 0) show_memory(r);
  if (status == INK_OK && r->ranks.rank == 0 && r->options.task == INK_TASK_GENERATOR) {
    show_ngram(r, f.bytes);
  }
  int exit_status = status == INK_OK ? train(r) : fail_step(r, &error);
  ink_trainer_free(r->trainer);
  return exit_status;
}

/* The file's own name is what the model was trained on, unless the caller says it better. */
static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

int ink_verb_train(int count, char **arguments) {
  run r = {.progress = {.best_loss = NAN, .validation_loss = NAN}, .ngram_loss = NAN};
  bool order_given = false;
  ink_train_options_default(&r.options);
  enum { OWN = 10, MOST = 64 };
  ink_argument table[MOST] = {{"text", INK_ARGUMENT_TEXT, &r.text_path, NULL},
                              {"pictures", INK_ARGUMENT_TEXT, &r.pictures_path, NULL},
                              {"out", INK_ARGUMENT_TEXT, &r.out, NULL},
                              {"resume", INK_ARGUMENT_TEXT, &r.resume, NULL},
                              {"from", INK_ARGUMENT_TEXT, &r.from, NULL},
                              {"name", INK_ARGUMENT_TEXT, &r.name, NULL},
                              {"license", INK_ARGUMENT_TEXT, &r.license, NULL},
                              {"trained-on", INK_ARGUMENT_TEXT, &r.trained_on, NULL},
                              {"order", INK_ARGUMENT_COUNT, &r.order, &order_given},
                              {"json", INK_ARGUMENT_FLAG, &r.json, NULL}};
  size_t rows = OWN;
  for (size_t i = 0; i < ink_option_count() && rows < MOST; i++, rows++) {
    const char *name = ink_option_at(i)->name;
    bool *given = strcmp(name, "threads") == 0  ? &r.threads_given
                  : strcmp(name, "steps") == 0  ? &r.steps_given
                  : strcmp(name, "epochs") == 0 ? &r.epochs_given
                                                : NULL;
    table[rows] = (ink_argument){name, INK_ARGUMENT_TRAIN, &r.options, given};
  }
  if (!ink_arguments_read(count, arguments, table, rows, NULL, 0)) return INK_EXIT_USAGE;
  if (r.text_path == NULL || r.out == NULL) {
    fprintf(stderr, "inkling train: --%s is missing\n", r.text_path == NULL ? "text" : "out");
    return INK_EXIT_USAGE;
  }
  bool sees = r.options.task == INK_TASK_CAPTIONER;
  if (r.resume == NULL && sees != (r.pictures_path != NULL)) {
    fprintf(stderr, "inkling train: --pictures and --task captioner go together\n");
    return INK_EXIT_USAGE;
  }
  if (r.from != NULL && r.resume != NULL) {
    fprintf(stderr, "inkling train: --from begins a run and --resume goes on with one\n");
    return INK_EXIT_USAGE;
  }
  if (order_given && (r.order < 1 || r.order > INK_NGRAM_ORDER_MAX)) {
    fprintf(stderr, "inkling train: --order must be from 1 to %d\n", INK_NGRAM_ORDER_MAX);
    return INK_EXIT_USAGE;
  }
  r.ranks = ink_ranks_begin();
  if (!r.threads_given && r.ranks.count == 1) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores > 1) r.options.threads = cores > 64 ? 64 : (uint32_t)cores;
    if (r.options.threads > r.options.batch) r.options.threads = r.options.batch;
  }
  if (r.trained_on == NULL && strcmp(r.text_path, "-") != 0) {
    r.trained_on = base_name(r.text_path);
  }
  ink_buffer_format(&r.checkpoint_path, "%s.checkpoint", r.out);
  ink_buffer_append(&r.checkpoint_path, "", 1);
  if (r.checkpoint_path.failed) {
    fprintf(stderr, "inkling: out of memory\n");
    ink_ranks_end(true);
    return INK_EXIT_FAILED;
  }
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  int exit_status = read_and_train(&r);
  ink_ranks_end(r.failed_alone);
  ink_buffer_free(&r.checkpoint_path);
  return exit_status;
}
