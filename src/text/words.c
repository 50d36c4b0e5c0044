/*
 * Cutting a text into words, and the white space between them. See words.h for the rules.
 *
 * Characters are told apart by a table of code point ranges, far smaller than Unicode's own
 * properties and close to them for what is in use (UnicodeData.txt, Scripts.txt): it goes by
 * blocks, so that rare punctuation inside a block of letters counts as a letter.
 */
#include "text/words.h"

#include <string.h>

#include "base/utf8.h"

typedef enum kind { OTHER, SPACE, BREAK, LETTER, MARK, IDEOGRAPH } kind;

/* Above ASCII. Each kind holds from its code point up to the next one's. */
#define FROM(first, kind) ((first) << 3 | (kind))
static const uint32_t kinds[] = {
    FROM(0x80, OTHER),
    FROM(0xa0, SPACE), /* no-break space */
    FROM(0xa1, OTHER),
    FROM(0xaa, LETTER), /* feminine ordinal */
    FROM(0xab, OTHER),
    FROM(0xad, MARK), /* soft hyphen */
    FROM(0xae, OTHER),
    FROM(0xb5, LETTER), /* micro */
    FROM(0xb6, OTHER),
    FROM(0xba, LETTER), /* masculine ordinal */
    FROM(0xbb, OTHER),
    FROM(0xc0, LETTER), /* Latin-1, but for × and ÷ */
    FROM(0xd7, OTHER),
    FROM(0xd8, LETTER),
    FROM(0xf7, OTHER),
    FROM(0xf8, LETTER), /* Latin extended, phonetic */
    FROM(0x300, MARK),
    FROM(0x370, LETTER), /* Greek, but for its question mark and dot */
    FROM(0x37e, OTHER),
    FROM(0x37f, LETTER),
    FROM(0x387, OTHER),
    FROM(0x388, LETTER), /* Greek, Cyrillic, Armenian, Hebrew */
    FROM(0x600, OTHER),  /* Arabic punctuation */
    FROM(0x610, LETTER), /* Arabic, but for its punctuation */
    FROM(0x61b, OTHER),
    FROM(0x620, LETTER),
    FROM(0x66a, OTHER),
    FROM(0x66e, LETTER),
    FROM(0x6d4, OTHER),
    FROM(0x6d5, LETTER), /* to Devanagari, but for its full stops */
    FROM(0x964, OTHER),
    FROM(0x966, LETTER), /* Indic scripts to Latin and Greek extended */
    FROM(0x2000, SPACE),
    FROM(0x200c, MARK), /* joiners */
    FROM(0x200e, OTHER),
    FROM(0x2028, SPACE), /* line and paragraph separators */
    FROM(0x202a, OTHER),
    FROM(0x202f, SPACE),
    FROM(0x2030, OTHER),
    FROM(0x205f, SPACE),
    FROM(0x2060, OTHER),
    FROM(0x2070, LETTER), /* superscripts and subscripts */
    FROM(0x20a0, OTHER),
    FROM(0x20d0, MARK), /* of symbols */
    FROM(0x2100, OTHER),
    FROM(0x2150, LETTER), /* fractions, Roman numerals */
    FROM(0x2190, OTHER),
    FROM(0x2c00, LETTER), /* Glagolitic to Cyrillic extended */
    FROM(0x2e00, OTHER),
    FROM(0x2e80, IDEOGRAPH), /* Chinese and Japanese, with their punctuation */
    FROM(0x3000, SPACE),
    FROM(0x3001, IDEOGRAPH),
    FROM(0xa4d0, LETTER), /* Lisu to Latin extended D, Hangul */
    FROM(0xd800, OTHER),
    FROM(0xf900, IDEOGRAPH),
    FROM(0xfb00, LETTER),    /* ligatures, Arabic forms */
    FROM(0xfe00, MARK),      /* variation selectors */
    FROM(0xfe10, IDEOGRAPH), /* vertical forms */
    FROM(0xfe70, LETTER),    /* Arabic forms */
    FROM(0xfeff, SPACE),     /* byte order mark */
    FROM(0xff00, IDEOGRAPH), /* full width */
    FROM(0xfff0, OTHER),
    FROM(0x10000, LETTER), /* scripts beyond the first plane */
    FROM(0x1d000, OTHER),
    FROM(0x1d400, LETTER), /* mathematical letters */
    FROM(0x1f000, OTHER),
    FROM(0x1f1e6, LETTER), /* pairs of these are flags */
    FROM(0x1f200, OTHER),
    FROM(0x1f3fb, MARK), /* tones of emoji */
    FROM(0x1f400, OTHER),
    FROM(0x20000, IDEOGRAPH),
    FROM(0x40000, OTHER),
    FROM(0xe0020, MARK), /* tags and variation selectors */
    FROM(0xe01f0, OTHER),
};

enum { APOSTROPHE = 0x2019, JOINER = 0x200d };

static bool is_digit(uint32_t c) { return c >= '0' && c <= '9'; }

