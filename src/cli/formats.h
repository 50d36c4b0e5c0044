/*
 * What a file has that is more than a text, or none: JSON, subtitles, a page, what is packed. Other
 * programs take the text out of it, and a person is told how.
 */
#ifndef INK_CLI_FORMATS_H
#define INK_CLI_FORMATS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text has such a form; then a line on stderr says what takes its texts, or lines of a
 * label, a tab and a text. `what` is said of it besides: ", and no columns". */
bool ink_format_show(const char *path, const char *text, size_t bytes, const char *what);

/* Whether these bytes, which are no text, begin as such a file does; then a line on stderr says so. */
bool ink_format_show_packed(const char *path, const char *bytes, size_t size);

#endif
