/*
 * Scores. BLEU is that of Papineni et al. ("BLEU: a method for automatic evaluation of machine
 * translation", ACL 2002), as sacreBLEU computes it unless told otherwise (M. Post, "A call for
 * clarity in reporting BLEU scores", WMT 2018; signature case:mixed, eff:no, tok:13a, smooth:exp):
 * over all translations together,
 *   BLEU = 100 min(1, exp(1 - r / c)) (p_1 p_2 p_3 p_4)^(1/4)      p_n = matches of n tokens /
 *     n-grams
 * with c tokens in the translations and r in the references closest in length, of which the
 * shorter. An n-gram matches as often as it is in the reference that has it most often. Where
 * nothing matches p_n is 1 / (2^k n-grams), k = 1, 2, .. counting such n. Tokens are those of
 * NIST's mteval-v13a.
 */
#include "scores/bleu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"

/* ---- Classes --------------------------------------------------------------------------------- */

double ink_accuracy(const uint32_t *confusion, size_t classes) {
  double right = 0, all = 0;
  for (size_t i = 0; i < classes * classes; i++) {
    all += confusion[i];
    if (i % (classes + 1) == 0) right += confusion[i]; /* the diagonal */
  }
  return all > 0 ? right / all : 0;
}

double ink_macro_f1(const uint32_t *confusion, size_t classes) {
  double sum = 0, counted = 0;
  for (size_t c = 0; c < classes; c++) {
    double row = 0, column = 0; /* tp + fn, tp + fp */
    for (size_t other = 0; other < classes; other++) {
      row += confusion[c * classes + other];
      column += confusion[other * classes + c];
    }
    if (row + column == 0) continue;
    sum += 2 * confusion[c * classes + c] / (row + column);
    counted++;
  }
  return counted > 0 ? sum / counted : 0;
}

/* ---- Texts as ids of their tokens ------------------------------------------------------------ */

/* Texts, of which the first is judged by the others. Equal tokens have equal ids. */
typedef struct texts {
  size_t count;
  size_t *starts; /* [count + 1]: where the tokens of each begin */
  uint32_t *ids;  /* [starts[count]] */
} texts;

static void texts_free(texts *t) {
  free(t->starts);
  free(t->ids);
}

/* What separates words: Unicode's white space and the four separators of ASCII, as in Python. */
static bool is_space(uint32_t c) {
  return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

/* Appends the words of a text, valid UTF-8, each ended by a space, and then a line break. */
static void append_words(ink_buffer *out, const char *text, size_t bytes) {
  bool inside = false;
  for (size_t at = 0, size; at < bytes; at += size) {
    uint32_t c;
    size = ink_utf8_decode(text + at, bytes - at, &c);
    if (!is_space(c)) {
      ink_buffer_append(out, text + at, size);
    } else if (inside) {
      ink_buffer_append(out, " ", 1);
    }
    inside = !is_space(c);
  }
  ink_buffer_append(out, inside ? " \n" : "\n", inside ? 2 : 1);
}

typedef struct token {
  const char *text;
  size_t bytes;
  size_t at; /* its place among all tokens */
} token;

static int compare_tokens(const void *a, const void *b) {
  const token *left = a, *right = b;
  return ink_bytes_compare(left->text, left->bytes, right->text, right->bytes);
}

/* From what append_words() wrote. */
static ink_status texts_new(texts *t, const ink_buffer *words, ink_error *error) {
  *t = (texts){0};
  if (words->failed) return ink_fail_memory(error);
  size_t count = 0, lines = 0, size;
  for (size_t i = 0; i < words->size; i++) {
    count += words->bytes[i] == ' ';
    lines += words->bytes[i] == '\n';
  }
  if (count >= UINT32_MAX || !ink_size_multiply(count + 1, sizeof(token), &size)) {
    return ink_fail(error, INK_ERROR_TEXT, "a text to be scored is too long");
  }
  token *tokens = malloc(size);
  t->starts = malloc((lines + 1) * sizeof *t->starts);
  t->ids = malloc((count + 1) * sizeof *t->ids);
  if (tokens == NULL || t->starts == NULL || t->ids == NULL) {
    free(tokens);
    texts_free(t);
    return ink_fail_memory(error);
  }
  size_t made = 0;
  const char *begin = words->bytes;
  t->starts[0] = 0;
  for (size_t i = 0; i < words->size; i++) {
    const char *here = words->bytes + i;
    if (*here == ' ') {
      tokens[made] = (token){begin, (size_t)(here - begin), made};
      made++;
    } else if (*here == '\n') {
      t->starts[++t->count] = made;
    }
    if (*here == ' ' || *here == '\n') begin = here + 1;
  }
  qsort(tokens, count, sizeof *tokens, compare_tokens);
  uint32_t id = 0;
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && compare_tokens(&tokens[i - 1], &tokens[i]) != 0) id++;
    t->ids[tokens[i].at] = id;
  }
  free(tokens);
  return INK_OK;
}

