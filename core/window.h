#ifndef TAILRACE_CORE_WINDOW_H
#define TAILRACE_CORE_WINDOW_H
/*
 * Windows over event time: rows (window, group key) with counts, and what becomes of them as the
 * watermark W passes (S-10, S-11, S-12, S-30 … S-33). A is the allowed lateness:
 *
 *     W < end              provisional: counting; no result yet
 *     end <= W < end + A   settling: the result is out, late events still correct it
 *     end + A <= W         final: never changes; later events are too late for it
 *
 * Kinds: tumbling [start, start + size), aligned to the epoch, whole days from a start of a day of
 * the zone to another, which is 23 or 25 h when the clock is changed; hopping, one window of `size`
 * each `slide`; session, one group key's events with no gap above `gap`: [first, last + gap), where
 * an event exactly `gap` behind the last still joins (S-12), although it is the window's end.
 *
 * The primary window of an event is the one that starts at the greatest multiple of the slide not
 * after it: the one of its windows that ends last. An event is `late` when its primary is final,
 * and then all its windows are: late is what no window took. The others count their own late.
 *
 * Sessions of one key never come within the gap of each other, so they are the same in whatever
 * order the events come, as long as none is too late. An event is too late
 *
 *   - within the gap of a final session, as a final row never changes;
 *   - when the session it would form, joined with those still open, has end + A <= W;
 *   - when it was too late by itself already when its key last became known. A key is known while
 *     it has an open session, or a final one that ended less than gap + A before W: so memory of
 *     final sessions can end without one being joined later.
 *
 * Usage, for each event, W being the watermark before it:
 *
 *     fate = windows_add(windows, event, key, W);
 *     windows_advance(windows, W after the event);
 *
 * Calling windows_advance less often only delays what the sink is told: windows_add catches up with
 * W first, and transitions are told in the order of the watermark at which they are due, so the log
 * is the same for whatever blocks or triggers (S-33). Bounded input ends with
 * windows_advance(windows, INT64_MAX) (S-24). Without lateness (the batch lane): W = INT64_MIN for
 * every event, then INT64_MAX once; slices may be counted apart and merged before that.
 *
 * The change log (sink) tells results only: the first one when W reaches the end, then corrections,
 * then the final row, once. Rows not yet due are in the table (windows_sorted), marked provisional.
 * Folding the log from empty gives the table's settling and final rows at any moment; its final
 * rows alone are the append output (S-32). Rows of update output, provisional ones included, are
 * those whose `changed` is above the serial at the last trigger (tumbling and hopping).
 *
 * Bounded (D-06, D-07), never at random: beyond `open_cap` rows not final an event that needs a new
 * row is counted in `overflowed` instead (totals stay exact; per key and metric, rows + late +
 * overflowed + dropped = total); final rows and late rows beyond their caps are dropped oldest
 * first, and counted.
 *
 * Threads: none; one owner. Pure but for a random hash key, on which no output depends (D-08).
 */
#include "core/symbols.h"
#include "core/tally.h"

enum window_kind { WINDOW_TUMBLING, WINDOW_HOPPING, WINDOW_SESSION };

enum {
    WINDOW_OPEN_CAP = 100 * 1000,
    WINDOW_FINAL_CAP = 200 * 1000,
    WINDOW_LATE_CAP = 50 * 1000,
    WINDOW_HOPS_MAX = 1440 /* windows an event may be in */
};
#define WINDOW_LATENESS_FOREVER INT64_MAX /* nothing is final before the end (S-116) */

enum window_state { WINDOW_PROVISIONAL, WINDOW_SETTLING, WINDOW_FINAL };

struct window_id {
    epoch_ms start;
    symbol key[EVENT_KEYS_MAX];
};

struct window_row {
    struct window_id id;
    epoch_ms end; /* exclusive; a session's: last event + gap */
    uint64_t count;
    uint64_t changed;        /* serial of the last change, events and transitions */
    uint32_t revision;       /* how often a result was corrected; 0: never */
    enum window_state state; /* of late rows: WINDOW_FINAL */

    epoch_ms due; /* private: the watermark of its next transition */
    union {
        size_t heap_at;          /* private */
        struct window_row *next; /* private */
    };
    struct accumulator value[]; /* the definition's value slots */
};

enum window_change_kind {
    WINDOW_FIRST,      /* after: the first result. A session that grew past W comes again */
    WINDOW_CORRECTION, /* -before +after; before NULL: the row is new, behind the watermark */
    WINDOW_RETRACTED,  /* before: is no more, it became part of another session */
    WINDOW_FINALISED   /* after: as last told, and it stays */
};

