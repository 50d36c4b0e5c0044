/*
 * Naive Bayes against classes that were found by hand.
 */
#include "check.h"
#include "inkling_scores.h"

static ink_naive_bayes *count(const char *examples, uint32_t features, double smoothing) {
  ink_naive_bayes *bayes;
  ink_error error;
  CHECK_OK(ink_naive_bayes_new(examples, strlen(examples), features, smoothing, &bayes, &error));
  return bayes;
}

static ink_classification evaluate(const ink_naive_bayes *bayes, const char *examples) {
  ink_classification result;
  ink_error error;
  CHECK_OK(ink_naive_bayes_evaluate(bayes, examples, strlen(examples), &result, &error));
  return result;
}

/* The text is taken to be of this class rather than of any other. */
static void check_class(const ink_naive_bayes *bayes, const char *class, const char *text) {
  char example[100];
  snprintf(example, sizeof example, "%s\t%s", class, text);
  if (evaluate(bayes, example).accuracy == 1) return;
  fprintf(stderr, "\"%s\" is not \"%s\"\n", text, class);
  exit(1);
}

/* The worked example of Manning, Raghavan and Schuetze, Introduction to Information Retrieval
 * (2008), 13.2: p(yes) is to p(no) as 3/4 (3/7)^3 (1/14)^2 to 1/4 (2/9)^5. */
static void test_words(void) {
  const char *examples =
      "yes\tChinese Beijing Chinese\nyes\tChinese Chinese Shanghai\nyes\tChinese Macao\n\n"
      "no\tTokyo, Japan: (Chinese)";
  ink_naive_bayes *bayes = count(examples, INK_FEATURES_WORDS, 1);
  check_class(bayes, "yes", "Chinese Chinese Chinese Tokyo Japan");
  check_class(bayes, "yes", "CHINESE...chinese;Chinese-tokyo!JAPAN\r");
  check_class(bayes, "no", "Chinese Tokyo Japan");
  check_class(bayes, "yes", "words that nobody has seen"); /* so the likelier class */
  check_class(bayes, "yes", "...");
  ink_naive_bayes_free(bayes);

  bayes = count(examples, INK_FEATURES_WORDS, 0.01); /* trusts what it has not seen less */
  check_class(bayes, "no", "Chinese Chinese Chinese Tokyo Japan");
  ink_naive_bayes_free(bayes);

  bayes = count("no\t!\nyes\t?\nyes\t...\n", INK_FEATURES_WORDS, 1); /* not one word */
  check_class(bayes, "yes", "Chinese");
  ink_naive_bayes_free(bayes);
}

static void test_characters(void) {
  ink_naive_bayes *bayes = count("x\tab\ny\tba\n", INK_FEATURES_CHARACTERS, 1);
  check_class(bayes, "x", "ac"); /* begins so */
  check_class(bayes, "y", "ca"); /* ends so */
  check_class(bayes, "x", "cabc");
  check_class(bayes, "x", "c"); /* of equals the first */
  ink_naive_bayes_free(bayes);

  /* Characters, not bytes: of the two examples é shares none with è, as a does. */
  bayes = count("x\té\ny\ta\nz\tb\nz\tb\n", INK_FEATURES_CHARACTERS, 1);
  check_class(bayes, "x", "éé");
  check_class(bayes, "z", "èè");
  ink_naive_bayes_free(bayes);

  /* Runs of four, and none longer. */
  bayes = count("x\tabcd\ny\tdcba\ny\tdcba\n", INK_FEATURES_CHARACTERS, 0.001);
  check_class(bayes, "x", "--abcd--");
  check_class(bayes, "y", "--d-c-b-a--");
  ink_naive_bayes_free(bayes);
}

static void test_scores(void) {
  ink_naive_bayes *bayes = count("a\tone\nb\ttwo\nc\tthree\n", INK_FEATURES_WORDS, 1);
  ink_classification result =
      evaluate(bayes, "a\tone\na\tone one\na\ttwo\nb\ttwo\nc\tthree\nc\tone");
  CHECK(result.items == 6);
  CHECK_NEAR(result.accuracy, 4 / 6.0, 1e-15);
  CHECK_NEAR(result.macro_f1, (4 / 6.0 + 2 / 3.0 + 2 / 3.0) / 3, 1e-15);
  /* Labels that it does not know are classes of their own, in which it is never right. */
  result = evaluate(bayes, "aa\tone\na\tone\nb\ttwo\nd\ttwo\naa\ttwo");
  CHECK(result.items == 5);
  CHECK_NEAR(result.accuracy, 2 / 5.0, 1e-15);
  CHECK_NEAR(result.macro_f1, (2 / 3.0 + 2 / 4.0 + 0 + 0) / 4, 1e-15);
  ink_naive_bayes_free(bayes);

  bayes = count("a\tone\na\ttwo\n", INK_FEATURES_WORDS, 1); /* of one class it says that one */
  result = evaluate(bayes, "a\tthree\nb\tone");
  CHECK_NEAR(result.accuracy, 1 / 2.0, 1e-15);
  ink_naive_bayes_free(bayes);
}

static void test_errors(void) {
  ink_naive_bayes *bayes;
  ink_error error;
  const struct {
    const char *examples;
    uint32_t features;
    double smoothing;
    ink_status status;
    const char *names;
  } wrong[] = {{"a\tb\nc\td", 2, 1, INK_ERROR_ARGUMENT, "features number 2"},
               {"a\tb\nc\td", 0, 0, INK_ERROR_ARGUMENT, "smoothing"},
               {"a\tb\nc\td", 0, 1.5, INK_ERROR_ARGUMENT, "smoothing"},
               {"a\tb\nc\td", 0, NAN, INK_ERROR_ARGUMENT, "smoothing"},
               {"a\tb\n\nc d\ne\tf", 0, 1, INK_ERROR_TEXT, "line 3 has no tab"},
               {"a\tb\nc\t\xe9", 0, 1, INK_ERROR_TEXT, "UTF-8"},
               {"a\tb\nc\t", 0, 1, INK_ERROR_TEXT, "line 2"},
               {"\n\n", 0, 1, INK_ERROR_TEXT, "no example"},
               {"", 0, 1, INK_ERROR_TEXT, "no example"}};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    CHECK_FAILS(ink_naive_bayes_new(wrong[i].examples, strlen(wrong[i].examples), wrong[i].features,
                                    wrong[i].smoothing, &bayes, &error),
                wrong[i].status, wrong[i].names);
    CHECK(bayes == NULL);
  }
  bayes = count("a\tb\nc\td", INK_FEATURES_CHARACTERS, 1);
  ink_classification result = {.items = -1};
  CHECK_FAILS(ink_naive_bayes_evaluate(bayes, "a", 1, &result, &error), INK_ERROR_TEXT, "line 1");
  CHECK_FAILS(ink_naive_bayes_evaluate(bayes, "", 0, &result, &error), INK_ERROR_TEXT,
              "no example");
  CHECK(result.items == -1);
  ink_naive_bayes_free(bayes);
  ink_naive_bayes_free(NULL);
}

int main(void) {
  test_words();
  test_characters();
  test_scores();
  test_errors();
  return 0;
}
