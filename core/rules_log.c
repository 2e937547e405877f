/*
 * The batch lane's log of notes: taken from slices in any order, merged, sorted by rule, subject
 * and time, and then judged by the functions of the live lane, one subject at a time.
 */
#include "core/rules_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 64,
    PILE = 8, /* notes to a pile, on average */
    PILE_BITS_MAX = 12,
    INSERTION_MAX = 40
};

/* --- taking --- */

/* Room for `more` behind `len`. */
static void *make_room(void *array, size_t size, size_t len, size_t more, size_t *room)
{
    if (len + more <= *room)
        return array;
    while (len + more > *room)
        *room = *room ? *room * 2 : FIRST_ROOM;
    return mem_resize(array, *room * size);
}

static void make_bucket_room(struct log_bucket *bucket, size_t more)
{
    bucket->notes =
        make_room(bucket->notes, sizeof *bucket->notes, bucket->len, more, &bucket->room);
}

/* Subjects are hashes: their first bits spread them evenly. */
static struct log_bucket *bucket_of(struct rules *rules, int r, uint64_t subject)
{
    if (!rules->log)
        rules->log = mem_zero(LOG_BUCKETS, sizeof *rules->log);
    return &rules->log[(size_t)r << LOG_SUBJECT_BITS | subject >> (64 - LOG_SUBJECT_BITS)];
}

static void make_needed_room(struct rules *rules, size_t more)
{
    rules->needed = make_room(rules->needed, sizeof *rules->needed, rules->needed_len, more,
                              &rules->needed_room);
}

static void make_texts_room(struct rules *rules, size_t more)
{
    rules->texts =
        make_room(rules->texts, sizeof *rules->texts, rules->texts_len, more, &rules->texts_room);
}

static uint32_t log_text(struct rules *rules, const struct note *note)
{
    const struct said said = {note->whose, note->amount, note->has_amount};
    size_t label = strlen(note->text.label) + 1, subject = strlen(note->text.subject) + 1;
    size_t units = 1 + (label + subject + sizeof said - 1) / sizeof said;
    size_t begin = rules->texts_len;
    if (begin + units >= NO_TEXT)
        return NO_TEXT;
    make_texts_room(rules, units);
    rules->texts[begin] = said;
    char *text = (char *)&rules->texts[begin + 1];
    memcpy(text, note->text.label, label);
    memcpy(text + label, note->text.subject, subject);
    rules->texts_len += units;
    return (uint32_t)begin;
}

void rules_log(struct rules *rules, int r, const struct note *note)
{
    if (rules->definition->rules[r].kind == RULE_PAIR && note->kind == NOTE_CLOSED) {
        make_needed_room(rules, 1);
        rules->needed[rules->needed_len++] = (struct counterpart){note->subject, note->time};
        return;
    }
    bool speaks = rules->config.texts && note->kind != NOTE_CLOSED;
    struct logged logged = {.subject = note->subject,
                            .time = (uint64_t)note->time & ((UINT64_C(1) << 43) - 1),
                            .kind = note->kind & 3u,
                            .generation = note->position.generation & 0xFFFF,
                            .start = note->position.start,
                            .source = note->position.source,
                            .text = speaks ? log_text(rules, note) : NO_TEXT};
    struct log_bucket *bucket = bucket_of(rules, r, note->subject);
    make_bucket_room(bucket, 1);
    bucket->notes[bucket->len++] = logged;
}

static struct note logged_note(const struct rules *rules, const struct logged *logged)
{
    struct note note = {.subject = logged->subject,
                        .whose = logged->subject,
                        .time = (epoch_ms)logged->time,
                        .position = {.source = logged->source,
                                     .generation = (uint32_t)logged->generation,
                                     .start = logged->start},
                        .kind = (uint8_t)logged->kind};
    if (logged->text == NO_TEXT)
        return note;
    const struct said *said = &rules->texts[logged->text];
    const char *text = (const char *)(said + 1);
    size_t label = strlen(text) + 1;
    note.whose = said->whose;
    note.amount = said->amount;
    note.has_amount = said->has_amount;
    memcpy(note.text.label, text, label);
    memcpy(note.text.subject, text + label, strlen(text + label) + 1);
    return note;
}