/* Rows are valid during the call only. */
struct window_change {
    enum window_change_kind kind;
    const struct window_row *before;
    const struct window_row *after;
};
typedef void window_sink(void *context, const struct window_change *change);
/* Told of each event that is too late for a window: its row of late ones, with that event. */
typedef void window_late_sink(void *context, const struct window_row *late);

struct window_config {
    const struct definition *definition; /* compiled */
    const struct symbols *symbols;       /* rows due together are told in order of these texts */
    enum window_kind kind;
    int64_t size_ms;         /* tumbling, hopping */
    int64_t slide_ms;        /* hopping: 1 … size_ms */
    int64_t gap_ms;          /* session */
    int64_t lateness_ms;     /* A */
    const struct zone *zone; /* tumbling windows of whole days: their days; NULL: UTC */
    size_t open_cap;         /* 0: WINDOW_OPEN_CAP */
    size_t final_cap;        /* 0: WINDOW_FINAL_CAP */
    size_t late_cap;         /* 0: WINDOW_LATE_CAP */
    window_sink *sink;       /* may be NULL */
    window_late_sink *late;  /* may be NULL */
    void *context;           /* of both */
};

enum window_fate {
    WINDOW_ON_TIME, /* W < end */
    WINDOW_ALLOWED, /* end <= W < end + A */
    WINDOW_TOO_LATE /* end + A <= W: outcome late */
};

struct window_counters {
    uint64_t serial; /* changes so far */
    uint64_t late;   /* events too late, by window: a hopping event counts once for each */
    uint64_t revisions;
    uint64_t finalised;
    uint64_t overflowed;     /* additions that met open_cap */
    uint64_t dropped;        /* final rows dropped by final_cap */
    uint64_t dropped_events; /* the sum of their counts */
    uint64_t late_dropped;   /* late rows dropped by late_cap */
    uint64_t forgotten;      /* keys with only a final session, let go early by open_cap */
    size_t provisional, settling, final, late_rows; /* rows now */
};

struct windows;

/* STATUS_USAGE and what is wrong: no size, a slide above the size, too many hops. */
enum status windows_check(const struct window_config *config, struct error *error);

/* Where the primary window of an event begins, and the next one: the greatest multiple of the slide
 * that is not after `time`; windows of whole days are counted from 1970-01-01 of the zone. Not for
 * sessions. */
void window_primary(const struct window_config *config, epoch_ms time, epoch_ms *start,
                    epoch_ms *until);

/* The config must pass windows_check. */
struct windows *windows_new(const struct window_config *config);
void windows_free(struct windows *windows); /* accepts NULL */
/* Empties it for the next slice, keeping memory. */
void windows_clear(struct windows *windows);

/* Counts the event in its windows, under `key`: event->key, or the row (other) that the totals put
 * it in (S-15), so that windows and totals agree per key. `watermark` is W before the event,
 * INT64_MIN before the first; it never goes back (S-21): a lower one than before is taken as that.
 * Returns what the primary window says. */
enum window_fate windows_add(struct windows *windows, const struct event *event,
                             const symbol key[EVENT_KEYS_MAX], epoch_ms watermark);

/* Tells the sink all that is due at `watermark`. Those due earlier come first; of those due at the
 * same watermark, final rows before first results, then by end, start, and the texts of the key. */
void windows_advance(struct windows *windows, epoch_ms watermark);

/* Adds what was counted apart under the same config; neither may have been advanced. The same as
 * adding its events, unless a cap was met in either (`overflowed`). */
void windows_merge(struct windows *into, const struct windows *from);

struct window_counters windows_counters(const struct windows *windows);

/* Rows of the table: not final, and final ones kept. */
size_t windows_len(const struct windows *windows);
/* All of them by the texts of the key, bytewise, then start. `out` has room for windows_len. Valid
 * until windows changes. */
void windows_sorted(const struct windows *windows, const struct window_row **out);

/* The rows not final, in no particular order, for pictures: index below provisional + settling. */
const struct window_row *windows_open_at(const struct windows *windows, size_t index);

/* What came too late for a window, as a row of its own: counts and values not in the window's row
 * (S-113). NULL: nothing did. For a session: what came within the gap of it. */
const struct window_row *windows_late(const struct windows *windows, const struct window_id *id);
/* All late rows, also of windows that have no row; sorted. `out` has room for `late_rows`. */
void windows_late_sorted(const struct windows *windows, const struct window_row **out);

/* The row as a group row, for tally_measure; `open` is 0. */
void windows_tally_row(const struct windows *windows, const struct window_row *row,
                       struct tally_row *out);

#endif
