#ifndef TAILRACE_FEEDS_BYTES_MASKS_H
#define TAILRACE_FEEDS_BYTES_MASKS_H
/*
 * Where certain bytes stand: 64 bytes of a feed become a few words of 64 bits, bit i for byte i.
 * Decoders walk the bits instead of the bytes.
 *
 *     const struct bytes_tools *tools = bytes_tools_for(definition->decoder);
 *     tools->scan(&wanted, bytes, len, masks);       masks[0] is of bytes[0 … 63], and so on
 *
 * One file has vector code, bytes_masks.c, for AVX2 and for AVX-512, with a plain twin beside it
 * that gives the same bits; which of them runs is settled at run time, by what the processor has.
 *
 * Pure; any thread.
 */
#include "core/decoder_choice.h"

#include <stddef.h>
#include <stdint.h>

enum {
    BYTES_MASK = 64, /* bytes of one mask */
    BYTES_WANTED = 5
};

/* The bytes looked for. Repeat one where fewer are needed. */
struct bytes_wanted {
    char byte[BYTES_WANTED];
};

struct bytes_masks {
    uint64_t of[BYTES_WANTED]; /* of[w]: the bytes that are wanted->byte[w] */
    uint64_t control;          /* below ' ', the wanted ones among them */
    uint64_t high;             /* 0x80 and above: of a character that is not ASCII */
};

/* How many masks `len` bytes fill; the last may be of fewer than 64. */
static inline size_t bytes_masks_len(size_t len)
{
    return (len + BYTES_MASK - 1) / BYTES_MASK;
}

enum { BYTES_PLACES_SPARE = 64 };

/* Masks of what JSON is made of, each in a row. */
struct bytes_text {
    uint64_t *quotes;
    uint64_t *newlines;
    uint64_t *odd;  /* control bytes but for newlines, backslashes */
    uint64_t *high; /* 0x80 and above */
};

struct bytes_tools {
    /* Writes bytes_masks_len(len) masks; bits at and behind `len` are 0. Reads `len` bytes, no
     * more; at any address. */
    void (*scan)(const struct bytes_wanted *wanted, const char *bytes, size_t len,
                 struct bytes_masks *masks);
    /* The bits that are set, as numbers that grow: bit b of words[w] is 64 w + b. At most 1024
     * words. Returns how many there are; `places` has room for BYTES_PLACES_SPARE more. */
    size_t (*places)(const uint64_t *words, size_t words_len, uint16_t *places);
    /* The same, quicker where most words have one or two bits. */
    size_t (*few_places)(const uint64_t *words, size_t words_len, uint16_t *places);
    /* The same, quicker where most words have eight bits and more. */
    size_t (*many_places)(const uint64_t *words, size_t words_len, uint16_t *places);
    /* Reads and writes as scan does. */
    void (*text)(const char *bytes, size_t len, struct bytes_text masks);
};

/* DECODER_PORTABLE: in plain C. Else the best for this processor, which may be that too. */
const struct bytes_tools *bytes_tools_for(enum decoder_choice choice);

/* Each set that this processor can use, n = 0, 1, … until NULL: for tests. */
const struct bytes_tools *bytes_tools_each(int n);

#endif