/* Texts are about to follow those of `into`. */
static void merge_bucket(const struct rules *into, struct log_bucket *bucket,
                         const struct log_bucket *from)
{
    make_bucket_room(bucket, from->len);
    for (size_t i = 0; i < from->len; i++) {
        struct logged logged = from->notes[i];
        size_t text = into->texts_len + logged.text;
        if (logged.text != NO_TEXT)
            logged.text = text < NO_TEXT ? (uint32_t)text : NO_TEXT;
        bucket->notes[bucket->len++] = logged;
    }
}

static void merge_log(struct rules *into, const struct rules *from)
{
    if (!from->log)
        return;
    if (!into->log)
        into->log = mem_zero(LOG_BUCKETS, sizeof *into->log);
    for (size_t b = 0; b < LOG_BUCKETS; b++)
        if (from->log[b].len > 0)
            merge_bucket(into, &into->log[b], &from->log[b]);
}

void rules_log_clear(struct rules *rules)
{
    for (size_t b = 0; rules->log && b < LOG_BUCKETS; b++)
        rules->log[b].len = 0;
    rules->needed_len = rules->texts_len = 0;
}

void rules_log_free(struct rules *rules)
{
    for (size_t b = 0; rules->log && b < LOG_BUCKETS; b++)
        free(rules->log[b].notes);
    free(rules->log);
    free(rules->needed);
    free(rules->texts);
}

void rules_merge(struct rules *into, const struct rules *from)
{
    if (!into)
        return;
    for (int r = 0; r < into->len; r++) {
        into->states[r].raised += from->states[r].raised;
        into->states[r].missed += from->states[r].missed;
    }
    merge_log(into, from);
    make_needed_room(into, from->needed_len);
    for (size_t i = 0; i < from->needed_len; i++)
        into->needed[into->needed_len++] = from->needed[i];
    make_texts_room(into, from->texts_len);
    for (size_t i = 0; i < from->texts_len; i++)
        into->texts[into->texts_len++] = from->texts[i];
}

/* --- sorting --- */

/* Notes of one rule: by subject, then by time and position. */
static int compare_logged(const void *left, const void *right)
{
    const struct logged *a = left, *b = right;
    if (a->subject != b->subject)
        return a->subject < b->subject ? -1 : 1;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->generation != b->generation)
        return a->generation < b->generation ? -1 : 1;
    return (a->start > b->start) - (a->start < b->start);
}

static void sort_pile(struct logged *pile, size_t len)
{
    if (len > INSERTION_MAX) {
        qsort(pile, len, sizeof *pile, compare_logged);
        return;
    }
    for (size_t i = 1; i < len; i++) {
        struct logged moved = pile[i];
        size_t at = i;
        for (; at > 0 && compare_logged(&pile[at - 1], &moved) > 0; at--)
            pile[at] = pile[at - 1];
        pile[at] = moved;
    }
}

/* Notes of one bucket fall into piles by the next bits of their subjects, and are sorted there. */
static void sort_bucket(struct log_bucket *bucket)
{
    size_t ends[1 << PILE_BITS_MAX], sum = 0, begin = 0;
    struct logged *notes = bucket->notes, *sorted;
    int bits = 1;
    while (bits < PILE_BITS_MAX && (size_t)PILE << bits < bucket->len)
        bits++;
    memset(ends, 0, sizeof *ends << bits);
    for (size_t i = 0; i < bucket->len; i++)
        ends[notes[i].subject << LOG_SUBJECT_BITS >> (64 - bits)]++;
    for (size_t p = 0; p < (size_t)1 << bits; p++) {
        size_t own = ends[p];
        ends[p] = sum;
        sum += own;
    }
    sorted = mem_alloc(bucket->len * sizeof *sorted);
    for (size_t i = 0; i < bucket->len; i++)
        sorted[ends[notes[i].subject << LOG_SUBJECT_BITS >> (64 - bits)]++] = notes[i];
    for (size_t p = 0; p < (size_t)1 << bits; begin = ends[p++])
        sort_pile(sorted + begin, ends[p] - begin);
    free(notes);
    bucket->notes = sorted;
    bucket->room = bucket->len;
}

/* --- judging --- */

/* In order nothing comes late, so nothing needs to be kept for it, and no cap is met: the memory
 * holds what one subject has in one window. */
