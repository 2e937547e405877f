#ifndef TAILRACE_FEEDS_DIALECT_H
#define TAILRACE_FEEDS_DIALECT_H
/*
 * How one generation of a file is to be decoded, told from its first bytes: its format where the
 * definition leaves that open, and its CSV header where reading does not begin at offset 0.
 */
#include "feeds/decode.h"

struct dialect {
    enum feed_format format; /* FORMAT_ANY: nothing but blanks so far */
    struct csv_header *header;
    size_t header_bytes; /* where records begin; 0 without a header */
};

/* The format alone: a first line that is neither an object of JSON nor a header with the columns of
 * the definition does not tell it, where objects follow. Error: reading failed (errno is in the
 * error). */
enum status dialect_read_format(int fd, const struct definition *definition, const char *name,
                                struct dialect *out, struct error *error);

/* The header too, when the format is CSV: STATUS_CLOSED when its line is not finished yet,
 * STATUS_BAD_FORMAT when it lacks a required column. */
enum status dialect_read(int fd, const struct definition *definition, const char *name,
                         struct dialect *out, struct error *error);

void dialect_fini(struct dialect *dialect);

/*
 * Fills a block from what a decoder gave, from `begin` on; `position` is where the decoder is now.
 * The block ends behind the last whole record or skipped byte: of a line over the cap the decoder
 * passes pieces before its event comes, and no block ends inside a record (T-R1). False: the block
 * would be empty.
 */
bool dialect_fill_block(struct event_block *block, uint64_t begin, uint64_t position,
                        const struct decoded *decoded);

#endif