typedef struct gram {
  uint32_t ids[INK_BLEU_ORDER];
  size_t text;
} gram;

static int compare_ids(const gram *a, const gram *b) {
  for (int i = 0; i < INK_BLEU_ORDER; i++) {
    if (a->ids[i] != b->ids[i]) return a->ids[i] < b->ids[i] ? -1 : 1;
  }
  return 0;
}

static int compare_grams(const void *a, const void *b) {
  const gram *left = a, *right = b;
  int order = compare_ids(left, right);
  return order != 0 ? order : (left->text > right->text) - (left->text < right->text);
}

/* *matches: how many n-grams of the first text another one has, each as often as that one has it
 * which has it most often. */
static ink_status count_matches(const texts *t, size_t n, uint64_t *matches, ink_error *error) {
  size_t count = 0, size;
  if (!ink_size_multiply(t->starts[t->count] + 1, sizeof(gram), &size)) {
    return ink_fail_memory(error);
  }
  gram *grams = malloc(size);
  if (grams == NULL) return ink_fail_memory(error);
  for (size_t text = 0; text < t->count; text++) {
    for (size_t i = t->starts[text]; i + n <= t->starts[text + 1]; i++) {
      gram *g = &grams[count++];
      *g = (gram){.text = text};
      memcpy(g->ids, t->ids + i, n * sizeof *g->ids);
    }
  }
  qsort(grams, count, sizeof *grams, compare_grams);
  *matches = 0;
  for (size_t i = 0, end; i < count; i = end) { /* the same n-gram from i to end */
    uint64_t judged = 0, most = 0, run = 0;
    for (end = i; end < count && compare_ids(&grams[i], &grams[end]) == 0; end++) {
      run = end > i && grams[end].text == grams[end - 1].text ? run + 1 : 1;
      if (grams[end].text == 0) {
        judged = run;
      } else if (run > most) {
        most = run;
      }
    }
    *matches += judged < most ? judged : most;
  }
  free(grams);
  return INK_OK;
}

static ink_status check_utf8(const char *text, size_t bytes, ink_error *error) {
  if (ink_utf8_valid(text, bytes)) return INK_OK;
  return ink_fail(error, INK_ERROR_TEXT, "a text to be scored is not UTF-8");
}

/* ---- Captions -------------------------------------------------------------------------------- */

ink_status ink_word_f1(const char *text, size_t bytes, const char *reference,
                       size_t reference_bytes, double *f1, ink_error *error) {
  ink_status status = check_utf8(text, bytes, error);
  if (status == INK_OK) status = check_utf8(reference, reference_bytes, error);
  if (status != INK_OK) return status;
  ink_buffer words = {0};
  append_words(&words, text, bytes);
  append_words(&words, reference, reference_bytes);
  texts t;
  status = texts_new(&t, &words, error);
  ink_buffer_free(&words);
  if (status != INK_OK) return status;
  uint64_t common;
  status = count_matches(&t, 1, &common, error);
  size_t both = t.starts[t.count];
  texts_free(&t);
  if (status == INK_OK) *f1 = both > 0 ? 2 * (double)common / (double)both : 1;
  return status;
}

/* ---- BLEU ------------------------------------------------------------------------------------ */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_not_digit(char c) { return !is_digit(c); }
static bool is_mark(char c) { return c == '.' || c == ','; }
static bool is_dash(char c) { return c == '-'; }

