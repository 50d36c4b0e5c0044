/*
 * Scores against values that were computed elsewhere: BLEU's counts for each pair, and its score,
 * by sacreBLEU's own tokenizer_13a.py, tokenizer_re.py and metrics/bleu.py in Python 3.11; the rest
 * by hand.
 */
#include "scores/bleu.h"

#include "base/bytes.h"
#include "check.h"

/* ---- Classes --------------------------------------------------------------------------------- */

static void test_classes(void) {
  /* clang-format off */
  const uint32_t confusion[] = {
    8, 2, 0,
    1, 3, 0,
    4, 0, 0,
  };
  /* clang-format on */
  CHECK_NEAR(ink_accuracy(confusion, 3), 11.0 / 18, 1e-15);
  /* F1 16/23, 6/9 and, of the class that never is predicted, 0 */
  CHECK_NEAR(ink_macro_f1(confusion, 3), (16.0 / 23 + 6.0 / 9) / 3, 1e-15);

  const uint32_t absent[] = {5, 0, 0, 0}; /* the second class does not occur */
  CHECK(ink_macro_f1(absent, 2) == 1 && ink_accuracy(absent, 2) == 1);
  const uint32_t predicted[] = {5, 5, 0, 0}; /* but when it is predicted, it counts */
  CHECK_NEAR(ink_macro_f1(predicted, 2), 10.0 / 15 / 2, 1e-15);
  const uint32_t nothing[4] = {0};
  CHECK(ink_macro_f1(nothing, 2) == 0 && ink_accuracy(nothing, 2) == 0);
}

/* ---- Captions -------------------------------------------------------------------------------- */

static double f1(const char *text, const char *reference) {
  double result;
  ink_error error;
  CHECK_OK(ink_word_f1(text, strlen(text), reference, strlen(reference), &result, &error));
  return result;
}

static void test_captions(void) {
  CHECK(ink_bytes_equal("joker", 5, "joker", 5) && ink_bytes_equal(NULL, 0, NULL, 0));
  CHECK(!ink_bytes_equal("joker", 5, "jokes", 5) && !ink_bytes_equal("joker", 5, "joker ", 6));

  CHECK(f1("woman medium skin tone", "woman medium skin tone") == 1);
  CHECK(f1("tone skin medium woman", " woman  medium skin\ttone\n") == 1);
  CHECK_NEAR(f1("woman dark skin tone", "man medium dark skin tone"), 2 * 3 / 9.0, 1e-15);
  CHECK_NEAR(f1("a a a", "a b a"), 2 * 2 / 6.0, 1e-15); /* multisets */
  CHECK(f1("joker", "mahjong red dragon") == 0 && f1("", "joker") == 0 && f1("joker", "") == 0);
  CHECK(f1("", " ") == 1);
  ink_error error;
  double result;
  CHECK_FAILS(ink_word_f1("\xff", 1, "a", 1, &result, &error), INK_ERROR_TEXT, "UTF-8");
  CHECK_FAILS(ink_word_f1("a", 1, "\xc3", 1, &result, &error), INK_ERROR_TEXT, "UTF-8");
}

/* ---- BLEU ------------------------------------------------------------------------------------ */

enum { REFERENCES = 3 };
typedef struct pair {
  const char *text, *references[REFERENCES];
  uint64_t length, reference_length, matches[INK_BLEU_ORDER], totals[INK_BLEU_ORDER];
} pair;

