#ifndef TAILRACE_FEEDS_UTF8_H
#define TAILRACE_FEEDS_UTF8_H
/*
 * What may be wrong with a record's bytes before anybody looks at their meaning: NUL, and what is
 * no UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). Pure; any thread.
 */
#include <stddef.h>

enum { BYTES_NUL = 1, BYTES_NOT_UTF8 = 2 };

/* Length of the well-formed character at the begin of `left` bytes, at least one; 0: there is none.
 */
size_t utf8_character(const char *at, size_t left);

/* A set of the above; 0: neither. */
unsigned utf8_faults(const char *bytes, size_t len);

#endif
