/*
 * Labelled texts in the columns that people have them in: what is the label, what the text, and
 * what is neither; and what only looks so.
 */
#include <stdbool.h>

#include "check.h"
#include "inkling_text.h"

typedef struct table {
  char text[1 << 14];
  size_t bytes;
} table;

static uint32_t random_state;

static uint32_t below(uint32_t n) {
  random_state = random_state * 1664525u + 1013904223u;
  return (uint32_t)((uint64_t)random_state * n >> 32);
}

/* `count` lines by a format of two strings, the text first: `swapped` has the label there. */
static table write_table(const char *header, const char *before, const char *between,
                         const char *after, bool swapped, int count) {
  static const char *const labels[] = {"sport", "food"};
  table t = {.bytes = 0};
  t.bytes += (size_t)sprintf(t.text, "%s", header);
  for (int i = 0; i < count; i++) {
    char text[40];
    sprintf(text, "%sa goal, in minute %d%s", before, i, after);
    t.bytes += (size_t)sprintf(t.text + t.bytes, "%s%s%s\n", swapped ? labels[i % 2] : text,
                               between, swapped ? text : labels[i % 2]);
  }
  return t;
}

static ink_columns read_text(const char *text, const char *const *known, size_t count) {
  ink_columns c;
  ink_error error;
  CHECK_OK(ink_columns_read(text, strlen(text), known, count, &c, &error));
  return c;
}

static void check_lines(ink_columns *c, const char *wanted) {
  CHECK(c->text != NULL && c->bytes >= strlen(wanted));
  CHECK(memcmp(c->text, wanted, strlen(wanted)) == 0);
  ink_release(c->text);
}

/* The label on either side, each separator, with a first row of names and without. */
static void check_kinds(void) {
  static const struct {
    const char *before, *between, *after, *header[2];
  } kinds[] = {{"", "\t", "", {"text\tlabel\n", "label\ttext\n"}},
               {"", ";", "", {"text;label\n", "label;text\n"}},
               {"\"", ",", "\"", {"text,label\n", "\"label\",text\n"}}};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    for (int swapped = 0; swapped < 2; swapped++) {
      for (int names = 0; names < 2; names++) {
        table t = write_table(names ? kinds[i].header[swapped] : "", kinds[i].before,
                              kinds[i].between, kinds[i].after, swapped, 20);
        ink_columns c = read_text(t.text, NULL, 0);
        CHECK(c.separator == *kinds[i].between && c.label == !swapped && c.header == names);
        CHECK(c.examples == 20 && c.labels == 2 && c.incomplete == 0 && c.more == 0);
        bool plain = i == 0 && swapped && !names;
        CHECK(c.sure == !plain && !c.maybe && (c.text == NULL) == plain);
        if (!plain) check_lines(&c, "sport\ta goal, in minute 0\nfood\ta goal, in minute 1\n");
      }
    }
  }
}

/* Fields in quotes have separators, breaks and quotes in them; rows may lack something, or have
 * more than is read. */
static void check_fields(void) {
  static const char *const known[] = {"x", "y"};
  static const char text[] =
      "x,\" a \"\"b\"\",\n\n c\"\ny,\"d\"e,f\nx, g\ny,\"\"\n\n , \nx,h,\n"
      "x,\"i\tj\",k\nz,\ny,\"never closed\n";
  ink_columns c = read_text(text, NULL, 0);
  CHECK(c.examples == 0 && c.text == NULL); /* too many rows are none */
  c = read_text(text, known, 2);
  CHECK(c.examples == 6 && c.incomplete == 2 && c.more == 2 && !c.header);
  check_lines(&c, "x\ta \"b\", c\ny\td\nx\tg\nx\th\nx\ti j\ny\t\"never closed\n");
}

/* What a program cannot know, and what is something else. */
static void check_others(void) {
  static const char *const first[] = {"Ann", "Bob", "Cy", "Di", "Ed", "Flo", "Gus"};
  char lists[2][2048], prose[2048], sums[2048], counts[2048], pairs[2048];
  size_t at[6] = {0};
  for (int i = 0; i < 28; i++) {
    const char *name = first[below(7)];
    at[0] += (size_t)sprintf(lists[0] + at[0], "Smi%dth, %s\n", i, name);
    at[1] += (size_t)sprintf(lists[1] + at[1], "Smi%dth,%s\n", i, name);
    at[2] += (size_t)sprintf(prose + at[2], "%s%d went, as %s does,%s home.\n", name, i, name,
                             i % 3 == 0 ? " and so, alas," : "");
    at[3] += (size_t)sprintf(sums + at[3], "%d+%d\t%d\n", i, i % 3, i % 4 * 100);
    at[4] += (size_t)sprintf(counts + at[4], "%s%d\t%d\n", name, i, i % 5);
    at[5] += (size_t)sprintf(pairs + at[5], "%s %d goes\t%s %d va\n", name, i, name, i);
  }
  ink_columns c = read_text(lists[0], NULL, 0);
  CHECK(!c.sure && c.maybe && c.labels == 7);
  ink_release(c.text);
  c = read_text(lists[1], NULL, 0);
  CHECK(!c.sure && c.maybe);
  ink_release(c.text);
  c = read_text(prose, NULL, 0);
  CHECK(!c.sure && !c.maybe && c.examples == 0);
  c = read_text(sums, NULL, 0);
  CHECK(!c.sure);
  ink_release(c.text);
  c = read_text(counts, NULL, 0);
  CHECK(!c.sure && c.maybe);
  ink_release(c.text);
  c = read_text(pairs, NULL, 0);
  CHECK(!c.sure && !c.maybe && c.text == NULL);
}

