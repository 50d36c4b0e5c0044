/*
 * The last tokens of a text, as a ring.
 */
#ifndef INK_BASE_RECENT_H
#define INK_BASE_RECENT_H

#include <stdint.h>

enum { INK_RECENT_MAX = 256 };

typedef struct ink_recent {
  uint32_t ids[INK_RECENT_MAX];
  uint32_t count; /* at most INK_RECENT_MAX */
  uint32_t next;  /* where the next token goes */
} ink_recent;

static inline void ink_recent_add(ink_recent *recent, uint32_t id) {
  recent->ids[recent->next] = id;
  recent->next = (recent->next + 1) % INK_RECENT_MAX;
  if (recent->count < INK_RECENT_MAX) recent->count++;
}

/* The token that was added `back` tokens ago, 1 <= back <= count. */
static inline uint32_t ink_recent_at(const ink_recent *recent, uint32_t back) {
  return recent->ids[(recent->next + INK_RECENT_MAX - back) % INK_RECENT_MAX];
}

/* tokens [most]: the last of them, `most` at most, oldest first. Returns how many. */
static inline uint32_t ink_recent_last(const ink_recent *recent, uint32_t most, uint32_t *tokens) {
  uint32_t count = most < recent->count ? most : recent->count;
  for (uint32_t i = 0; i < count; i++) tokens[i] = ink_recent_at(recent, count - i);
  return count;
}

#endif