static kind kind_of(uint32_t c) {
  if (c < 0x80) {
    uint32_t lower = c | 0x20;
    if ((lower >= 'a' && lower <= 'z') || is_digit(c)) return LETTER;
    if (c == '\n') return BREAK;
    return c == ' ' || (c >= '\t' && c <= '\r') ? SPACE : OTHER;
  }
  size_t i = sizeof kinds / sizeof kinds[0];
  while (kinds[--i] >> 3 > c) continue;
  return (kind)(kinds[i] & 7);
}

/* ---- Cutting --------------------------------------------------------------------------------- */

/* A character of a text, at the end of which there is one of kind SPACE. */
typedef struct character {
  uint32_t code_point;
  size_t bytes; /* 0 at the end, and where the text is not UTF-8 */
  kind kind;
} character;

static character character_at(const char *text, size_t bytes, size_t at) {
  character c = {.kind = SPACE};
  c.bytes = ink_utf8_decode(text + at, bytes - at, &c.code_point);
  if (c.bytes > 0) c.kind = kind_of(c.code_point);
  return c;
}

/* Whether `c` between two letters or digits does not end the word. */
static bool joins(uint32_t before, uint32_t c, uint32_t after) {
  bool in_number = c == ',' || c == ':' || c == 0x2013; /* en dash */
  if (in_number) return is_digit(before) && is_digit(after);
  bool hyphen = c == '-' || c == 0x2010 || c == 0x2011; /* and one without a break */
  return hyphen || c == '\'' || c == APOSTROPHE || c == '.' || c == '&' || c == '@' || c == '/';
}

/* The end of the word that goes on at `at` after `last`. */
static size_t end_of_word(const char *text, size_t bytes, size_t at, uint32_t last) {
  for (;;) {
    character c = character_at(text, bytes, at);
    if (c.kind != LETTER && c.kind != MARK) {
      character after = character_at(text, bytes, at + c.bytes);
      if (after.kind != LETTER || !joins(last, c.code_point, after.code_point)) return at;
      at += c.bytes;
      c = after;
    }
    at += c.bytes;
    last = c.code_point;
  }
}

static size_t end_of_marks(const char *text, size_t bytes, size_t at) {
  for (;;) {
    character c = character_at(text, bytes, at);
    if (c.kind != MARK) return at;
    at += c.bytes;
    if (c.code_point != JOINER) continue;
    c = character_at(text, bytes, at);
    if (c.kind == OTHER) at += c.bytes;
  }
}

bool ink_word_next(const char *text, size_t bytes, size_t *from, size_t *to) {
  character c;
  for (;; *from += c.bytes) {
    c = character_at(text, bytes, *from);
    if (c.bytes == 0) return false;
    if (c.kind != SPACE) break;
  }
  const char *start = text + *from;
  size_t left = bytes - *from, end = *from + c.bytes;
  if (c.kind == LETTER || c.kind == MARK ||
      (c.code_point == APOSTROPHE && character_at(text, bytes, end).kind == LETTER)) {
    end = end_of_word(text, bytes, end, c.code_point);
  } else if (left >= 2 && memcmp(start, "--", 2) == 0) {
    end = *from + 2;
  } else if (left >= 3 && memcmp(start, "...", 3) == 0) {
    end = *from + 3;
  } else if (c.kind != BREAK) {
    end = end_of_marks(text, bytes, end);
  }
  *to = end;
  return true;
}

/* ---- White space ----------------------------------------------------------------------------- */

/* The bits of an ink_spacing. */
enum {
  DUE = 1,       /* a space comes next, unless the next token keeps it off */
  IN_LINE = 2,   /* something stands in the line before the next token */
  IN_DOUBLE = 4, /* what is open: " ' _ and, after a low quote, the high one that ends it */
  IN_SINGLE = 8,
  IN_UNDERSCORE = 16,
  IN_LOW_DOUBLE = 32,
  IN_LOW_SINGLE = 64,
  IN_LOW = IN_LOW_DOUBLE | IN_LOW_SINGLE,
  IN_ANY = IN_DOUBLE | IN_SINGLE | IN_UNDERSCORE | IN_LOW
};

/* How a token stands between its neighbours: these bits, and that of what it opens (with
 * NONE_AFTER) or closes. TURNS: it closes what is open, else it opens. */
enum { NONE_BEFORE = 1, NONE_AFTER = 2, TURNS = 128 };

