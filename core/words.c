/* Words of comma-separated lists. */
#include "core/words.h"

#include "core/status.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct word word_trimmed(const char *text, size_t len)
{
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    while (len > 0 && is_blank(*text)) {
        text++;
        len--;
    }
    return (struct word){.at = text, .len = len};
}

bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.len && memcmp(word.at, text, word.len) == 0;
}

char *word_copy(struct word word)
{
    char *copy = mem_alloc(word.len + 1);
    memcpy(copy, word.at, word.len);
    copy[word.len] = '\0';
    return copy;
}

bool words_next(const char **at, struct word *out)
{
    if (!*at)
        return false;
    size_t len = strcspn(*at, ",");
    *out = word_trimmed(*at, len);
    bool last = (*at)[len] == '\0';
    bool only_blanks = last && out->len == 0;
    *at = last ? NULL : *at + len + 1;
    /* nothing behind the last comma is no word; neither is an empty list */
    return !only_blanks;
}
