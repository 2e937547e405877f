#ifndef TAILRACE_TUI_INPUTS_H
#define TAILRACE_TUI_INPUTS_H
/*
 * The bytes that an answer was computed from: each input with its size and SHA-256, for a manifest
 * (S-111).
 *
 * Threads: main only.
 */
#include "tui/command_feed.h"
#include "tui/manifest.h"

#include <sys/stat.h>

struct inputs {
    struct manifest_input *entries; /* by source of the feed */
    struct stat *facts;             /* of each when it was hashed */
    size_t len;
};

/* Hashes every source of an open feed: as it is now, or, `consumed`, as far as it was read.
 * STATUS_IO: one cannot be read, or is shorter than what was read of it. */
enum status inputs_hash(struct inputs *inputs, const struct command_feed *feed, bool consumed,
                        struct error *error);
void inputs_fini(struct inputs *inputs);

/* Whether a file is still the one that was hashed, unchanged. */
bool inputs_unchanged(const struct inputs *inputs, size_t index);

/* The hash of the first `bytes` of a source; STATUS_NOT_FOUND: there are not so many. */
enum status inputs_hash_beginning(const struct command_feed *feed, const char *name, uint64_t bytes,
                                  char out[SHA256_TEXT], struct error *error);

#endif
