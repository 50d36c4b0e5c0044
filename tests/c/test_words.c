/*
 * Words: what is a token, that all of a text comes back up to white space, and how much of its
 * white space comes back exactly; vocabularies of words.
 */
#include "base/buffer.h"
#include "base/random.h"
#include "check.h"
#include "text/vocabulary.h"
#include "text/words.h"

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* The tokens of a text with | between them, a line break as $. */
static const char *cut(const char *text) {
  static char joined[4096];
  size_t bytes = strlen(text), from = 0, to, at = 0;
  for (; ink_word_next(text, bytes, &from, &to); from = to) {
    CHECK(from < to && to <= bytes && at + (to - from) + 2 < sizeof joined);
    if (at > 0) joined[at++] = '|';
    memcpy(joined + at, text + from, to - from);
    if (text[from] == '\n') joined[at] = '$';
    at += to - from;
  }
  CHECK(from == bytes);
  joined[at] = '\0';
  return joined;
}

static void test_tokens(void) {
  static const struct {
    const char *text, *tokens;
  } cases[] = {
      {"", ""},
      {" \t\r ", ""},
      {"a\n\n b\r\n", "a|$|$|b|$"},
      {"don't, don’t rabbit-hole", "don't|,|don’t|rabbit-hole"},
      {"’tis ’Twas 'tis dogs’ dogs'", "’tis|’Twas|'|tis|dogs|’|dogs|'"},
      {"‘Well!’ “so”", "‘|Well|!|’|“|so|”"},
      {"it--yes---no ----", "it|--|yes|--|-|no|--|--"},
      {"wait... no.... ..", "wait|...|no|...|.|.|."},
      {"1,000.50 3:30 1914–1918 1, 2", "1,000.50|3:30|1914–1918|1|,|2"},
      {"one,two a:b e.g. U.S. and/or AT&T x@y.org",
       "one|,|two|a|:|b|e.g|.|U.S|.|and/or|AT&T|x@y.org"},
      {"end.\"-x -- x-", "end|.|\"|-|x|--|x|-"},
      {"Fußgängerübergänge, déjà-vu; naïve", "Fußgängerübergänge|,|déjà-vu|;|naïve"},
      {"re\u0301sume\u0301", "re\u0301sume\u0301"},
      {"Привет, мир! Ωμέγα", "Привет|,|мир|!|Ωμέγα"},
      {"愛麗絲。ab漢字", "愛|麗|絲|。|ab|漢|字"},
      {"아주 좋은 हिन्दी", "아주|좋은|हिन्दी"},
      {"\ufeffhello\u00a0you\u3000there", "hello|you|there"},
      {"_very_ <unk> [x]*", "_|very|_|<|unk|>|[|x|]|*"},
      {"👍🏽👩‍👧 ❤️ 🇫🇷", "👍🏽|👩‍👧|❤️|🇫🇷"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    CHECK_TEXT(cut(cases[i].text), cases[i].tokens);
  }
  /* It stops where the text is not UTF-8. */
  size_t from = 0, to;
  CHECK(ink_word_next("ab \xff", 4, &from, &to) && to == 2);
  from = to;
  CHECK(!ink_word_next("ab \xff", 4, &from, &to) && from == 3);
  from = 0;
  CHECK(ink_word_next("ab\xc3", 3, &from, &to) && to == 2); /* cut within a character */
}

/* ---- White space ----------------------------------------------------------------------------- */

/* The tokens of a text written again, and how many of them have the white space of the text before
 * them. */
static size_t write_again(const char *text, size_t bytes, ink_buffer *again, size_t *tokens) {
  size_t from = 0, to, last = 0, exact = 0;
  ink_spacing spacing = 0;
  ink_buffer token = {0};
  *tokens = 0;
  for (; ink_word_next(text, bytes, &from, &to); last = to, from = to) {
    token.size = 0;
    ink_buffer_append(&token, text + from, to - from);
    ink_buffer_append(&token, "", 1);
    bool space = ink_spacing_before(spacing, token.bytes);
    if (space) ink_buffer_append(again, " ", 1);
    ink_buffer_append(again, token.bytes, token.size - 1);
    spacing = ink_spacing_after(spacing, token.bytes);
    CHECK(spacing <= INK_SPACING_MOST);
    exact += from - last == space && (!space || text[last] == ' ');
    ++*tokens;
  }
  ink_buffer_append(again, "", 1);
  CHECK(!again->failed && from == bytes);
  ink_buffer_free(&token);
  return exact;
}

/* Every character but white space, for comparing. */
static void without_space(const char *text, ink_buffer *rest) {
  for (const char *at = text; *at != '\0'; at++) {
    static const char *const spaces[] = {" ", "\t", "\r", "\u00a0", "\u3000", "\ufeff", "\u202f"};
    size_t skip = 0;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
      if (strncmp(at, spaces[i], strlen(spaces[i])) == 0) skip = strlen(spaces[i]);
    }
    if (skip == 0) ink_buffer_append(rest, at, 1);
    if (skip > 1) at += skip - 1;
  }
  ink_buffer_append(rest, "", 1);
}

