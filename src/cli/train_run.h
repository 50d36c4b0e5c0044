/*
 * A run of `inkling train`, which its files share: train.c reads the command line and the files,
 * train_plan.c settles the options, train_loop.c makes the steps, train_show.c tells of them, and
 * train_run.c says what several of these ask.
 */
#ifndef INK_CLI_TRAIN_RUN_H
#define INK_CLI_TRAIN_RUN_H

#include "base/buffer.h"
#include "cli/commonest.h"
#include "cli/files.h"
#include "cli/ranks.h"
#include "cli/resume.h"
#include "cli/run_guard.h"
#include "inkling.h"
#include "inkling_text.h"

/* What the run is made of, shared by all ranks. */
typedef struct ink_train_files {
  char *text, *pictures, *checkpoint, *from;
  size_t bytes, pictures_bytes, checkpoint_size, from_size;
} ink_train_files;

typedef struct ink_train_run {
  ink_train_options given, options; /* as on the command line, and with all the rest chosen */
  const char *text_path, *pictures_path, *out, *resume, *from, *name, *license, *trained_on;
  char note[INK_NOTE]; /* what the text was taken for */
  float minutes;       /* 0: not given */
  uint32_t most_steps; /* of a run for a time, however much of that there is */
  const char *follow;  /* --replan, or NULL */
  ink_buffer replan;   /* how the steps have changed on the way, as --replan has it */
  const char *encoding;
  bool json, overwrite;
  bool typed[INK_OPTIONS_MOST]; /* the options on the command line, in the order of their table */
  float checkpoint_every;       /* seconds */
  ink_run_guard guard;
  uint32_t order;    /* of the n-gram; 0: the best */
  uint32_t counts;   /* the longest n-grams that are counted beside the network; 0: none */
  double ngram_loss; /* nats per token of the held-out text; NaN when nothing is held out */
  ink_train_files files;
  ink_columns columns;        /* of the text, where they are a label and a text, or may be */
  bool little;                /* too little text to learn from, as a person was told */
  bool rewritten;             /* the text is what was read of them */
  ink_material material;      /* borrows the files */
  ink_buffer own_out;         /* a NUL-ended string, where nobody says a path for the model */
  ink_buffer checkpoint_path; /* a NUL-ended string, or empty: a model that streams has none */
  ink_buffer chosen;          /* the options that were chosen, as they are given */
  ink_ranks ranks;
  bool lost_model, lost_checkpoint; /* the last one could not be written */
  bool failed_alone;                /* the other ranks do not know */
  ink_trainer *trainer;
  ink_progress progress;
  double started;               /* clock at the start of the command */
  double began;                 /* clock at the first step */
  double trained;               /* tokens since then */
  uint32_t steps;               /* made since then */
  double shown;                 /* clock of the last progress line */
  double beaten;                /* epoch since which the n-gram is beaten; NaN: it is not */
  ink_buffer sources, pictures; /* that samples are written from: see samples.h */
  ink_buffer first_text;        /* what it wrote at the first validation */
  double first_epoch;
  double best_epoch;       /* of the best weights, where it is known; else NaN */
  ink_text_part held_out;  /* of a classifier, to score it at the end; or no text */
  ink_commonest commonest; /* of that */
  double last_sample;      /* share of the run at which a sample was last shown */
} ink_train_run;

/* Whether an option of the training stands on the command line. */
bool ink_train_is_typed(const ink_train_run *run, const char *name);

/* Trains a generator, which has been read from the file `path`, for two more passes over the text
 * in the file `text`, with weights of four bits. Returns an exit status. */
int ink_train_tune(const char *path, const ink_model *model, const char *text, const char *out,
                   bool json);

/* INK_ERROR_MEMORY: a run of so many bytes is more than this machine has. */
ink_status ink_train_fits(double bytes, ink_error *error);

/* Settles r->options and opens the trainer; says what was chosen. */
ink_status ink_train_plan(ink_train_run *run, ink_error *error);
void ink_train_show_plan(ink_train_run *run);

/* Makes the steps; the exit status. */
int ink_train_loop(ink_train_run *run);

/* A step or the opening has failed. */
int ink_train_fail(ink_train_run *run, const ink_error *error);

/* The model as it would be written now, of the best or of the present weights. */
ink_status ink_train_model_bytes(const ink_train_run *run, bool best, uint8_t **bytes, size_t *size,
                                 ink_error *error);

/* What is told: of the text, before the first step, after a step, and at the end. */
void ink_train_show_columns(const ink_train_run *run);
void ink_train_show_start(ink_train_run *run);
void ink_train_show_step(ink_train_run *run);
void ink_train_keep_held_out(ink_train_run *run);
void ink_train_show_end(ink_train_run *run);

#endif
