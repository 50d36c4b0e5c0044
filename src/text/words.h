/*
 * Words: how a text is cut into the tokens of a word model, and how white space is put back when
 * such tokens are written.
 *
 * A token has no white space in it. It is
 *   - a word: letters, digits and marks of any script, with inner apostrophes, hyphens and the like
 *     kept (don't, rabbit-hole, e.g, and/or), between digits also , : and a dash (1,000.50); the
 *       apostrophe
 *     U+2019 begins a word, too ("’tis"), where U+0027 may be a quote and stands alone;
 *   - or one character of a script that is written without spaces (Chinese, Japanese);
 *   - or one other character, with the marks that follow it; but "--" and "..." are one token;
 *   - or a line break.
 * All other white space, the byte order mark included, is not a token.
 */
#ifndef INK_TEXT_WORDS_H
#define INK_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds the first token of text [bytes] at or after *from and sets *from and *to around it. False
 * when there is none: *from then is `bytes`, or the place of a byte that is not UTF-8. A text cut
 * at white space has the tokens of its parts. */
bool ink_word_next(const char *text, size_t bytes, size_t *from, size_t *to);

/* What decides about white space after the tokens so far; 0 at the start of a text. */
typedef uint32_t ink_spacing;
enum { INK_SPACING_MOST = 0x7f }; /* every value is at most this */

/* Whether a space stands before `token`, NUL-ended, of a word model: none at a line's start or end,
 * none before . , ; : ! ? ) ] } and closing quotes, none after ( [ { and opening quotes, none
 * around dashes, none beside Chinese and Japanese. " ' and _ open and close in turn; a blank line
 * begins anew. */
bool ink_spacing_before(ink_spacing spacing, const char *token);

/* The spacing after `token`. */
ink_spacing ink_spacing_after(ink_spacing spacing, const char *token);

/* The spacing after text [bytes], which has been read as tokens: what ends in white space needs no
 * more of it. */
ink_spacing ink_spacing_after_text(ink_spacing spacing, const char *text, size_t bytes);

/* The letter as a capital or a small one, where it is not; ASCII, Latin-1, Greek and Cyrillic, of
 * which all keep their length. */
uint32_t ink_letter_recase(uint32_t c, bool capital);

/* Another form of a word [bytes]: in lower case, with `capital` all but its first letter, which is
 * a capital. Writes `bytes` bytes. */
void ink_word_recase(const char *word, size_t bytes, bool capital, char *recased);

#endif
