#ifndef TAILRACE_FEEDS_SCAN_H
#define TAILRACE_FEEDS_SCAN_H
/*
 * The frozen range of the batch lane: every generation that can still be read, each from where the
 * reader began to its size at the moment of opening. It implements struct scan (core/feed.h).
 *
 * A generation that may still grow ends for the scan at its last complete record (T-R1); bounded
 * reading, and a generation that was closed for good, end with rejected(torn) as for the reader.
 *
 * Threads: as core/feed.h says. A scan outlives neither definition nor catalogue.
 */
#include "core/feed.h"
#include "feeds/catalogue.h"
#include "feeds/decode.h"

struct scan_config {
    const struct definition *definition;
    struct symbols *symbols;
    struct hash_key hash_key;
    struct catalogue *catalogue;
    bool bounded;
    uint64_t slice_bytes; /* at least 1 */
};

/* NULL and STATUS_NOT_FOUND when no source has been there yet. */
struct scan *scan_new(const struct scan_config *config, struct error *error);

#endif
