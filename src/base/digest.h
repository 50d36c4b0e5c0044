/*
 * A digest of bytes, which notices that they were damaged: never misses what changes no more than
 * eight bytes in a row, and all else once in 2^64. It is no protection against a person.
 */
#ifndef INK_BASE_DIGEST_H
#define INK_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

uint64_t ink_digest(const uint8_t *bytes, size_t size);

/* A prefix and sixteen hexadecimal digits, as the metadata of a model has it. */
#define INK_DIGEST_PREFIX "mix64:"
enum { INK_DIGEST_TEXT = 6 + 16 };
void ink_digest_text(uint64_t digest, char text[INK_DIGEST_TEXT + 1]);

#endif
