/*
 * JSON's escapes. See escape.h.
 */
#include "file/escape.h"

#include <string.h>

/* \uXXXX at text; false when it is not that. */
static bool hex4(const char *text, const char *end, uint32_t *value) {
  if (end - text < 6 || text[0] != '\\' || text[1] != 'u') return false;
  *value = 0;
  for (int i = 2; i < 6; i++) {
    const char *digits = "0123456789abcdef", *digit;
    char c = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
    if (c == '\0' || (digit = strchr(digits, c)) == NULL) return false;
    *value = *value * 16 + (uint32_t)(digit - digits);
  }
  return true;
}

bool ink_json_unescape(const char **text, const char *end, uint32_t *code_point) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (hex4(*text, end, code_point)) {
    *text += 6;
    if (*code_point < 0xd800 || *code_point > 0xdfff) return true;
    uint32_t low;
    if (*code_point > 0xdbff || !hex4(*text, end, &low) || low < 0xdc00 || low > 0xdfff) {
      return false;
    }
    *text += 6;
    *code_point = 0x10000 + ((*code_point - 0xd800) << 10) + (low - 0xdc00);
    return true;
  }
  const char *found = end - *text < 2 || (*text)[1] == '\0' ? NULL : strchr(from, (*text)[1]);
  if (found == NULL) return false;
  *code_point = (unsigned char)to[found - from];
  *text += 2;
  return true;
}