/* Of many columns the text is the longest one, and the label one that is called so. */
static void check_many(void) {
  char text[4096];
  size_t at = (size_t)sprintf(text, "id;from;body;Category;note\n");
  for (int i = 0; i < 30; i++) {
    at += (size_t)sprintf(text + at, "%d;%s;\"a text, of %d words\";%s;%s\n", i + 1,
                          i % 2 ? "ann" : "bob", i, i % 3 ? (i % 3 == 1 ? "x" : "y") : "z",
                          i < 5 ? "a note that is far longer than the text of this row" : "");
  }
  ink_columns c = read_text(text, NULL, 0);
  CHECK(c.sure && c.header && c.numbers && c.label == 3 && c.texts == 2 && c.labels == 3);
  CHECK(strcmp(c.label_name, "Category") == 0 && strcmp(c.texts_name, "body") == 0);
  check_lines(&c, "z\ta text, of 0 words\nx\ta text, of 1 words\n");
  memcpy(strstr(text, "Category"), "whatever", 8); /* then it may be any of them */
  c = read_text(text, NULL, 0);
  CHECK(!c.sure && c.maybe && c.label == 1 && c.texts == 2 && c.labels == 2);
  ink_release(c.text);
}

/* A source that is the same again and again is no text, however long. */
static void check_source(void) {
  static const char *const known[] = {"x", "y"};
  char text[4096];
  size_t at = 0;
  for (int i = 0; i < 30; i++) {
    at += (size_t)sprintf(text + at, "%c,a text %d,from a source with a long name %d\n",
                          i % 2 ? 'x' : 'y', i, i % 4);
  }
  for (int is_known = 0; is_known < 2; is_known++) {
    ink_columns c = read_text(text, is_known ? known : NULL, is_known ? 2 : 0);
    CHECK(c.label == 0 && c.texts == 1 && c.more == 30);
    ink_release(c.text);
  }
}

/* A model's labels say more than how many there are. */
static void check_known(void) {
  static const char *const known[] = {"cat", "dog", "cow"};
  ink_columns c = read_text("meow\tcat\nmoo\tcow\n", known, 3);
  CHECK(c.label == 1 && c.examples == 2 && !c.header);
  check_lines(&c, "cat\tmeow\ncow\tmoo\n");
  c = read_text("sound,animal\nmeow; loud,cat\nmoo,cow\n", known, 3);
  CHECK(c.separator == ',' && c.header);
  check_lines(&c, "cat\tmeow; loud\ncow\tmoo\n");
  c = read_text("7,cat,meow,\n8,cow,moo,so\n", known, 3);
  CHECK(c.label == 1 && c.texts == 2 && c.more == 1);
  check_lines(&c, "cat\tmeow\ncow\tmoo\n");
  c = read_text("cat\tmeow\nowl\thoo\n", known, 3);
  CHECK(c.examples == 2 && c.text == NULL);
  c = read_text("nothing of it\nis here\n", known, 3);
  CHECK(c.examples == 0 && c.text == NULL);
  c = read_text("", known, 3);
  CHECK(c.examples == 0);
}

/* Of every table each column can be taken, as many values of it as were listed. */
static void check_taken(const char *text, size_t bytes) {
  ink_column columns[INK_COLUMNS_MOST];
  size_t count, rows, size, left_out;
  int header, both[2] = {0, 1};
  char *taken;
  ink_error error;
  CHECK_OK(ink_columns_list(text, bytes, columns, &count, &rows, &header, &error));
  for (int i = 0; i < (int)count; i++) {
    CHECK(columns[i].kinds <= columns[i].values && columns[i].values <= rows);
    CHECK_OK(ink_columns_take(text, bytes, &i, 1, header, &taken, &size, &left_out, &error));
    CHECK(rows == columns[i].values + left_out && size >= columns[i].values);
    ink_release(taken);
  }
  if (count < 2) return;
  CHECK_OK(ink_columns_take(text, bytes, both, 2, header, &taken, &size, &left_out, &error));
  size_t tabs = 0;
  for (size_t i = 0; i < size; i++) tabs += taken[i] == '\t';
  CHECK(tabs == rows - left_out);
  ink_release(taken);
  both[1] = INK_COLUMNS_MOST;
  CHECK(ink_columns_take(text, bytes, both, 2, 0, &taken, &size, &left_out, &error) ==
        INK_ERROR_ARGUMENT);
  CHECK(taken == NULL);
}

/* Whatever comes is read or is not. */
static void check_noise(void) {
  static const char *const known[] = {"a", "b"};
  static const char marks[] = "ab,,;;\t\n\n\"\"\" \0"; /* the last two are zeros */
  for (int i = 0; i < 20000; i++) {
    char text[64];
    size_t bytes = below(sizeof text);
    char *exact = malloc(bytes + 1); /* so that a sanitizer sees its end */
    CHECK(exact != NULL);
    for (size_t k = 0; k < bytes; k++) exact[k] = marks[below(sizeof marks)];
    char *room = realloc(exact, bytes > 0 ? bytes : 1);
    ink_columns c;
    ink_error error;
    CHECK_OK(ink_columns_read(room, bytes, i % 2 ? known : NULL, i % 2 ? 2 : 0, &c, &error));
    size_t lines = 0, tabs = 0;
    for (size_t k = 0; c.text != NULL && k < c.bytes; k++) {
      lines += c.text[k] == '\n';
      tabs += c.text[k] == '\t';
    }
    CHECK(c.text == NULL || (lines == c.examples && tabs == c.examples));
    ink_release(c.text);
    check_taken(room, bytes);
    free(room);
  }
}

int main(void) {
  check_kinds();
  check_fields();
  check_others();
  check_many();
  check_source();
  check_known();
  check_noise();
  return 0;
}