/* clang-format off */
static const pair pairs[] = {
    {"The dog bit the man.",
     {"The dog bit the man.", "The dog had bit the man."},
     6, 6, {6, 5, 4, 3}, {6, 5, 4, 3}},
    {"It wasn't surprising.",
     {"It was not unexpected.", "No one was surprised."},
     4, 5, {2, 0, 0, 0}, {4, 3, 2, 1}},
    {"The man had just bitten him.",
     {"The man bit him first.", "The man had bitten the dog."},
     7, 7, {6, 2, 1, 0}, {7, 6, 5, 4}},
    {"a a a a a a",
     {"a b a c"},
     6, 4, {2, 0, 0, 0}, {6, 5, 4, 3}},
    {"",
     {"Nothing was said."},
     0, 4, {0, 0, 0, 0}, {0, 0, 0, 0}},
    {"No reference matches",
     {"zero zero zero"},
     3, 3, {0, 0, 0, 0}, {3, 2, 1, 0}},
    {"short",
     {"a much longer reference than the translation"},
     1, 7, {0, 0, 0, 0}, {1, 0, 0, 0}},
    {"a much longer translation than the reference",
     {"short"},
     7, 1, {0, 0, 0, 0}, {7, 6, 5, 4}},
    {"The price is $1,234.56 (about 3.5% more).",
     {"The price is $1,234.56 (about 3.5 % more)."},
     12, 12, {12, 11, 10, 9}, {12, 11, 10, 9}},
    {"Wait...what?! Really...",
     {"Wait... what?! Really..."},
     11, 11, {11, 10, 9, 8}, {11, 10, 9, 8}},
    {"1990-2000, 1.-2 and 10-20-30",
     {"1990 - 2000, 1. - 2 and 10 -20- 30"},
     13, 13, {11, 7, 4, 3}, {13, 12, 11, 10}},
    {"Il n'y a qu'une fa\303\247on d'\303\252tre l\303\240\342\200\257!",
     {"Il n'y a qu'une fa\303\247on d'\303\252tre l\303\240 !"},
     8, 8, {8, 7, 6, 5}, {8, 7, 6, 5}},
    {"Gr\303\274\303\237e aus K\303\266ln, M\303\274nchen.Berlin",
     {"Gr\303\274\303\237e aus K\303\266ln , M\303\274nchen . Berlin"},
     7, 7, {7, 6, 5, 4}, {7, 6, 5, 4}},
    {"&quot;AT&amp;T&quot; &lt;b&gt; &amp;lt;",
     {"\"AT&T\" <b> <"},
     9, 9, {9, 8, 7, 6}, {9, 8, 7, 6}},
    {"one line-\nbroken here\nand there",
     {"one linebroken here and there"},
     5, 5, {5, 4, 3, 2}, {5, 4, 3, 2}},
    {"<skipped>nothing skipped",
     {"nothing skipped"},
     2, 2, {2, 1, 0, 0}, {2, 1, 0, 0}},
    {"  leading and trailing \302\240 spaces\011 ",
     {"leading and trailing spaces"},
     4, 4, {4, 3, 2, 1}, {4, 3, 2, 1}},
    {"ends with a dash -\n",
     {"ends with a dash -"},
     5, 5, {5, 4, 3, 2}, {5, 4, 3, 2}},
    {"\346\235\261\344\272\254\343\200\200\345\244\247\351\230\252 \344\272\254\351\203\275\343\200\202",
     {"\346\235\261\344\272\254 \345\244\247\351\230\252 \344\272\254\351\203\275\343\200\202"},
     3, 3, {3, 2, 1, 0}, {3, 2, 1, 0}},
    {"x, y,z ,w .5 5. 5.5 a.b .,., ,.",
     {"x , y , z , w . 5 5 . 5.5 a . b . , . , , ."},
     21, 21, {21, 20, 19, 18}, {21, 20, 19, 18}},
    {"A man in a blue shirt is standing on a ladder cleaning a window.",
     {"A man in a blue shirt stands on a ladder and cleans a window."},
     15, 15, {12, 9, 6, 3}, {15, 14, 13, 12}},
    {"Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.",
     {"Ein Mann mit einem orangen Hut starrt etwas an."},
     11, 10, {7, 3, 2, 1}, {11, 10, 9, 8}},
    {"Zwei junge wei\303\237e M\303\244nner sind im Freien in der N\303\244he vieler B\303\274sche.",
     {"Zwei junge wei\303\237e M\303\244nner sind im Freien in der N\303\244he vieler B\303\274sche."},
     13, 13, {13, 12, 11, 10}, {13, 12, 11, 10}},
    {"the the the cat cat sat",
     {"the cat sat", "the the cat", "cat cat cat sat the"},
     6, 5, {5, 4, 2, 0}, {6, 5, 4, 3}},
    {"five tokens are exactly here",
     {"four tokens are here", "six tokens are here now then"},
     5, 4, {3, 1, 0, 0}, {5, 4, 3, 2}},
    {"Je ne sais pas.",
     {"Je ne le sais pas.", "Je ne sais pas !", "Je l'ignore."},
     5, 5, {5, 4, 3, 1}, {5, 4, 3, 2}},
    {"Tom's e-mail: tom_s@example.com; see http://a.b/c?d=e&f=g#h",
     {"Tom's email: tom_s@example.com, see http://a.b/c?d=e&f=g#h"},
     31, 31, {29, 26, 24, 22}, {31, 30, 29, 28}},
    {"[brackets] {braces} `ticks` ^caret~ back\\slash |bar|",
     {"[ brackets ] { braces } ` ticks ` ^ caret ~ back \\ slash | bar |"},
     18, 18, {18, 17, 16, 15}, {18, 17, 16, 15}},
    {"CASE matters Here",
     {"case Matters here"},
     3, 3, {0, 0, 0, 0}, {3, 2, 1, 0}},
    {"3rd of May 1979",
     {"May 3rd, 1979"},
     4, 4, {3, 0, 0, 0}, {4, 3, 2, 1}},
    {"a\037b\302\205c d",
     {"a b c d"},
     4, 4, {4, 3, 2, 1}, {4, 3, 2, 1}},
    {"word",
     {"word", "", "other word"},
     1, 1, {1, 0, 0, 0}, {1, 0, 0, 0}},
    {"J'ai essay\303\251 de faire tout ce que je pouvais.",
     {"J'ai essay\303\251 de faire tout ce que je pouvais.",
       "J'ai tent\303\251 de faire tout ce que je pouvais."},
     10, 10, {10, 9, 8, 7}, {10, 9, 8, 7}},
    {"2,000.50,",
     {"2,000.50 ,"},
     2, 2, {2, 1, 0, 0}, {2, 1, 0, 0}},
};
/* clang-format on */
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static void add(ink_bleu *bleu, const pair *p) {
  size_t count = 0, bytes[REFERENCES];
  for (; count < REFERENCES && p->references[count] != NULL; count++) {
    bytes[count] = strlen(p->references[count]);
  }
  ink_error error;
  CHECK_OK(ink_bleu_add(bleu, p->text, strlen(p->text), p->references, bytes, count, &error));
}

