/*
 * inkling caption: what the pictures of a file show.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/ppm.h"
#include "base/status.h"
#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/print.h"
#include "cli/verbs.h"

typedef struct caption_request {
  uint32_t samples; /* 0: one a picture, which --json does not put into a list */
  uint64_t seed;
  ink_sampling sampling;
  ink_beam_options beam;
  bool by_beam, json;
} caption_request;

/* Appends a caption: a line, or a string of JSON. */
static void add_caption(const caption_request *request, uint32_t number, const char *text,
                        size_t bytes, ink_buffer *out) {
  if (!request->json) {
    ink_buffer_append(out, text, bytes);
    ink_buffer_append(out, "\n", 1);
    return;
  }
  if (number > 0) ink_buffer_append(out, ",", 1);
  ink_buffer_json_string(out, text, bytes);
}

static ink_status draw(ink_session *session, const ink_source *source,
                       const caption_request *request, uint32_t number, ink_buffer *out,
                       ink_error *error) {
  ink_generation *generation = NULL;
  const char *text = NULL;
  size_t bytes = 0;
  ink_status status = ink_session_start(session, source, error);
  ink_session_seed(session, request->seed + number);
  if (status == INK_OK) {
    status = ink_generation_new(session, &request->sampling, request->beam.length, NULL, 0,
                                &generation, error);
  }
  if (status == INK_OK) {
    status = ink_generation_next(generation, request->beam.length, &text, &bytes, error);
  }
  if (status == INK_OK) add_caption(request, number, text, bytes, out);
  ink_generation_free(generation);
  return status;
}

static ink_status search(ink_session *session, const ink_source *source,
                         const caption_request *request, ink_buffer *out, ink_error *error) {
  ink_hypothesis *best = NULL;
  size_t found = 0;
  ink_status status = ink_session_start(session, source, error);
  if (status == INK_OK) {
    status = ink_beam_search(session, &request->beam, NULL, 0, &best, &found, error);
  }
  for (uint32_t i = 0; i < found && (i == 0 || i < request->samples); i++) {
    add_caption(request, i, best[i].text, best[i].bytes, out);
  }
  ink_release(best);
  return status;
}

/* Appends the captions of a picture. */
static ink_status caption_picture(const ink_model *model, ink_session *session,
                                  const caption_request *request, const ink_ppm *ppm,
                                  ink_buffer *out, ink_error *error) {
  ink_source *source;
  ink_status status = ink_source_picture(model, ppm->pixels, (uint32_t)ppm->width,
                                         (uint32_t)ppm->height, 3, &source, error);
  if (status != INK_OK) return status;
  bool list = request->json && request->samples > 0;
  if (list) ink_buffer_append(out, "[", 1);
  if (request->by_beam) {
    status = search(session, source, request, out, error);
  } else {
    for (uint32_t i = 0; status == INK_OK && (i == 0 || i < request->samples); i++) {
      status = draw(session, source, request, i, out, error);
    }
  }
  if (list) ink_buffer_append(out, "]", 1);
  ink_source_free(source);
  return status == INK_OK && out->failed ? ink_fail_memory(error) : status;
}

static bool print(ink_buffer *out) {
  bool printed = ink_print_text(out->bytes, out->size) && ink_print_flush();
  out->size = 0;
  return printed;
}

/* Without JSON every picture's captions are printed at once, for a file may have many. */
static int caption(const ink_model *model, const char *path, const caption_request *request) {
  char *bytes;
  size_t size, at = 0;
  if (!ink_file_read(path, &bytes, &size)) return INK_EXIT_FAILED;
  ink_session *session = NULL;
  ink_buffer out = {0};
  ink_error error;
  bool printed = true;
  size_t count;
  ink_status status = ink_ppm_check((const uint8_t *)bytes, size, &count, &error);
  if (status == INK_OK) status = ink_session_new(model, &session, &error);
  if (request->json) ink_buffer_format(&out, "{\"captions\":[");
  for (size_t number = 1; status == INK_OK && printed && number <= count; number++) {
    ink_ppm ppm;
    if (request->json && number > 1) ink_buffer_append(&out, ",", 1);
    status = ink_ppm_next((const uint8_t *)bytes, size, number, &at, &ppm, &error);
    if (status == INK_OK) status = caption_picture(model, session, request, &ppm, &out, &error);
    if (status == INK_OK && !request->json) printed = print(&out);
  }
  if (status == INK_OK && request->json) {
    ink_buffer_format(&out, "]}\n");
    status = ink_print_json(&out, &error);
  }
  ink_buffer_free(&out);
  ink_session_free(session);
  free(bytes);
  if (status != INK_OK) return ink_report(path, &error);
  return printed ? INK_EXIT_OK : INK_EXIT_FAILED;
}

int ink_verb_caption(int count, char **arguments) {
  const char *paths[2] = {NULL, NULL}, *vocabulary = NULL, *kernel = NULL;
  bool drawn = false, penalty_given = false, samples_given = false;
  caption_request request = {.beam = {.width = 1, .length = 200, .length_penalty = 0.6f}};
  ink_sampling_default(&request.sampling);
  request.sampling.temperature = 0;
  const ink_argument table[] = {
      {"temperature", INK_ARGUMENT_NUMBER, &request.sampling.temperature, &drawn},
      {"seed", INK_ARGUMENT_SEED, &request.seed, &drawn},
      {"samples", INK_ARGUMENT_COUNT, &request.samples, &samples_given},
      {"length", INK_ARGUMENT_COUNT, &request.beam.length, NULL},
      {"beam", INK_ARGUMENT_COUNT, &request.beam.width, &request.by_beam},
      {"length-penalty", INK_ARGUMENT_NUMBER, &request.beam.length_penalty, &penalty_given},
      {"json", INK_ARGUMENT_FLAG, &request.json, NULL},
      {"vocabulary", INK_ARGUMENT_TEXT, &vocabulary, NULL},
      {"kernel", INK_ARGUMENT_TEXT, &kernel, NULL},
  };
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], paths, 2)) {
    return INK_EXIT_USAGE;
  }
  const char *wrong = NULL;
  if (paths[0] != NULL && paths[1] == NULL) wrong = "a file of pictures is missing";
  if (penalty_given && !request.by_beam) wrong = "--length-penalty goes with --beam";
  if (samples_given && request.samples == 0) wrong = "--samples must be 1 or more";
  if (request.samples > 1 && !request.by_beam && request.sampling.temperature == 0) {
    wrong = "the likeliest caption is one: --samples goes with --beam or --temperature";
  }
  if (request.by_beam && drawn) wrong = "--beam draws nothing: leave --temperature and --seed out";
  if (request.by_beam && request.samples > request.beam.width) {
    wrong = "--samples is more than --beam";
  }
  if (wrong != NULL) {
    ink_complain("caption", "%s", wrong);
    return INK_EXIT_USAGE;
  }
  int exit_status;
  ink_model *model = ink_file_model(paths[0], vocabulary, kernel, NULL, &exit_status);
  if (model != NULL) exit_status = caption(model, paths[1], &request);
  ink_model_free(model);
  return exit_status;
}
