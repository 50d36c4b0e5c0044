/*
 * Cutting a text into words, and the white space between them. See words.h for the rules.
 *
 * Characters are told apart by a table of code point ranges, far smaller than Unicode's own properties
 * and close to them for what is in use (UnicodeData.txt, Scripts.txt): it goes by blocks, so that rare
 * punctuation inside a block of letters counts as a letter.
 */
#include "text/words.h"

#include <string.h>

#include "base/utf8.h"

typedef enum kind { OTHER, SPACE, BREAK, LETTER, MARK, IDEOGRAPH } kind;

typedef struct range {
  uint32_t first, last;
  uint32_t kind;
} range;

/* Above ASCII; what is not listed is OTHER. */
static const range ranges[] = {
    {0xa0, 0xa0, SPACE},         /* no-break space */
    {0xaa, 0xaa, LETTER},        /* feminine ordinal */
    {0xad, 0xad, MARK},          /* soft hyphen */
    {0xb5, 0xb5, LETTER},        /* micro */
    {0xba, 0xba, LETTER},        /* masculine ordinal */
    {0xc0, 0xd6, LETTER},        /* Latin-1 but × and ÷ */
    {0xd8, 0xf6, LETTER},        /* */
    {0xf8, 0x2ff, LETTER},       /* Latin extended, phonetic */
    {0x300, 0x36f, MARK},        /* combining marks */
    {0x370, 0x37d, LETTER},      /* Greek but its question mark */
    {0x37f, 0x386, LETTER},      /* */
    {0x388, 0x559, LETTER},      /* Greek, Cyrillic, Armenian */
    {0x560, 0x588, LETTER},      /* Armenian */
    {0x591, 0x5bd, MARK},        /* Hebrew points */
    {0x5bf, 0x5f4, LETTER},      /* Hebrew */
    {0x610, 0x61a, MARK},        /* Arabic */
    {0x620, 0x669, LETTER},      /* */
    {0x66e, 0x6d3, LETTER},      /* */
    {0x6d5, 0x6ff, LETTER},      /* */
    {0x710, 0x963, LETTER},      /* Syriac to Devanagari */
    {0x966, 0x167f, LETTER},     /* Indic scripts to Canadian syllabics */
    {0x1680, 0x1680, SPACE},     /* */
    {0x1681, 0x1aaf, LETTER},    /* */
    {0x1ab0, 0x1aff, MARK},      /* combining marks */
    {0x1b00, 0x1fff, LETTER},    /* to Latin and Greek extended */
    {0x2000, 0x200b, SPACE},     /* */
    {0x200c, 0x200d, MARK},      /* joiners */
    {0x2028, 0x2029, SPACE},     /* */
    {0x202f, 0x202f, SPACE},     /* */
    {0x205f, 0x205f, SPACE},     /* */
    {0x2070, 0x209f, LETTER},    /* superscripts and subscripts */
    {0x20d0, 0x20ff, MARK},      /* marks of symbols */
    {0x2150, 0x218f, LETTER},    /* fractions, Roman numerals */
    {0x2c00, 0x2dff, LETTER},    /* Glagolitic to Cyrillic extended */
    {0x2e80, 0x2fff, IDEOGRAPH}, /* radicals */
    {0x3000, 0x3000, SPACE},     /* */
    {0x3001, 0xa4cf, IDEOGRAPH}, /* CJK with its punctuation, kana */
    {0xa4d0, 0xd7ff, LETTER},    /* Lisu to Latin extended D, Hangul */
    {0xf900, 0xfaff, IDEOGRAPH}, /* */
    {0xfb00, 0xfdff, LETTER},    /* ligatures, Arabic forms */
    {0xfe00, 0xfe0f, MARK},      /* variation selectors */
    {0xfe20, 0xfe2f, MARK},      /* half marks */
    {0xfe30, 0xfe4f, IDEOGRAPH}, /* */
    {0xfe70, 0xfefe, LETTER},    /* Arabic forms */
    {0xfeff, 0xfeff, SPACE},     /* byte order mark */
    {0xff00, 0xffef, IDEOGRAPH}, /* full width */
    {0x10000, 0x1cfff, LETTER},  /* scripts beyond the first plane */
    {0x1d400, 0x1efff, LETTER},  /* mathematical letters */
    {0x1f1e6, 0x1f1ff, LETTER},  /* pairs of these are flags */
    {0x1f3fb, 0x1f3ff, MARK},    /* tones of emoji */
    {0x20000, 0x3ffff, IDEOGRAPH},
    {0xe0020, 0xe01ef, MARK},
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
  size_t i = 0;
  while (i < sizeof ranges / sizeof ranges[0] && c > ranges[i].last) i++;
  bool listed = i < sizeof ranges / sizeof ranges[0] && c >= ranges[i].first;
  return listed ? (kind)ranges[i].kind : OTHER;
}