static double score(size_t from, size_t to) {
  ink_bleu bleu = {0};
  for (size_t i = from; i < to; i++) add(&bleu, &pairs[i]);
  return ink_bleu_score(&bleu);
}

static void test_bleu_counts(void) {
  for (size_t i = 0; i < PAIRS; i++) {
    const pair *p = &pairs[i];
    ink_bleu bleu = {0};
    add(&bleu, p);
    bool same = bleu.length == p->length && bleu.reference_length == p->reference_length &&
                memcmp(bleu.matches, p->matches, sizeof p->matches) == 0 &&
                memcmp(bleu.totals, p->totals, sizeof p->totals) == 0;
    if (!same) fprintf(stderr, "counts of \"%s\"\n", p->text);
    CHECK(same);
  }
}

static void test_bleu_scores(void) {
  CHECK_NEAR(score(0, PAIRS), 77.505044834026, 1e-10);
  CHECK_NEAR(score(0, 3), 48.530827009930, 1e-10); /* the example of sacreBLEU's README */
  CHECK_NEAR(score(3, 8), 3.351555832289, 1e-10);  /* nothing of 2 to 4 tokens matches */
  CHECK_NEAR(score(20, 23), 61.917033190399, 1e-10);
  CHECK_NEAR(score(9, 11), 72.831256757150, 1e-10);
  CHECK_NEAR(score(29, 30), 21.022410381343, 1e-10);
  CHECK(score(4, 6) == 0 && score(6, 7) == 0 && score(0, 0) == 0);
  CHECK(score(15, 16) == 0); /* two tokens: no n-gram of four */
}

static void test_bleu_errors(void) {
  ink_bleu bleu = {0}, before;
  add(&bleu, &pairs[0]);
  before = bleu;
  const char *references[] = {"", "fine", "\xe2\x80"};
  const size_t bytes[] = {0, 4, 2};
  ink_error error;
  CHECK_FAILS(ink_bleu_add(&bleu, "a", 1, references, bytes, 0, &error), INK_ERROR_TEXT,
              "no reference");
  CHECK_FAILS(ink_bleu_add(&bleu, "a", 1, references, bytes, 1, &error), INK_ERROR_TEXT,
              "no reference");
  CHECK_FAILS(ink_bleu_add(&bleu, "a", 1, references, bytes, 3, &error), INK_ERROR_TEXT, "UTF-8");
  CHECK_FAILS(ink_bleu_add(&bleu, "\x80", 1, references, bytes, 2, &error), INK_ERROR_TEXT,
              "UTF-8");
  CHECK(memcmp(&bleu, &before, sizeof bleu) == 0);
}

/* A text as long as a book is one sentence, too. */
static void test_bleu_long(void) {
  enum { WORDS = 200000 };
  char *text = malloc(2 * WORDS);
  CHECK(text != NULL);
  for (size_t i = 0; i < WORDS; i++) {
    text[2 * i] = (char)('a' + i % 7);
    text[2 * i + 1] = ' ';
  }
  const char *references[] = {text};
  const size_t bytes[] = {2 * WORDS};
  ink_bleu bleu = {0};
  ink_error error;
  CHECK_OK(ink_bleu_add(&bleu, text, 2 * WORDS, references, bytes, 1, &error));
  CHECK(bleu.length == WORDS && bleu.matches[3] == WORDS - 3);
  CHECK_NEAR(ink_bleu_score(&bleu), 100, 1e-9);
  free(text);
}

int main(void) {
  test_classes();
  test_captions();
  test_bleu_counts();
  test_bleu_scores();
  test_bleu_errors();
  test_bleu_long();
  return 0;
}
