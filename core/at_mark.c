/*
 * An answer is a set of tallies, one for each term. The newest one may listen; the one before it is
 * only looked at.
 *
 * Pictures are made again only when something was added or the table shows other rows: with many
 * groups, adding up those not shown is the cost.
 */
#include "core/at_mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum phase { PHASE_NONE, PHASE_ARMED, PHASE_MARKED, PHASE_REACHED };

struct answer {
    enum phase phase;
    bool over; /* the run has ended well */
    epoch_ms from, to;
    bool several;   /* sources */
    uint64_t ahead; /* generations of the marks not reached yet */
    struct positions base, marks;
    struct tally *terms[AT_MARK_TERMS];
    struct snapshot_at_mark picture; /* run, day, differs and why are always right */
    bool stale;
    symbol keys[SNAPSHOT_ROWS][EVENT_KEYS_MAX]; /* of the picture's rows */
};

struct waiting {
    uint32_t source;
    uint32_t generation;
    uint64_t end;
    int64_t value[EVENT_VALUES_MAX];
    symbol key[EVENT_KEYS_MAX];
    uint8_t present;
    uint8_t term;
};

struct at_mark {
    const struct definition *definition;
    size_t pending_max;
    struct answer *newest, *before;
    struct waiting *waiting;
    size_t waiting_len, waiting_room;
};

static struct answer *answer_new(const struct definition *definition, size_t groups_cap)
{
    struct answer *answer = mem_zero(1, sizeof *answer);
    for (int t = 0; t < AT_MARK_TERMS; t++) {
        answer->terms[t] = tally_new(definition, groups_cap);
        tally_cap_distinct(answer->terms[t], 0);
    }
    return answer;
}

struct at_mark *at_mark_new(const struct definition *definition, size_t groups_cap, size_t pending)
{
    struct at_mark *at_mark = mem_zero(1, sizeof *at_mark);
    at_mark->definition = definition;
    at_mark->pending_max = pending ? pending : AT_MARK_PENDING;
    at_mark->newest = answer_new(definition, groups_cap);
    at_mark->before = answer_new(definition, groups_cap);
    return at_mark;
}

static void answer_free(struct answer *answer)
{
    for (int t = 0; t < AT_MARK_TERMS; t++)
        tally_free(answer->terms[t]);
    positions_fini(&answer->base);
    positions_fini(&answer->marks);
    free(answer);
}

void at_mark_free(struct at_mark *at_mark)
{
    if (!at_mark)
        return;
    answer_free(at_mark->newest);
    answer_free(at_mark->before);
    free(at_mark->waiting);
    free(at_mark);
}

/* --- a run begins --- */

static void forget_waiting(struct at_mark *at_mark)
{
    enum { KEPT = 4096 };
    at_mark->waiting_len = 0;
    if (at_mark->waiting_room > KEPT) {
        free(at_mark->waiting);
        at_mark->waiting = NULL;
        at_mark->waiting_room = 0;
    }
}

/* No number of it will be shown any more. */
static void differ(struct at_mark *at_mark, struct answer *answer, const char *why)
{
    answer->picture.differs = true;
    answer->stale = true;
    snprintf(answer->picture.why, sizeof answer->picture.why, "%s", why);
    forget_waiting(at_mark);
}

static void copy_base(struct at_mark *at_mark, struct answer *answer,
                      const struct at_mark_base *base)
{
    int32_t day = answer->picture.day;
    for (int t = 0; t < AT_MARK_TERMS; t++) {
        const struct tally *from = NULL;
        if (t == AT_MARK_COUNTED)
            from = base->counts;
        else if (t < RARE_KINDS)
            from = rare_tally(base->rare, day, (enum rare_kind)t);
        if (from)
            tally_copy(answer->terms[t], from);
        else
            tally_clear(answer->terms[t]);
    }
    if (!base->counts && !base->kept)
        differ(at_mark, answer, "the live lane keeps the totals of the last weeks only");
    else if (!rare_complete(base->rare, day))
        differ(at_mark, answer, "too many days: not all of what is rare was kept of this one");
}