static const char prose[] =
    "‘And what is the use of a book,’ thought Alice ‘without pictures or\n"
    "conversations?’ (The poor child!)\n"
    "\n"
    "‘--yes, that’s about the right distance--but then I wonder what “Latitude”\n"
    "or Longitude I’ve got to?’ He had £1,000.50 [and 3 per cent.] left; or was it $5? ’Tis 5%.\n"
    "\n"
    "\"Call me Ishmael,\" he said; \"some years ago--never mind how\n"
    "long precisely--I thought 'why not?' and went.\" It was _very_ cold, e.g. in\n"
    "the U.S.A. at 3:30... \"And\n"
    "then?\" Queequeg’s harpoon—the chamber-maid’s—fell.\n"
    "\n"
    "\"An open quote that nobody ends.\n"
    "\n"
    "\"Yes,\" said the other, \"and/or no.\" Der Fußgänger sagte: „Schön, nicht?“ und ging. Ça va, "
    "Noël?\n"
    "«Déjà vu», disait-elle. ¿Qué? ¡Sí! Привет, мир!\n愛麗絲在漢字中。\n";

static void test_prose(void) {
  ink_buffer again = {0};
  size_t tokens, exact = write_again(prose, strlen(prose), &again, &tokens);
  CHECK_TEXT(again.bytes, prose);
  CHECK(exact == tokens && tokens > 200);
  ink_buffer_free(&again);
}

/* White space that no rule can know is lost, and nothing else. */
static void test_nasty(void) {
  static const char text[] =
      "\ufeff  Indented,\ttabbed .  Two  spaces\r\n\r\n* * * *\n\n\n   ' ' \" _ '' `` dogs' tails' "
      "ends.\n"
      "word.\"--\"Word 'tis 'em ( a ) <b> a=b +1 -1 x - y – z -- -\xe2\x80\x94- \\n /path/ "
      "http://a.b/c?d=e&f#g\n"
      "\u00a0« mot » ? ! ; 2° 5′ ¼ ½x² a\u0301 \u0301 𝒜 "
      "👩‍👧👍🏽🇫🇷🇩🇪 "
      "漢字 "
      "かな "
      "カナ。「引用」 "
      "１２ ﬁ \u200d\u200b\u2028 end";
  ink_buffer again = {0}, wanted = {0}, got = {0};
  size_t tokens;
  write_again(text, strlen(text), &again, &tokens);
  without_space(text, &wanted);
  without_space(again.bytes, &got);
  /* \u200b and \u2028 are white space as well. */
  char *spaces[2] = {strstr(wanted.bytes, "\u200b"), strstr(wanted.bytes, "\u2028")};
  CHECK(spaces[0] != NULL && spaces[1] == spaces[0] + 3);
  memmove(spaces[0], spaces[0] + 6, strlen(spaces[0] + 6) + 1);
  CHECK_TEXT(got.bytes, wanted.bytes);
  ink_buffer_free(&again);
  ink_buffer_free(&wanted);
  ink_buffer_free(&got);
}