/* ---- Cutting ------------------------------------------------------------------------------------- */

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
  switch (c) {
    case '\'':
    case APOSTROPHE:
    case '-':
    case 0x2010: /* hyphen */
    case 0x2011: /* no-break hyphen */
    case '.':
    case '&':
    case '@':
    case '/': return true;
    case ',':
    case ':':
    case 0x2013: /* en dash */ return is_digit(before) && is_digit(after);
    default: return false;
  }
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

/* ---- White space --------------------------------------------------------------------------------- */

/* The bits of an ink_spacing. */
enum {
  DUE = 1,       /* a space comes next, unless the next token keeps it off */
  IN_LINE = 2,   /* something stands in the line before the next token */
  IN_DOUBLE = 4, /* what is open: " ' _ and, after a low quote, the high one that ends it */
  IN_SINGLE = 8,
  IN_UNDERSCORE = 16,
  IN_LOW_DOUBLE = 32,
  IN_LOW_SINGLE = 64,
  IN_ANY = IN_DOUBLE | IN_SINGLE | IN_UNDERSCORE | IN_LOW_DOUBLE | IN_LOW_SINGLE
};

/* How a token stands between its neighbours. `turn` is the bit of what it opens or closes. */
typedef struct manner {
  bool no_space_before, no_space_after, is_break;
  ink_spacing turn;
} manner;

static const manner plain = {0};
static const manner closing = {.no_space_before = true};
static const manner opening = {.no_space_after = true};
static const manner tight = {.no_space_before = true, .no_space_after = true};

/* Of one that opens and closes in turn. At the start of a line it can only open. */
static manner turning(ink_spacing spacing, ink_spacing bit) {
  bool closes = (spacing & bit) != 0 && (spacing & IN_LINE) != 0;
  manner m = closes ? closing : opening;
  m.turn = bit;
  return m;
}

/* Of a quote that opens, unless a low one has been opened before it. */
static manner high_quote(ink_spacing spacing, ink_spacing bit) {
  return (spacing & bit) != 0 ? turning(spacing, bit) : opening;
}

static manner low_quote(ink_spacing bit) {
  manner m = opening;
  m.turn = bit;
  return m;
}

static manner manner_of(ink_spacing spacing, const char *token) {
  character c = character_at(token, strlen(token), 0);
  bool alone = token[c.bytes] == '\0';
  switch (c.code_point) {
    case '\n': return (manner){.no_space_before = true, .no_space_after = true, .is_break = true};
    case '"': return turning(spacing, IN_DOUBLE);
    case '\'': return turning(spacing, IN_SINGLE);
    case '_': return turning(spacing, IN_UNDERSCORE);
    case 0x201c: /* “ */ return high_quote(spacing, IN_LOW_DOUBLE);
    case 0x2018: /* ‘ */ return high_quote(spacing, IN_LOW_SINGLE);
    case 0x201e: /* „ */ return low_quote(IN_LOW_DOUBLE);
    case 0x201a: /* ‚ */ return low_quote(IN_LOW_SINGLE);
    case APOSTROPHE: return alone ? closing : plain;
    case '-': return alone ? plain : tight;
    case '/':
    case 0x2014: /* em dash */
    case 0x2015: return tight;
    case '.':
    case ',':
    case ';':
    case ':':
    case '!':
    case '?':
    case ')':
    case ']':
    case '}':
    case '%':
    case 0xb0:   /* degree */
    case 0xbb:   /* » */
    case 0x201d: /* ” */
    case 0x2026: /* … */
    case 0x203a: /* › */ return closing;
    case '(':
    case '[':
    case '{':
    case '#':
    case '$':
    case '@':
    case '`':
    case 0xa1:   /* ¡ */
    case 0xa3:   /* £ */
    case 0xab:   /* « */
    case 0xbf:   /* ¿ */
    case 0x2039: /* ‹ */
    case 0x20ac: /* € */ return opening;
    default: return c.kind == IDEOGRAPH ? tight : c.kind == MARK ? closing : plain;
  }
}

bool ink_spacing_before(ink_spacing spacing, const char *token) {
  return (spacing & DUE) != 0 && !manner_of(spacing, token).no_space_before;
}

ink_spacing ink_spacing_after(ink_spacing spacing, const char *token) {
  manner m = manner_of(spacing, token);
  if (m.is_break) return (spacing & IN_LINE) != 0 ? spacing & IN_ANY : 0;
  ink_spacing open = spacing & IN_ANY;
  if (m.turn != 0) open = m.no_space_after ? open | m.turn : open & ~m.turn;
  return open | IN_LINE | (m.no_space_after ? 0 : DUE);
}

ink_spacing ink_spacing_after_text(ink_spacing spacing, const char *text, size_t bytes) {
  if (bytes == 0) return spacing;
  char last = text[bytes - 1];
  return last == ' ' || last == '\t' || last == '\r' ? spacing & ~(ink_spacing)DUE : spacing;
}

/* ---- Letters in the other case ------------------------------------------------------------------- */

static uint32_t recase(uint32_t c, bool capital) {
  static const struct {
    uint32_t first, last, step; /* of the capitals; how far their small letters are */
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
    ink_utf8_encode(recase(c, capital && at == 0), recased + at);
    at += step;
  }
}
