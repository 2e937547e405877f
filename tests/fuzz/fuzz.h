#ifndef TAILRACE_TESTS_FUZZ_H
#define TAILRACE_TESTS_FUZZ_H
/*
 * What the fuzz targets share: the one function that each has, a property that must hold, and
 * numbers taken from an input.
 *
 * A target is built twice: with libFuzzer, which looks for inputs (`make fuzz`), and with replay.c,
 * which runs the kept ones (tests/fuzz/corpus/TARGET) in every build (`make test`). It checks
 * properties, not only that nothing crashes; same input, same run.
 */
#include "core/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what was found and aborts, unless `holds`. */
__attribute__((format(printf, 2, 3))) static inline void must(bool holds, const char *format, ...)
{
    if (holds)
        return;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

/* An operating error says what it is, and never succeeds by its words. */
static inline void must_say(enum status status, const struct error *error)
{
    must(status != STATUS_OK && status < STATUS_COUNT, "failed with status %d", (int)status);
    must(error->code == status, "status %d, error %d", (int)status, (int)error->code);
    must(error->text[0] != '\0' && strlen(error->text) < sizeof error->text, "no words");
}

/* An input taken apart from its front; what is not there is 0. */
struct taker {
    const uint8_t *at;
    size_t left;
};

static inline uint64_t take(struct taker *taker, size_t bytes)
{
    uint64_t value = 0;
    for (; bytes > 0; bytes--) {
        value = value << 8 | (taker->left > 0 ? *taker->at : 0);
        taker->at += taker->left > 0;
        taker->left -= taker->left > 0;
    }
    return value;
}

/* The rest as a text; free it. A NUL ends it. */
static inline char *take_text(struct taker *taker)
{
    char *text = mem_alloc(taker->left + 1);
    if (taker->left > 0)
        memcpy(text, taker->at, taker->left);
    text[taker->left] = '\0';
    taker->left = 0;
    return text;
}

/* Bytes at the end of a block of their own, so that a sanitizer sees reading past them. */
static inline char *exact_copy(const char *bytes, size_t len)
{
    char *copy = mem_alloc(len ? len : 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

/* Small numbers that follow from an input alone. */
static inline uint64_t fuzz_seed(const uint8_t *data, size_t size)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static inline uint32_t fuzz_below(uint64_t *seed, uint32_t bound)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)((*seed >> 33) % bound);
}

#endif