#define AS(code_point, manner) ((code_point) << 8 | (manner))
static const uint32_t manners[] = {
    AS('\n', NONE_BEFORE | NONE_AFTER),
    AS('"', TURNS | IN_DOUBLE),
    AS('\'', TURNS | IN_SINGLE),
    AS('_', TURNS | IN_UNDERSCORE),
    AS(0x201c, TURNS | IN_LOW_DOUBLE),      /* “ */
    AS(0x2018, TURNS | IN_LOW_SINGLE),      /* ‘ */
    AS(0x201e, NONE_AFTER | IN_LOW_DOUBLE), /* „ */
    AS(0x201a, NONE_AFTER | IN_LOW_SINGLE), /* ‚ */
    AS('-', NONE_BEFORE | NONE_AFTER),      /* "--"; see manner_of() */
    AS('/', NONE_BEFORE | NONE_AFTER),
    AS(0x2014, NONE_BEFORE | NONE_AFTER), /* em dash */
    AS(0x2015, NONE_BEFORE | NONE_AFTER),
    AS('.', NONE_BEFORE),
    AS(',', NONE_BEFORE),
    AS(';', NONE_BEFORE),
    AS(':', NONE_BEFORE),
    AS('!', NONE_BEFORE),
    AS('?', NONE_BEFORE),
    AS(')', NONE_BEFORE),
    AS(']', NONE_BEFORE),
    AS('}', NONE_BEFORE),
    AS('%', NONE_BEFORE),
    AS(0xb0, NONE_BEFORE), /* degree */
    AS(0xbb, NONE_BEFORE), /* » */
    AS(APOSTROPHE, NONE_BEFORE),
    AS(0x201d, NONE_BEFORE), /* ” */
    AS(0x2026, NONE_BEFORE), /* … */
    AS(0x203a, NONE_BEFORE), /* › */
    AS('(', NONE_AFTER),
    AS('[', NONE_AFTER),
    AS('{', NONE_AFTER),
    AS('#', NONE_AFTER),
    AS('$', NONE_AFTER),
    AS('@', NONE_AFTER),
    AS('`', NONE_AFTER),
    AS(0xa1, NONE_AFTER),   /* ¡ */
    AS(0xa3, NONE_AFTER),   /* £ */
    AS(0xab, NONE_AFTER),   /* « */
    AS(0xbf, NONE_AFTER),   /* ¿ */
    AS(0x2039, NONE_AFTER), /* ‹ */
    AS(0x20ac, NONE_AFTER), /* € */
};

static uint32_t manner_of(ink_spacing spacing, const char *token) {
  character c = character_at(token, strlen(token), 0);
  bool alone = token[c.bytes] == '\0';
  if (c.kind == IDEOGRAPH) return NONE_BEFORE | NONE_AFTER;
  if (c.kind == MARK) return NONE_BEFORE;
  if (c.code_point == '-' ? alone : c.code_point == APOSTROPHE && !alone) return 0;
  size_t i = 0;
  while (i < sizeof manners / sizeof manners[0] && manners[i] >> 8 != c.code_point) i++;
  uint32_t manner = i < sizeof manners / sizeof manners[0] ? manners[i] & 0xff : 0;
  if ((manner & TURNS) == 0) return manner;
  /* At the start of a line it can only open. High quotes open nothing that has to be remembered. */
  uint32_t bit = manner & IN_ANY;
  if ((spacing & bit) != 0 && (spacing & IN_LINE) != 0) return NONE_BEFORE | bit;
  return NONE_AFTER | (bit & ~(uint32_t)IN_LOW);
}

bool ink_spacing_before(ink_spacing spacing, const char *token) {
  return (spacing & DUE) != 0 && (manner_of(spacing, token) & NONE_BEFORE) == 0;
}

ink_spacing ink_spacing_after(ink_spacing spacing, const char *token) {
  uint32_t manner = manner_of(spacing, token), bit = manner & IN_ANY;
  if (token[0] == '\n') return (spacing & IN_LINE) != 0 ? spacing & IN_ANY : 0;
  ink_spacing open = spacing & IN_ANY;
  if ((manner & NONE_AFTER) != 0) return open | bit | IN_LINE;
  return (open & ~bit) | IN_LINE | DUE;
}

ink_spacing ink_spacing_after_text(ink_spacing spacing, const char *text, size_t bytes) {
  if (bytes == 0) return spacing;
  char last = text[bytes - 1];
  return last == ' ' || last == '\t' || last == '\r' ? spacing & ~(ink_spacing)DUE : spacing;
}

/* ---- Letters in the other case --------------------------------------------------------------- */

uint32_t ink_letter_recase(uint32_t c, bool capital) {
  static const struct {
    uint16_t first, last, step; /* of the capitals; how far their small letters are */
  } cases[] = {{'A', 'Z', 32},     {0xc0, 0xd6, 32}, /* Latin-1 but × */
               {0xd8, 0xde, 32},                     /* */
               {0x391, 0x3a9, 32},                   /* Greek */
               {0x400, 0x40f, 80},                   /* Cyrillic */
               {0x410, 0x42f, 32}};                  /* */
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint32_t step = cases[i].step, base = capital ? c - step : c;
    if (base >= cases[i].first && base <= cases[i].last) return capital ? base : c + step;
  }
  return c;
}

void ink_word_recase(const char *word, size_t bytes, bool capital, char *recased) {
  for (size_t at = 0; at < bytes;) {
    uint32_t c = 0;
    size_t step = ink_utf8_decode(word + at, bytes - at, &c);
    ink_utf8_encode(ink_letter_recase(c, capital && at == 0), recased + at);
    at += step;
  }
}