/* ASCII's punctuation and symbols but ' , - . */
static bool is_symbol(char c) {
  return (c > ' ' && c <= '&') || (c >= '(' && c <= '+') || c == '/' || (c >= ':' && c <= '@') ||
         (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/* Puts `to`, which is no longer, for every `from` in text [*bytes]. */
static void replace(char *text, size_t *bytes, const char *from, const char *to) {
  size_t from_bytes = strlen(from), to_bytes = strlen(to), made = 0;
  for (size_t at = 0; at < *bytes;) {
    if (*bytes - at >= from_bytes && memcmp(text + at, from, from_bytes) == 0) {
      memcpy(text + made, to, to_bytes);
      made += to_bytes;
      at += from_bytes;
    } else {
      text[made++] = text[at++];
    }
  }
  *bytes = made;
}

/* Puts spaces between two characters that follow each other and are such a first and such a second
 * one, and before the first, or after the second. A character is in one such pair at most. */
static void part(ink_buffer *text, bool (*first)(char), bool (*second)(char), bool before,
                 bool after) {
  ink_buffer out = {.failed = text->failed};
  for (size_t i = 0; i < text->size; i++) {
    const char *here = text->bytes + i;
    if (i + 1 < text->size && first(here[0]) && second(here[1])) {
      ink_buffer_append(&out, " ", before);
      ink_buffer_append(&out, here, 1);
      ink_buffer_append(&out, " ", 1);
      ink_buffer_append(&out, here + 1, 1);
      ink_buffer_append(&out, " ", after);
      i++;
    } else {
      ink_buffer_append(&out, here, 1);
    }
  }
  ink_buffer_free(text);
  *text = out;
}

/* Appends the tokens of a text as append_words() does. The steps are those of mteval-v13a in their
 * order, each over what the one before left: that decides what becomes of "..." or "1.-2". */
static void append_tokens(ink_buffer *out, const char *text, size_t bytes) {
  ink_buffer line = {0};
  size_t end = 0; /* without white space at the end, which would hide a dash before a line break */
  for (size_t at = 0, size; at < bytes; at += size) {
    uint32_t c;
    size = ink_utf8_decode(text + at, bytes - at, &c);
    if (!is_space(c)) end = at + size;
  }
  ink_buffer_append(&line, " ", 1);
  ink_buffer_append(&line, text, end);
  ink_buffer_append(&line, " ", 1);
  if (!line.failed) {
    static const char *const replaced[][2] = {{"<skipped>", ""}, {"-\n", ""},    {"\n", " "},
                                              {"&quot;", "\""},  {"&amp;", "&"}, {"&lt;", "<"},
                                              {"&gt;", ">"}};
    for (size_t i = 0; i < sizeof replaced / sizeof replaced[0]; i++) {
      replace(line.bytes, &line.size, replaced[i][0], replaced[i][1]);
    }
  }
  ink_buffer symbols = {.failed = line.failed};
  for (size_t i = 0; i < line.size; i++) {
    bool apart = is_symbol(line.bytes[i]);
    ink_buffer_append(&symbols, " ", apart);
    ink_buffer_append(&symbols, line.bytes + i, 1);
    ink_buffer_append(&symbols, " ", apart);
  }
  ink_buffer_free(&line);
  part(&symbols, is_not_digit, is_mark, false, true);
  part(&symbols, is_mark, is_not_digit, true, false);
  part(&symbols, is_digit, is_dash, false, true);
  if (symbols.failed) {
    out->failed = true;
  } else {
    append_words(out, symbols.bytes, symbols.size);
  }
  ink_buffer_free(&symbols);
}

static size_t distance(size_t a, size_t b) { return a > b ? a - b : b - a; }

ink_status ink_bleu_add(ink_bleu *bleu, const char *text, size_t bytes,
                        const char *const *references, const size_t *reference_bytes, size_t count,
                        ink_error *error) {
  ink_status status = check_utf8(text, bytes, error);
  for (size_t i = 0; i < count && status == INK_OK; i++) {
    status = check_utf8(references[i], reference_bytes[i], error);
  }
  if (status != INK_OK) return status;
  ink_buffer words = {0};
  append_tokens(&words, text, bytes);
  for (size_t i = 0; i < count; i++) {
    if (reference_bytes[i] > 0) append_tokens(&words, references[i], reference_bytes[i]);
  }
  texts t;
  status = texts_new(&t, &words, error);
  ink_buffer_free(&words);
  if (status != INK_OK) return status;
  if (t.count == 1) {
    texts_free(&t);
    return ink_fail(error, INK_ERROR_TEXT, "there is no reference to score a translation by");
  }
  ink_bleu sum = *bleu;
  size_t length = t.starts[1], closest = t.starts[2] - t.starts[1];
  for (size_t i = 2; i < t.count; i++) {
    size_t other = t.starts[i + 1] - t.starts[i];
    size_t far = distance(closest, length), near = distance(other, length);
    if (near < far || (near == far && other < closest)) closest = other;
  }
  sum.length += length;
  sum.reference_length += closest;
  for (size_t n = 1; n <= INK_BLEU_ORDER && status == INK_OK; n++) {
    uint64_t matches;
    status = count_matches(&t, n, &matches, error);
    if (status != INK_OK) break;
    sum.matches[n - 1] += matches;
    sum.totals[n - 1] += length >= n ? length - n + 1 : 0;
  }
  texts_free(&t);
  if (status == INK_OK) *bleu = sum;
  return status;
}

double ink_bleu_score(const ink_bleu *bleu) {
  if (bleu->matches[0] == 0) return 0; /* so nothing longer matches, either */
  double logarithm = 0, share = 1;
  for (size_t n = 0; n < INK_BLEU_ORDER; n++) {
    if (bleu->totals[n] == 0) return 0; /* the translations are too short for such n-grams */
    if (bleu->matches[n] == 0) share /= 2;
    double matches = bleu->matches[n] > 0 ? (double)bleu->matches[n] : share;
    logarithm += log(matches / (double)bleu->totals[n]) / INK_BLEU_ORDER;
  }
  double penalty = 1 - (double)bleu->reference_length / (double)bleu->length;
  return 100 * exp(logarithm + (penalty < 0 ? penalty : 0));
}