void at_mark_arm(struct at_mark *at_mark, uint64_t run, int32_t day,
                 const struct at_mark_base *base, const struct positions *read)
{
    struct answer *answer = at_mark->newest;
    if (answer->phase == PHASE_REACHED && answer->over) {
        answer = at_mark->before;
        at_mark->before = at_mark->newest;
        at_mark->newest = answer;
    }
    forget_waiting(at_mark);
    answer->phase = PHASE_ARMED;
    answer->over = false;
    answer->stale = true;
    answer->from = instant_day_start(day, at_mark->definition->zone);
    answer->to = instant_day_start(day + 1, at_mark->definition->zone);
    memset(&answer->picture, 0, sizeof answer->picture);
    answer->picture.run = run;
    answer->picture.day = day;
    positions_copy(&answer->base, read);
    answer->several = read->len > 0 && read->entries[read->len - 1].source > 0;
    copy_base(at_mark, answer, base);
}

static struct answer *answer_of(struct at_mark *at_mark, uint64_t run)
{
    struct answer *answer = at_mark->newest;
    return answer->phase != PHASE_NONE && answer->picture.run == run ? answer : NULL;
}

/* --- its mark --- */

static void add(struct answer *answer, const struct waiting *waiting)
{
    struct event event = {.present = waiting->present};
    memcpy(event.value, waiting->value, sizeof event.value);
    memcpy(event.key, waiting->key, sizeof event.key);
    tally_add(answer->terms[waiting->term], &event);
    answer->stale = true;
}

static bool before_mark(const struct answer *answer, uint32_t source, uint32_t generation,
                        uint64_t end)
{
    const struct position *mark = positions_find(&answer->marks, source, generation);
    return mark && end <= mark->end;
}

/* S-114: what the base holds must be what the run reads too. */
static const char *mismatch(const struct answer *answer, uint32_t lost)
{
    if (lost > 0)
        return "bytes that live counted are gone: truncated, or rotated away long ago";
    if (answer->base.given_up > 0)
        return "more generations of files than are kept in mind";
    for (size_t i = 0; i < answer->base.len; i++) {
        const struct position *read = &answer->base.entries[i];
        const struct position *mark =
            positions_find(&answer->marks, read->source, read->generation);
        if (read->end == read->begin)
            continue;
        if (!mark)
            return "live counted a file that batch does not read";
        if (mark->begin != read->begin)
            return "live and batch do not begin at the same place of a file";
        if (mark->end < read->end)
            return "batch read less of a file than live had counted";
    }
    return NULL;
}

static void reach(struct at_mark *at_mark, struct answer *answer)
{
    answer->phase = PHASE_REACHED;
    forget_waiting(at_mark);
}

static void look_reached(struct at_mark *at_mark, struct answer *answer,
                         const struct positions *read)
{
    answer->ahead = 0;
    for (size_t i = 0; i < answer->marks.len; i++) {
        struct position *mark = &answer->marks.entries[i];
        const struct position *here = positions_find(read, mark->source, mark->generation);
        if (here && here->end >= mark->end)
            mark->begin = mark->end;
        answer->ahead += mark->begin < mark->end;
    }
    if (answer->ahead == 0)
        reach(at_mark, answer);
}

void at_mark_set(struct at_mark *at_mark, uint64_t run, const struct positions *marks,
                 uint32_t lost, const struct positions *read)
{
    struct answer *answer = answer_of(at_mark, run);
    if (!answer || answer->phase != PHASE_ARMED)
        return;
    positions_copy(&answer->marks, marks);
    answer->phase = PHASE_MARKED;
    const char *why = mismatch(answer, lost);
    if (why)
        differ(at_mark, answer, why);
    for (size_t w = 0; w < at_mark->waiting_len; w++) {
        const struct waiting *waiting = &at_mark->waiting[w];
        if (before_mark(answer, waiting->source, waiting->generation, waiting->end))
            add(answer, waiting);
    }
    forget_waiting(at_mark);
    look_reached(at_mark, answer, read);
}