/* Any text of odd pieces comes back up to white space. */
static void test_random(void) {
  static const char *const pieces[] = {
      " ", "\n", "\n\n", "a", "don't", "’", "'", "\"", "_", "--",     "-", ".",      "..", "...",
      ",", "(",  ")",    "“", "”",     "‘", "1", "漢", "é", "\u0301", "👩", "\u200d", "—"};
  ink_random random;
  ink_random_seed(&random, 3, 3);
  for (int round = 0; round < 2000; round++) {
    ink_buffer text = {0}, again = {0}, wanted = {0}, got = {0};
    for (int i = 0; i < 30; i++) {
      const char *piece = pieces[ink_random_below(&random, sizeof pieces / sizeof pieces[0])];
      ink_buffer_append(&text, piece, strlen(piece));
    }
    ink_buffer_append(&text, "", 1);
    size_t tokens;
    write_again(text.bytes, text.size - 1, &again, &tokens);
    without_space(text.bytes, &wanted);
    without_space(again.bytes, &got);
    CHECK_TEXT(got.bytes, wanted.bytes);
    ink_buffer_free(&text);
    ink_buffer_free(&again);
    ink_buffer_free(&wanted);
    ink_buffer_free(&got);
  }
}

/* Whether a space comes before `token` after a text. */
static bool spaced(const char *text, const char *token) {
  size_t bytes = strlen(text), from = 0, to;
  ink_spacing spacing = 0;
  char copy[64] = {0};
  for (; ink_word_next(text, bytes, &from, &to); from = to) {
    memcpy(copy, text + from, to - from);
    copy[to - from] = '\0';
    spacing = ink_spacing_after(spacing, copy);
  }
  return ink_spacing_before(ink_spacing_after_text(spacing, text, bytes), token);
}

static void test_spacing(void) {
  CHECK(!spaced("", "a") && spaced("a", "b") && !spaced("a ", "b") && !spaced("a\t", "b"));
  CHECK(!spaced("a\n", "b") && !spaced("a", "\n") && !spaced("a", ",") && !spaced("a ", ","));
  CHECK(spaced("a", "\"") && !spaced("a \"", "b") && !spaced("a \"b", "\"") &&
        spaced("a \"b\"", "c"));
  CHECK(!spaced("\"a\nb", "\"") && spaced("\"a\n\nb", "\"")); /* a blank line begins anew */
  CHECK(!spaced("\"a\n\"", "b")); /* at the start of a line a quote opens */
  CHECK(!spaced("a", "--") && !spaced("a--", "b") && spaced("a", "-") && spaced("a", "<unk>"));
  CHECK(spaced("a", "’tis") && !spaced("a", "’") && !spaced("漢", "a") && !spaced("a", "漢"));
  CHECK(!spaced("a „b", "“") && spaced("a „b“", "c") && spaced("a", "“") && !spaced("a “", "b"));
}

static void test_recase(void) {
  static const char word[] = "ÉTÉ ΩΡ ДЁ ×ßAz";
  char other[sizeof word] = {0};
  ink_word_recase(word, strlen(word), false, other);
  CHECK_TEXT(other, "été ωρ дё ×ßaz");
  ink_word_recase("élan", strlen("élan"), true, other);
  CHECK(memcmp(other, "Élan", strlen("Élan")) == 0);
  ink_word_recase("éLAN", strlen("éLAN"), true, other);
  CHECK(memcmp(other, "Élan", strlen("Élan")) == 0);
  ink_word_recase("ёж", strlen("ёж"), true, other);
  CHECK(memcmp(other, "Ёж", strlen("Ёж")) == 0);
}

/* ---- Vocabulary ------------------------------------------------------------------------------ */

static ink_vocabulary *words_of(const char *text, uint32_t min_count, uint32_t most) {
  ink_vocabulary *v;
  ink_error error;
  CHECK_OK(ink_vocabulary_from_words(text, strlen(text), min_count, most, &v, &error));
  CHECK(ink_vocabulary_level(v) == INK_LEVEL_WORD);
  return v;
}

