#ifndef TAILRACE_FEEDS_DECODE_H
#define TAILRACE_FEEDS_DECODE_H
/*
 * Bytes to events: one decoder per reading of one generation. Frames records, lets libcsv
 * (decode_csv.c) or jansson (decode_json.c) judge each, checks every declared field (feeds/
 * validate.h), and gives each record its event, or its reason (S-50). Plain CSV records are taken
 * many at once, to the same events (csv_plain.h). Deterministic: from a record's start, the same
 * bytes give the same events, whatever the sizes they come in.
 *
 *     decoder_new → decoder_feed … decoder_feed(final) → decoder_free
 *
 * Threads: a decoder has one owner; definition and symbols are shared.
 */
#include "core/definition.h"
#include "core/siphash.h"

#ifdef TAILRACE_SMALL_CAPS /* for fuzzing: short inputs cross them */
enum { RECORD_BYTES_SHIFT = 13 };
#else
enum { RECORD_BYTES_SHIFT = 20 };
#endif

enum {
    RECORD_BYTES_MAX = 1 << RECORD_BYTES_SHIFT, /* T-R8: longer lines are rejected(too_long) */
    /* T-R9: a quote that stays open longer rejects its first line */
    QUOTED_BYTES_MAX = RECORD_BYTES_MAX / 16,
    QUOTED_LINES_MAX = 100
};

/* A CSV header understood: which column feeds which field. */
struct csv_header;

struct decoder_config {
    const struct definition *definition;
    struct symbols *symbols;
    struct hash_key hash_key; /* of lifecycle keys: the same for all decoders of a run */
    enum feed_format format;  /* FORMAT_CSV or FORMAT_JSONL */
    /* CSV: NULL: the bytes begin with a header (offset 0); else a header read before, not owned. */
    const struct csv_header *header;
    uint64_t offset; /* of the first byte to come */
    uint32_t line;   /* physical lines of the generation before it */
};

struct decoder;

struct decoder *decoder_new(const struct decoder_config *config);
void decoder_free(struct decoder *decoder);
/* Physical lines behind it. */
uint32_t decoder_lines(const struct decoder *decoder);

struct decoded {
    size_t consumed;  /* bytes of the input done with; feed the rest again, with more behind it */
    size_t events;    /* events written */
    uint64_t skipped; /* of the consumed bytes, those that are no record */
    uint32_t lines;   /* physical lines consumed */
};

/*
 * Decodes records from `bytes`, which continue where the last call's consumed bytes ended, until
 * `cap` events are written or no complete record is left. `limit`: records starting at or after
 * this offset are left alone (UINT64_MAX: none). `final`: no more bytes will come; an unfinished
 * end becomes rejected(torn) (T-R1). A call consumes nothing only when it needs more bytes or is at
 * the limit; a line over RECORD_BYTES_MAX is consumed as it comes. Error STATUS_BAD_FORMAT: the CSV
 * header lacks a required column; names those it saw.
 */
enum status decoder_feed(struct decoder *decoder, const char *bytes, size_t len, bool final,
                         uint64_t limit, struct event *events, size_t cap, struct decoded *out,
                         struct error *error);

/* Of events decoded from now on, those that take part in a rule leave their texts in `texts`, at
 * their index in `events` of the feed; NULL: nowhere. */
void decoder_texts(struct decoder *decoder, struct event_text *texts);

/* The next accepted event's id text goes to `label` (until then NUL): ask, then look after feeds.
 * Returns the index in `events` of the last feed + 1, or 0 when it has not come. */
void decoder_want_label(struct decoder *decoder);
uint32_t decoder_label(struct decoder *decoder, char label[EVENT_LABEL]);

/* Reads a CSV header from the first bytes of a generation. `*header_bytes`: where records begin,
 * the byte order mark included. NULL: no line end among the bytes (error STATUS_CLOSED), or no
 * match. */
struct csv_header *csv_header_read(const struct definition *definition, const char *bytes,
                                   size_t len, size_t *header_bytes, struct error *error);
void csv_header_free(struct csv_header *header);

/* The format of a feed by its first bytes: '{' first (blanks and byte order mark passed) is JSONL,
 * anything else CSV; FORMAT_ANY when there is nothing but blanks. */
enum feed_format decode_guess_format(const char *bytes, size_t len);

#endif