void at_mark_ends(struct at_mark *at_mark, uint64_t run, const struct positions *ends,
                  const struct positions *read)
{
    struct answer *answer = answer_of(at_mark, run);
    if (!answer || answer->phase < PHASE_MARKED)
        return;
    answer->over = true;
    for (size_t i = 0; i < answer->marks.len; i++) {
        struct position *mark = &answer->marks.entries[i];
        const struct position *end = positions_find(ends, mark->source, mark->generation);
        if (end && end->end < mark->end)
            mark->end = end->end;
    }
    if (answer->phase == PHASE_MARKED)
        look_reached(at_mark, answer, read);
}

void at_mark_drop(struct at_mark *at_mark, uint64_t run)
{
    struct answer *answer = answer_of(at_mark, run);
    if (!answer)
        return;
    answer->phase = PHASE_NONE;
    answer->picture.run = 0;
    forget_waiting(at_mark);
}

/* --- the lane goes on --- */

bool at_mark_listens(const struct at_mark *at_mark)
{
    const struct answer *answer = at_mark->newest;
    return (answer->phase == PHASE_ARMED || answer->phase == PHASE_MARKED) &&
           !answer->picture.differs;
}

static struct waiting *wait_place(struct at_mark *at_mark)
{
    if (at_mark->waiting_len == at_mark->waiting_room) {
        at_mark->waiting_room = at_mark->waiting_room ? at_mark->waiting_room * 2 : 64;
        if (at_mark->waiting_room > at_mark->pending_max)
            at_mark->waiting_room = at_mark->pending_max;
        at_mark->waiting =
            mem_resize(at_mark->waiting, at_mark->waiting_room * sizeof *at_mark->waiting);
    }
    return &at_mark->waiting[at_mark->waiting_len++];
}

static void tell(struct at_mark *at_mark, struct answer *answer, const struct waiting *told)
{
    if (answer->phase == PHASE_MARKED) {
        if (before_mark(answer, told->source, told->generation, told->end))
            add(answer, told);
    } else if (at_mark->waiting_len == at_mark->pending_max) {
        differ(at_mark, answer, "too many events came while the batch run was opening its files");
    } else {
        *wait_place(at_mark) = *told;
    }
}

void at_mark_tell(struct at_mark *at_mark, int term, const struct event_block *block,
                  const struct event *event)
{
    struct answer *answer = at_mark->newest;
    if (event->time < answer->from || event->time >= answer->to || !at_mark_listens(at_mark))
        return;
    struct waiting told = {.source = block->source,
                           .generation = block->generation,
                           .end = event->start + event->length,
                           .present = event->present,
                           .term = (uint8_t)term};
    memcpy(told.value, event->value, sizeof told.value);
    memcpy(told.key, event->key, sizeof told.key);
    answer->several |= block->source > 0;
    tell(at_mark, answer, &told);
    if (term == RARE_DROPPED && answer->several && at_mark_listens(at_mark)) {
        told.term = AT_MARK_OVERTAKEN;
        tell(at_mark, answer, &told);
    }
}

/* A mark that was reached has nothing left to read: its begin becomes its end. */
void at_mark_pass(struct at_mark *at_mark, uint32_t source, uint32_t generation, uint64_t end)
{
    struct answer *answer = at_mark->newest;
    if (answer->phase != PHASE_MARKED)
        return;
    struct position *mark = (struct position *)positions_find(&answer->marks, source, generation);
    if (!mark || mark->begin >= mark->end || end < mark->end)
        return;
    mark->begin = mark->end;
    if (--answer->ahead == 0)
        reach(at_mark, answer);
}

/* --- the picture --- */