static const char *listed(const ink_vocabulary *v) {
  static char list[1024];
  list[0] = '\0';
  for (uint32_t id = 0; id < ink_vocabulary_count(v); id++) {
    if (id > 0) strcat(list, " ");
    strcat(list, ink_vocabulary_token(v, id));
  }
  return list;
}

static void test_counts(void) {
  static const char text[] = "the cat, the dog, the end a a b";
  static const struct {
    uint32_t min_count, most;
    const char *listed;
    bool unknown;
  } cases[] = {
      {1, 0, "the , a cat dog end b", false},
      {0, 7, "the , a cat dog end b", false},
      {2, 0, "<unk> the , a", true},
      {3, 0, "<unk> the", true},
      {1, 6, "the , a <unk> cat dog", true}, /* stands for two; behind those that are as frequent */
      {1, 3, "<unk> the ,", true},
      {2, 3, "<unk> the ,", true},
      {1, 2, "<unk> the", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ink_vocabulary *v = words_of(text, cases[i].min_count, cases[i].most);
    CHECK_TEXT(listed(v), cases[i].listed);
    CHECK((ink_vocabulary_unknown(v) != UINT32_MAX) == cases[i].unknown);
    ink_vocabulary_free(v);
  }
  ink_vocabulary *v;
  ink_error error;
  CHECK_FAILS(ink_vocabulary_from_words(text, strlen(text), 9, 0, &v, &error), INK_ERROR_VOCABULARY,
              "no token but <unk>");
  CHECK_FAILS(ink_vocabulary_from_words(" \t", 2, 1, 0, &v, &error), INK_ERROR_TEXT, "no words");
  CHECK_FAILS(ink_vocabulary_from_words("", 0, 1, 0, &v, &error), INK_ERROR_TEXT, "empty");
}

/* The words that a text is read as. */
static const char *read_as(const ink_vocabulary *v, const char *text, ink_unknown unknown) {
  static char words[1024];
  uint32_t *ids;
  size_t count;
  ink_error error;
  CHECK_OK(ink_vocabulary_encode(v, text, strlen(text), unknown, &ids, &count, &error));
  words[0] = '\0';
  for (size_t i = 0; i < count; i++) {
    if (i > 0) strcat(words, " ");
    strcat(words, ink_vocabulary_token(v, ids[i]));
  }
  free(ids);
  return words;
}

static void test_encode(void) {
  ink_error error;
  uint32_t *ids;
  size_t count;
  ink_vocabulary *v = words_of("the the The The Alice Alice été été , , rare", 2, 0);
  CHECK(ink_vocabulary_find(v, ',') != UINT32_MAX && ink_vocabulary_find(v, '!') == UINT32_MAX);
  CHECK(ink_vocabulary_find_token(v, "Alice", 5) != UINT32_MAX);
  CHECK(ink_vocabulary_find_token(v, "Alic", 4) == UINT32_MAX);
  CHECK(ink_vocabulary_longest(v) == 5);
  CHECK_TEXT(read_as(v, "The ALICE, THE alice ÉTÉ nobody", INK_UNKNOWN_NEAREST),
             "The Alice , the Alice été <unk>");
  CHECK_TEXT(read_as(v, "The ALICE, THE alice ÉTÉ nobody", INK_UNKNOWN_FAILS),
             "The <unk> , <unk> <unk> <unk> <unk>");
  CHECK_TEXT(read_as(v, "The ALICE, THE alice ÉTÉ nobody", INK_UNKNOWN_SKIPPED),
             "The Alice , the Alice été");
  CHECK_TEXT(read_as(v, "<unk>", INK_UNKNOWN_SKIPPED), ""); /* no text says it */
  CHECK_FAILS(ink_vocabulary_encode(v, "the \xff", 5, INK_UNKNOWN_NEAREST, &ids, &count, &error),
              INK_ERROR_TEXT, "byte 4");
  ink_vocabulary_free(v);

  v = words_of("the cat", 1, 0);
  CHECK_TEXT(read_as(v, "The dog and the CAT", INK_UNKNOWN_NEAREST), "the the cat");
  CHECK_FAILS(
      ink_vocabulary_encode(v, "the dog and cat", 15, INK_UNKNOWN_FAILS, &ids, &count, &error),
      INK_ERROR_VOCABULARY, "never seen dog, and");
  static const char many[] = "a b c d e f g h i ééééééééééééééééééééé";
  CHECK_FAILS(ink_vocabulary_encode(v, many, strlen(many), INK_UNKNOWN_FAILS, &ids, &count, &error),
              INK_ERROR_VOCABULARY, "g, h and others");
  CHECK_FAILS(ink_vocabulary_encode(v, many + 18, strlen(many + 18), INK_UNKNOWN_FAILS, &ids,
                                    &count, &error),
              INK_ERROR_VOCABULARY, "never seen é...");
  ink_vocabulary_free(v);

  CHECK_FAILS(ink_vocabulary_from_tokens("<unk>\0", 6, INK_LEVEL_WORD, &v, &error),
              INK_ERROR_VOCABULARY, "<unk>");
  CHECK_FAILS(ink_vocabulary_from_tokens("one\0one\0", 8, INK_LEVEL_WORD, &v, &error),
              INK_ERROR_VOCABULARY, "0 and 1 are the same");
  CHECK_FAILS(ink_vocabulary_from_tokens("one\0\0", 5, INK_LEVEL_WORD, &v, &error),
              INK_ERROR_VOCABULARY, "token 1");
  CHECK_FAILS(ink_vocabulary_from_tokens("one\0\xff\0", 6, INK_LEVEL_WORD, &v, &error),
              INK_ERROR_VOCABULARY, "token 1");
}

static void test_place(void) {
  ink_vocabulary *v = words_of(prose, 2, 0);
  uint32_t *ids, *rest;
  size_t count, left, bytes = strlen(prose);
  ink_error error;
  CHECK_OK(ink_vocabulary_encode(v, prose, bytes, INK_UNKNOWN_FAILS, &ids, &count, &error));
  for (size_t i = 0; i < count; i += 7) {
    size_t at = ink_vocabulary_place(v, prose, bytes, i);
    CHECK_OK(
        ink_vocabulary_encode(v, prose + at, bytes - at, INK_UNKNOWN_FAILS, &rest, &left, &error));
    CHECK(left == count - i && memcmp(rest, ids + i, left * sizeof *ids) == 0);
    free(rest);
  }
  CHECK(ink_vocabulary_place(v, prose, bytes, count) == bytes);
  CHECK(ink_vocabulary_place(v, prose, bytes, 0) == 0);
  free(ids);
  ink_vocabulary_free(v);
}

/* A large one: every word is found again. */
static void test_many(void) {
  enum { MANY = 100000 };
  ink_buffer text = {0};
  for (uint32_t i = 0; i < MANY; i++) ink_buffer_format(&text, "w%x ", (unsigned)(i * 2654435761u));
  ink_buffer_append(&text, "", 1);
  ink_vocabulary *v = words_of(text.bytes, 1, 0);
  CHECK(ink_vocabulary_count(v) == MANY);
  uint32_t *ids;
  size_t count;
  ink_error error;
  CHECK_OK(
      ink_vocabulary_encode(v, text.bytes, text.size - 1, INK_UNKNOWN_FAILS, &ids, &count, &error));
  CHECK(count == MANY);
  for (uint32_t i = 0; i < MANY; i++) CHECK(ids[i] == i);
  free(ids);
  ink_vocabulary_free(v);
  ink_buffer_free(&text);
}

int main(void) {
  test_tokens();
  test_prose();
  test_nasty();
  test_random();
  test_spacing();
  test_recase();
  test_counts();
  test_encode();
  test_place();
  test_many();
  return 0;
}
