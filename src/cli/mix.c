/*
 * Opening the models of a mixture. See mix.h.
 */
#include "cli/mix.h"

#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "cli/print.h"

/* Cuts a weight off the end of "MODEL:WEIGHT"; what is behind a colon and is no number belongs to
 * the name. */
static float take_weight(char *name, float otherwise) {
  char *colon = strrchr(name, ':'), *end;
  if (colon == NULL || colon[1] == '\0') return otherwise;
  float weight = strtof(colon + 1, &end);
  if (*end != '\0') return otherwise;
  *colon = '\0';
  return weight;
}

/* Opens the i-th of them, and takes its weight from the first's. */
static int open_next(ink_mix *mix, size_t i, char *name, const char *kernel, float *weights) {
  weights[i] = take_weight(name, 1 / (float)mix->count);
  if (!(weights[i] >= 0 && weights[i] <= 1)) {
    ink_complain(NULL, "--mix %s: the weight must be from 0 to 1", name);
    return INK_EXIT_USAGE;
  }
  weights[0] -= weights[i];
  int exit_status;
  mix->models[i] = ink_file_model(name, NULL, kernel, NULL, &exit_status);
  return mix->models[i] == NULL ? exit_status : INK_EXIT_OK;
}

static int open_all(const ink_buffer *names, const char *kernel, ink_mix *mix, float *weights) {
  char *name = names->bytes;
  weights[0] = 1;
  for (size_t i = 1, length; i < mix->count; i++, name += length + 1) {
    length = strlen(name); /* before it is cut */
    int exit_status = open_next(mix, i, name, kernel, weights);
    if (exit_status != INK_EXIT_OK) return exit_status;
  }
  if (weights[0] < 0 && weights[0] > -1e-6f) weights[0] = 0; /* 0.7 and 0.3, say */
  if (weights[0] < 0) {
    ink_complain(NULL, "--mix: the weights sum to more than 1");
    return INK_EXIT_USAGE;
  }
  ink_error error;
  const ink_model *const *models = (const ink_model *const *)mix->models;
  if (ink_model_mix(models, weights, mix->count, &mix->model, &error) == INK_OK) {
    return INK_EXIT_OK;
  }
  return ink_report("--mix", &error);
}

int ink_mix_open(ink_model *first, const ink_buffer *names, const char *kernel, ink_mix *mix) {
  *mix = (ink_mix){.count = 1, .model = first};
  if (names->size == 0 && !names->failed) return INK_EXIT_OK;
  for (size_t i = 0; i < names->size; i++) mix->count += names->bytes[i] == '\0';
  mix->models = calloc(mix->count, sizeof(ink_model *));
  float *weights = calloc(mix->count, sizeof *weights);
  int exit_status = INK_EXIT_FAILED;
  if (mix->models == NULL || weights == NULL || names->failed) {
    ink_complain(NULL, "out of memory");
  } else {
    mix->models[0] = first;
    exit_status = open_all(names, kernel, mix, weights);
  }
  free(weights);
  return exit_status;
}

void ink_mix_close(ink_mix *mix) {
  if (mix->models == NULL) return;
  if (mix->model != mix->models[0]) ink_model_free(mix->model);
  for (size_t i = 1; i < mix->count; i++) ink_model_free(mix->models[i]);
  free(mix->models);
}
