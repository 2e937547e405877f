/*
 * The batch lane's log of notes: taken from slices in any order, merged, sorted by rule, subject
 * and time, and then judged by the functions of the live lane, one subject at a time.
 */
#include "core/rules_parts.h"

#include <stdlib.h>
#include <string.h>

static struct logged *log_room(struct rules *rules, size_t more)
{
    if (rules->log_len + more > rules->log_room) {
        while (rules->log_len + more > rules->log_room)
            rules->log_room = rules->log_room ? rules->log_room * 2 : 1024;
        rules->log = mem_resize(rules->log, rules->log_room * sizeof *rules->log);
    }
    return &rules->log[rules->log_len];
}

static char *texts_room(struct rules *rules, size_t more)
{
    if (rules->texts_len + more > rules->texts_room) {
        while (rules->texts_len + more > rules->texts_room)
            rules->texts_room = rules->texts_room ? rules->texts_room * 2 : 16 * 1024;
        rules->texts = mem_resize(rules->texts, rules->texts_room);
    }
    return rules->texts + rules->texts_len;
}

static size_t log_text(struct rules *rules, const struct note *note)
{
    struct said said = {note->whose, note->amount, note->has_amount};
    size_t label = strlen(note->text.label) + 1, subject = strlen(note->text.subject) + 1;
    char *at = texts_room(rules, sizeof said + label + subject);
    memcpy(at, &said, sizeof said);
    memcpy(at + sizeof said, note->text.label, label);
    memcpy(at + sizeof said + label, note->text.subject, subject);
    size_t begin = rules->texts_len;
    rules->texts_len += sizeof said + label + subject;
    return begin;
}

void rules_log(struct rules *rules, int r, const struct note *note)
{
    bool speaks = rules->config.texts && note->kind != NOTE_CLOSED;
    *log_room(rules, 1) = (struct logged){.subject = note->subject,
                                          .time = note->time,
                                          .start = note->position.start,
                                          .source = note->position.source,
                                          .generation = (uint16_t)note->position.generation,
                                          .rule = (uint8_t)r,
                                          .kind = note->kind,
                                          .text = speaks ? log_text(rules, note) : SIZE_MAX};
    rules->log_len++;
}

static struct note logged_note(const struct rules *rules, const struct logged *logged)
{
    struct note note = {.subject = logged->subject,
                        .whose = logged->subject,
                        .time = logged->time,
                        .position = {logged->source, logged->generation, logged->start},
                        .kind = logged->kind};
    if (logged->text == SIZE_MAX)
        return note;
    struct said said;
    const char *at = rules->texts + logged->text;
    memcpy(&said, at, sizeof said);
    note.whose = said.whose;
    note.amount = said.amount;
    note.has_amount = said.has_amount;
    size_t label = strlen(at + sizeof said) + 1;
    memcpy(note.text.label, at + sizeof said, label);
    memcpy(note.text.subject, at + sizeof said + label, strlen(at + sizeof said + label) + 1);
    return note;
}

void rules_merge(struct rules *into, const struct rules *from)
{
    if (!into)
        return;
    for (int r = 0; r < into->len; r++) {
        into->states[r].raised += from->states[r].raised;
        into->states[r].missed += from->states[r].missed;
    }
    struct logged *added = log_room(into, from->log_len);
    for (size_t i = 0; i < from->log_len; i++) {
        added[i] = from->log[i];
        if (added[i].text != SIZE_MAX)
            added[i].text += into->texts_len;
    }
    into->log_len += from->log_len;
    if (from->texts_len > 0)
        memcpy(texts_room(into, from->texts_len), from->texts, from->texts_len);
    into->texts_len += from->texts_len;
}

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

/* In order nothing comes late, so nothing needs to be kept for it, and no cap is met: the memory
 * holds what one subject has in one window. */
static void begin_settling(struct rules *rules)
{
    for (int r = 0; r < rules->len; r++) {
        struct rule_state *state = &rules->states[r];
        if (!state->memory)
            continue;
        rule_memory_free(state->memory);
        state->memory = rule_memory_new(SIZE_MAX);
        state->reach_ms = 0;
        state->subject_max = SIZE_MAX;
    }
}

/* One subject of one rule; returns where the next begins. What is decided at a moment is decided
 * when all of that moment was seen. */
static size_t settle_subject(struct rules *rules, size_t at, epoch_ms watermark,
                             const struct alert_sink *sink)
{
    const struct logged *first = &rules->log[at];
    int r = first->rule;
    for (; at < rules->log_len && rules->log[at].rule == first->rule &&
           rules->log[at].subject == first->subject;
         at++) {
        struct note note = logged_note(rules, &rules->log[at]);
        epoch_ms before = note.time - 1 < watermark ? note.time - 1 : watermark;
        rules_advance_one(rules, r, before, sink);
        rules_take(rules, r, &note, before, sink);
    }
    rules_advance_one(rules, r, watermark, sink);
    while (rule_memory_len(rules->states[r].memory) > 0) {
        epoch_ms due;
        rule_memory_remove(rules->states[r].memory,
                           rule_memory_first_due(rules->states[r].memory, &due));
    }
    if (rules->states[r].known)
        known_keys_clear(rules->states[r].known);
    return at;
}

void rules_settle(struct rules *rules, epoch_ms watermark, const struct alert_sink *sink)
{
    if (!rules)
        return;
    qsort(rules->log, rules->log_len, sizeof *rules->log, compare_logged);
    begin_settling(rules);
    for (size_t at = 0; at < rules->log_len;)
        at = settle_subject(rules, at, watermark, sink);
    rules->log_len = rules->texts_len = 0;
}
