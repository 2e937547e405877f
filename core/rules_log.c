/*
 * The batch lane's log of notes: taken from slices in any order, merged, sorted by rule, subject
 * and time, and then judged by the functions of the live lane, one subject at a time.
 */
#include "core/rules_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 1024,
    SUBJECT_BITS = 9,
    BUCKETS = RULES_MAX << SUBJECT_BITS,
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

static void make_log_room(struct rules *rules, size_t more)
{
    rules->log = make_room(rules->log, sizeof *rules->log, rules->log_len, more, &rules->log_room);
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
                            .rule = (unsigned)r & (RULES_MAX - 1),
                            .kind = note->kind & 3u,
                            .generation = note->position.generation & 0xFFFF,
                            .start = note->position.start,
                            .source = note->position.source,
                            .text = speaks ? log_text(rules, note) : NO_TEXT};
    make_log_room(rules, 1);
    rules->log[rules->log_len++] = logged;
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

static void merge_log(struct rules *into, const struct rules *from)
{
    make_log_room(into, from->log_len);
    for (size_t i = 0; i < from->log_len; i++) {
        struct logged logged = from->log[i];
        size_t text = into->texts_len + logged.text;
        if (logged.text != NO_TEXT)
            logged.text = text < NO_TEXT ? (uint32_t)text : NO_TEXT;
        into->log[into->log_len++] = logged;
    }
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

/* By rule and subject, then by time and position. */
static int compare_logged(const void *left, const void *right)
{
    const struct logged *a = left, *b = right;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
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

/* Subjects are hashes: their first bits spread them evenly. */
static size_t bucket_of(const struct logged *logged)
{
    return (size_t)logged->rule << SUBJECT_BITS | (size_t)(logged->subject >> (64 - SUBJECT_BITS));
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

/* Notes of one bucket fall into piles by the next bits of their subjects. */
static void sort_bucket(struct logged *bucket, size_t len, struct logged *spare)
{
    uint32_t ends[1 << PILE_BITS_MAX];
    int bits = 1;
    if (len <= INSERTION_MAX || len > UINT32_MAX) {
        sort_pile(bucket, len);
        return;
    }
    while (bits < PILE_BITS_MAX && (size_t)PILE << bits < len)
        bits++;
    memset(ends, 0, sizeof *ends << bits);
    for (size_t i = 0; i < len; i++)
        ends[bucket[i].subject << SUBJECT_BITS >> (64 - bits)]++;
    for (size_t p = 0, sum = 0; p < (size_t)1 << bits; p++) {
        uint32_t own = ends[p];
        ends[p] = (uint32_t)sum;
        sum += own;
    }
    for (size_t i = 0; i < len; i++)
        spare[ends[bucket[i].subject << SUBJECT_BITS >> (64 - bits)]++] = bucket[i];
    for (size_t p = 0, begin = 0; p < (size_t)1 << bits; begin = ends[p++])
        sort_pile(spare + begin, ends[p] - begin);
    memcpy(bucket, spare, len * sizeof *bucket);
}

/* Buckets first, exchanged in place, so that each sort is small and stays in the cache. */
static void sort_log(struct rules *rules)
{
    size_t largest = 0;
    size_t ends[BUCKETS] = {0}, next[BUCKETS], sum = 0;
    for (size_t i = 0; i < rules->log_len; i++)
        ends[bucket_of(&rules->log[i])]++;
    for (size_t b = 0; b < BUCKETS; b++) {
        next[b] = sum;
        sum += ends[b];
        ends[b] = sum;
    }
    for (size_t b = 0; b < BUCKETS; b++) {
        while (next[b] < ends[b]) {
            struct logged *here = &rules->log[next[b]], logged = *here;
            size_t home = bucket_of(&logged);
            if (home != b) {
                *here = rules->log[next[home]];
                rules->log[next[home]] = logged;
            }
            next[home]++;
        }
    }
    for (size_t b = 0, begin = 0; b < BUCKETS; begin = ends[b++])
        if (ends[b] - begin > largest)
            largest = ends[b] - begin;
    struct logged *spare = mem_alloc(largest * sizeof *spare);
    for (size_t b = 0, begin = 0; b < BUCKETS; begin = ends[b++])
        sort_bucket(rules->log + begin, ends[b] - begin, spare);
    free(spare);
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
static size_t end_of_subject(const struct rules *rules, size_t at)
{
    const struct logged *first = &rules->log[at];
    while (at < rules->log_len && rules->log[at].subject == first->subject &&
           rules->log[at].rule == first->rule)
        at++;
    return at;
}

/* Whether these notes, all of one subject, amount to no alert at first sight: too few, or every
 * opening with a close in time behind it. Most do, and need no memory. */
static bool is_quiet(const struct rules *rules, size_t begin, size_t end)
{
    const struct rule_state *state = &rules->states[rules->log[begin].rule];
    if (state->rule->kind == RULE_VELOCITY)
        return end - begin <= (size_t)state->rule->more_than;
    epoch_ms closed = INT64_MAX;
    while (end-- > begin) {
        const struct logged *logged = &rules->log[end];
        if (logged->kind == NOTE_CLOSED)
            closed = (epoch_ms)logged->time;
        else if (closed > (epoch_ms)logged->time + state->wait_ms)
            return false;
    }
    return true;
}

/* One subject of one rule; returns where the next begins. What is decided at a moment is decided
 * when all of that moment was seen. */
static size_t settle_subject(struct rules *rules, size_t at, epoch_ms watermark,
                             const struct alert_sink *sink)
{
    size_t end = end_of_subject(rules, at);
    int r = (int)rules->log[at].rule;
    if (is_quiet(rules, at, end))
        return end;
    for (; at < end; at++) {
        struct note note = logged_note(rules, &rules->log[at]);
        epoch_ms before = note.time - 1 < watermark ? note.time - 1 : watermark;
        rules_advance_one(rules, r, before, sink);
        rules_take(rules, r, &note, before, sink);
    }
    rules_advance_one(rules, r, watermark, sink);
    forget_all(rules->states[r].memory);
    return at;
}

/* All that wait, then of the counterparts those that somebody waits for. */
static size_t settle_pairs(struct rules *rules, size_t at, epoch_ms watermark,
                           const struct alert_sink *sink)
{
    int r = (int)rules->log[at].rule;
    const struct rule_memory *memory = rules->states[r].memory;
    for (; at < rules->log_len && (int)rules->log[at].rule == r; at++) {
        struct note note = logged_note(rules, &rules->log[at]);
        rules_take(rules, r, &note, INT64_MIN, sink);
    }
    for (size_t i = 0; i < rules->needed_len; i++) {
        const struct counterpart *needed = &rules->needed[i];
        const struct note note = {
            .subject = needed->subject, .time = needed->time, .kind = NOTE_CLOSED};
        if (rule_memory_subject(memory, note.subject) > 0)
            rules_take(rules, r, &note, INT64_MIN, sink);
    }
    known_keys_clear(rules->states[r].known); /* none was forgotten: all have been asked for */
    rules_advance_one(rules, r, watermark, sink);
    return at;
}

void rules_settle(struct rules *rules, epoch_ms watermark, const struct alert_sink *sink)
{
    if (!rules)
        return;
    sort_log(rules);
    for (int r = 0; r < rules->len; r++)
        if (rules->states[r].memory)
            begin_settling(&rules->states[r]);
    for (size_t at = 0; at < rules->log_len;) {
        bool pairs = rules->definition->rules[rules->log[at].rule].kind == RULE_PAIR;
        at = pairs ? settle_pairs(rules, at, watermark, sink)
                   : settle_subject(rules, at, watermark, sink);
    }
    rules->log_len = rules->needed_len = rules->texts_len = 0;
}