static void add_row(struct snapshot_terms *terms, int term, const struct tally_row *row,
                    int values_len)
{
    uint64_t *const counts[AT_MARK_TERMS] = {
        [AT_MARK_COUNTED] = &terms->count,      [RARE_LATE] = &terms->late,
        [RARE_FUTURE] = &terms->future,         [RARE_DROPPED] = &terms->dropped,
        [RARE_UNKNOWN] = &terms->unknown,       [RARE_CONFLICT] = &terms->conflicts,
        [AT_MARK_OVERTAKEN] = &terms->overtaken};
    wide_int *const sums[AT_MARK_TERMS] = {[AT_MARK_COUNTED] = terms->sum,
                                           [RARE_LATE] = terms->late_sum,
                                           [RARE_FUTURE] = terms->future_sum,
                                           [RARE_DROPPED] = terms->dropped_sum};
    *counts[term] += row->count;
    for (int v = 0; v < values_len && sums[term]; v++)
        sums[term][v] += row->value[v].sum;
}

void at_mark_add_term(struct snapshot_terms *rows, struct snapshot_terms *others,
                      struct snapshot_terms *total, const struct snapshot_table *table, int term,
                      const struct tally *tally, int values_len)
{
    if (!tally || tally_len(tally) == 0)
        return;
    uint8_t *shown = mem_zero(tally_len(tally), sizeof *shown); /* 1 + its row */
    for (int r = 0; r < table->rows_len; r++) {
        size_t index = tally_index(tally, table->rows[r].key);
        if (index != SIZE_MAX)
            shown[index] = (uint8_t)(r + 1);
    }
    for (size_t i = 0; i < tally_len(tally); i++) {
        const struct tally_row *row = tally_row(tally, i);
        add_row(total, term, row, values_len);
        add_row(shown[i] ? &rows[shown[i] - 1] : others, term, row, values_len);
    }
    free(shown);
}

static bool same_rows(const struct answer *answer, const struct snapshot_table *table)
{
    if (answer->picture.rows_len != table->rows_len)
        return false;
    for (int r = 0; r < table->rows_len; r++)
        if (memcmp(answer->keys[r], table->rows[r].key, sizeof answer->keys[r]) != 0)
            return false;
    return true;
}

static void make_picture(const struct at_mark *at_mark, struct answer *answer,
                         const struct snapshot_table *table)
{
    struct snapshot_at_mark *picture = &answer->picture;
    picture->reached = answer->phase == PHASE_REACHED;
    if (!answer->stale && same_rows(answer, table))
        return;
    picture->rows_len = table->rows_len;
    memset(picture->rows, 0, sizeof picture->rows);
    memset(&picture->others, 0, sizeof picture->others);
    memset(&picture->total, 0, sizeof picture->total);
    picture->overflowed = false;
    for (int t = 0; t < AT_MARK_TERMS; t++) {
        picture->overflowed |= tally_overflowed(answer->terms[t]) > 0;
        at_mark_add_term(picture->rows, &picture->others, &picture->total, table, t,
                         answer->terms[t], at_mark->definition->value_fields_len);
    }
    for (int r = 0; r < table->rows_len; r++)
        memcpy(answer->keys[r], table->rows[r].key, sizeof answer->keys[r]);
    answer->stale = false;
}

/* An answer without a mark yet is nobody's. */
static void fill(const struct at_mark *at_mark, struct answer *answer,
                 const struct snapshot_table *table, struct snapshot_at_mark *out)
{
    if (answer->phase < PHASE_MARKED) {
        memset(out, 0, sizeof *out);
        return;
    }
    make_picture(at_mark, answer, table);
    *out = answer->picture;
}

void at_mark_fill(struct at_mark *at_mark, const struct snapshot_table *table,
                  struct snapshot_at_mark *newest, struct snapshot_at_mark *before)
{
    fill(at_mark, at_mark->newest, table, newest);
    fill(at_mark, at_mark->before, table, before);
}

struct tally *at_mark_tally(struct at_mark *at_mark, int term)
{
    return at_mark->newest->phase == PHASE_NONE ? NULL : at_mark->newest->terms[term];
}

size_t at_mark_waiting(const struct at_mark *at_mark)
{
    return at_mark->waiting_len;
}