static void begin_settling(struct rule_state *state)
{
    rule_memory_free(state->memory);
    state->memory = rule_memory_new(SIZE_MAX);
    state->reach_ms = 0;
    state->subject_max = SIZE_MAX;
}

static void forget_all(struct rule_memory *memory)
{
    epoch_ms due;
    for (struct note *note; (note = rule_memory_first_due(memory, &due));)
        rule_memory_remove(memory, note);
}

/* Where the notes of this subject end. */
static size_t end_of_subject(const struct log_bucket *bucket, size_t at)
{
    uint64_t subject = bucket->notes[at].subject;
    while (at < bucket->len && bucket->notes[at].subject == subject)
        at++;
    return at;
}

/* Whether these notes, all of one subject, amount to no alert at first sight: too few, or every
 * opening with a close in time behind it. Most do, and need no memory. */
static bool is_quiet(const struct rule_state *state, const struct logged *notes, size_t len)
{
    if (state->rule->kind == RULE_VELOCITY)
        return len <= (size_t)state->rule->more_than;
    epoch_ms closed = INT64_MAX;
    while (len-- > 0) {
        epoch_ms time = (epoch_ms)notes[len].time;
        if (notes[len].kind == NOTE_CLOSED)
            closed = time;
        else if (closed > time + state->wait_ms)
            return false;
    }
    return true;
}

/* Notes of one subject. What is decided at a moment is decided when all of that moment was seen. */
static void settle_subject(struct rules *rules, int r, const struct logged *notes, size_t len,
                           epoch_ms watermark, const struct alert_sink *sink)
{
    if (is_quiet(&rules->states[r], notes, len))
        return;
    for (size_t i = 0; i < len; i++) {
        struct note note = logged_note(rules, &notes[i]);
        epoch_ms before = note.time - 1 < watermark ? note.time - 1 : watermark;
        rules_advance_one(rules, r, before, sink);
        rules_take(rules, r, &note, before, sink);
    }
    rules_advance_one(rules, r, watermark, sink);
    forget_all(rules->states[r].memory);
}

static void settle_bucket(struct rules *rules, int r, struct log_bucket *bucket, epoch_ms watermark,
                          const struct alert_sink *sink)
{
    if (bucket->len > 0)
        sort_bucket(bucket);
    for (size_t at = 0, end; at < bucket->len; at = end) {
        end = end_of_subject(bucket, at);
        settle_subject(rules, r, &bucket->notes[at], end - at, watermark, sink);
    }
}

/* The counterparts that somebody waits for, when all that wait are in memory. */
static void take_needed(struct rules *rules, int r, const struct alert_sink *sink)
{
    const struct rule_memory *memory = rules->states[r].memory;
    for (size_t i = 0; i < rules->needed_len; i++) {
        const struct counterpart *needed = &rules->needed[i];
        const struct note note = {
            .subject = needed->subject, .time = needed->time, .kind = NOTE_CLOSED};
        if (rule_memory_subject(memory, note.subject) > 0)
            rules_take(rules, r, &note, INT64_MIN, sink);
    }
    known_keys_clear(rules->states[r].known); /* none was forgotten: all have been asked for */
}

static void settle_pairs(struct rules *rules, int r, struct log_bucket *buckets, epoch_ms watermark,
                         const struct alert_sink *sink)
{
    for (size_t b = 0; b < LOG_RULE_BUCKETS; b++) {
        for (size_t at = 0; at < buckets[b].len; at++) {
            struct note note = logged_note(rules, &buckets[b].notes[at]);
            rules_take(rules, r, &note, INT64_MIN, sink);
        }
    }
    take_needed(rules, r, sink);
    rules_advance_one(rules, r, watermark, sink);
}

void rules_settle(struct rules *rules, epoch_ms watermark, const struct alert_sink *sink)
{
    for (int r = 0; rules && rules->log && r < rules->len; r++) {
        struct log_bucket *buckets = bucket_of(rules, r, 0);
        if (!rules->states[r].memory)
            continue;
        begin_settling(&rules->states[r]);
        if (rules->definition->rules[r].kind == RULE_PAIR) {
            settle_pairs(rules, r, buckets, watermark, sink);
            continue;
        }
        for (size_t b = 0; b < LOG_RULE_BUCKETS; b++)
            settle_bucket(rules, r, &buckets[b], watermark, sink);
    }
    if (rules)
        rules_log_clear(rules);
}
