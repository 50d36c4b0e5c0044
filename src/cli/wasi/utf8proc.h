/*
 * What the core uses of utf8proc, in WebAssembly: the host's String.normalize stands in for it
 * (bin/inkling.js).
 */
#ifndef INK_CLI_WASI_UTF8PROC_H
#define INK_CLI_WASI_UTF8PROC_H

#include <stddef.h>
#include <stdint.h>

typedef uint8_t utf8proc_uint8_t;
typedef int32_t utf8proc_int32_t;
typedef ptrdiff_t utf8proc_ssize_t;

enum { UTF8PROC_STABLE = 2, UTF8PROC_COMPOSE = 8, UTF8PROC_DECOMPOSE = 16 };

/* The text [bytes] composed, which the caller frees; its size, or below 0 when memory is short. */
utf8proc_ssize_t utf8proc_map(const utf8proc_uint8_t *text, utf8proc_ssize_t bytes,
                              utf8proc_uint8_t **composed, int options);

/* The code points of a decomposed character, of which so many are stored as there is room for;
 * their number. */
utf8proc_ssize_t utf8proc_decompose_char(utf8proc_int32_t character, utf8proc_int32_t *parts,
                                         utf8proc_ssize_t capacity, int options, int *last);

#endif
