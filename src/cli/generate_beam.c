/*
 * inkling generate --beam: the likeliest texts.
 */
#include <stdio.h>
#include <string.h>

#include "cli/generate_ways.h"
#include "cli/print.h"
#include "cli/verbs.h"

/* The members of a JSON object. */
static void append_hypothesis(ink_buffer *json, const ink_model *model,
                              const ink_generate_request *request, const ink_hypothesis *h) {
  ink_buffer text = {0}, tokens = {0};
  if (request->echo) ink_buffer_append(&text, request->prompt, strlen(request->prompt));
  ink_buffer_append(&text, h->text, h->bytes);
  ink_generate_tokens(&tokens, model, h->count, h->tokens, h->log_probabilities);
  ink_buffer_format(json, "\"text\":");
  ink_buffer_json_string(json, text.bytes, text.size);
  ink_buffer_format(json, ",\"score\":%.9g,\"logProbability\":%.9g,\"tokens\":[", h->score,
                    h->log_probability);
  ink_buffer_append(json, tokens.bytes, tokens.size);
  ink_buffer_append(json, "]", 1);
  json->failed = json->failed || text.failed || tokens.failed;
  ink_buffer_free(&text);
  ink_buffer_free(&tokens);
}

/* As generate_drawn.c prints its texts. */
static ink_status print_hypotheses(const ink_model *model, const ink_generate_request *request,
                                   const ink_hypothesis *best, size_t count, ink_error *error) {
  bool many = request->samples > 0;
  if (!request->json) {
    for (size_t i = 0; i < count; i++) {
      if (request->echo) ink_print_text(request->prompt, strlen(request->prompt));
      ink_print_text(best[i].text, best[i].bytes);
      if (many) putchar('\n');
    }
    return INK_OK;
  }
  ink_buffer json = {0};
  ink_buffer_format(&json, "{\"prompt\":");
  ink_buffer_json_string(&json, request->prompt, strlen(request->prompt));
  ink_buffer_format(&json, many ? ",\"texts\":[" : ",");
  for (size_t i = 0; i < count; i++) {
    if (many) ink_buffer_format(&json, i > 0 ? ",{" : "{");
    append_hypothesis(&json, model, request, &best[i]);
    if (many) ink_buffer_append(&json, "}", 1);
  }
  ink_buffer_format(&json, many ? "]}\n" : "}\n");
  return ink_print_json(&json, error);
}

int ink_generate_by_beam(const ink_model *model, const ink_generate_request *request) {
  ink_session *session = NULL;
  ink_hypothesis *best = NULL;
  size_t count, wanted = request->samples > 0 ? request->samples : 1;
  ink_error error;
  ink_status status = ink_generate_prompt(model, request, &session, &error);
  if (status == INK_OK) {
    status = ink_beam_search(session, &request->beam, request->stops.bytes, request->stops.size,
                             &best, &count, &error);
  }
  if (status == INK_OK) {
    status = print_hypotheses(model, request, best, count < wanted ? count : wanted, &error);
  }
  ink_release(best);
  ink_session_free(session);
  return status == INK_OK ? INK_EXIT_OK : ink_generate_fail(&error);
}
