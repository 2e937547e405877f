#ifndef TAILRACE_CORE_SHA256_H
#define TAILRACE_CORE_SHA256_H
/*
 * SHA-256 (FIPS 180-4): what a manifest pins its inputs with, so that anybody can check them with a
 * tool of their own. Pure; any thread, one owner each.
 */
#include <stddef.h>
#include <stdint.h>

enum { SHA256_TEXT = 65 }; /* in hexadecimal, with its NUL */

struct sha256 {
    uint32_t state[8];
    uint64_t len; /* bytes so far */
    unsigned char block[64];
};

void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t len);
/* A text and its end, so that ("ab", "c") and ("a", "bc") differ. NULL is not "". */
void sha256_add_text(struct sha256 *sha, const char *text);
void sha256_add_number(struct sha256 *sha, int64_t number);
/* Completes it; returns out. */
char *sha256_text(struct sha256 *sha, char out[SHA256_TEXT]);

#endif
