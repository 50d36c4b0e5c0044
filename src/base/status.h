/*
 * Errors: a status for the program, one line for the person.
 */
#ifndef INK_BASE_STATUS_H
#define INK_BASE_STATUS_H

#include "inkling.h"

/* Fills `error` when it is not NULL and returns `status`, so that a failure is one statement. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
ink_status
ink_fail(ink_error *error, ink_status status, const char *format, ...);

/* Makes it one line of valid UTF-8 without control characters, whatever it quotes and wherever it
 * was cut. */
void ink_line_of_text(char *text);

/* The one message for an allocation that failed. */
ink_status ink_fail_memory(ink_error *error);

#endif
