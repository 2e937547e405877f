#ifndef TAILRACE_CORE_WORDS_H
#define TAILRACE_CORE_WORDS_H
/*
 * Small texts of options and definitions taken apart: comma-separated lists, blanks around words.
 * A word is a range of its text, never copied. Pure; any thread.
 */
#include <stdbool.h>
#include <stddef.h>

struct word {
    const char *at;
    size_t len;
};

/* `text` without blanks (space, tab, CR, LF) at its ends. */
struct word word_trimmed(const char *text, size_t len);

bool word_is(struct word word, const char *text);

/* A NUL-terminated copy on the heap. */
char *word_copy(struct word word);

/* The next word of a comma-separated list, trimmed; `*at` moves behind it. False at the end. An
 * empty list has no words; "a,,b" has an empty one. Begin with *at = list. */
bool words_next(const char **at, struct word *out);

#endif
