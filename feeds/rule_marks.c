/* Bits and hashes for rules. */
#include "feeds/rule_marks.h"

#include "core/definition_redact.h"
#include "feeds/filter.h"
#include "feeds/packed.h"

#include <stdlib.h>
#include <string.h>

/* What decides which rules an event takes part in: the conditions it meets, its step, its role in a
 * pair, and whether it has a subject. Where there are few conditions, each case is settled once. */
enum {
    KNOWN_CONDITIONS = 6,
    STEP_BITS = 2,
    PAIR_BITS = 2,
    CASE_BITS = STEP_BITS + PAIR_BITS + 1 /* behind the conditions */
};

struct rule_marks {
    const struct definition *definition;
    const struct rule_pair *pair; /* NULL: no rule has one */
    struct hash_key hash_key;
    uint8_t wanted[FIELDS_MAX];
    uint8_t *known; /* rules of each case; NULL: there are too many */

    /* the record at hand */
    uint64_t subject, ref, id;
    size_t subject_len; /* of the text that is not hashed yet; 0: none */
    enum pair_role role;
    bool other_role; /* its field says something else */
    struct event_text text;
};

/* Whether an event takes part, its conditions apart. */
static bool takes_part(const struct rule *rule, bool met, const struct event *event, bool subject)
{
    switch (rule->kind) {
    case RULE_VELOCITY:
        return met && subject;
    case RULE_SLA: /* a closing counts whatever else it says */
        return event->lifecycle == LIFECYCLE_CLOSED ||
               (met && event->lifecycle == LIFECYCLE_OPENED);
    case RULE_PAIR:
        return event->pair != PAIR_NONE;
    case RULE_EVENT:
    default:
        return met;
    }
}

static uint8_t find_rules(const struct definition *definition, uint32_t met,
                          const struct event *event, bool subject)
{
    unsigned rules = 0;
    for (int r = 0; r < definition->rules_len; r++) {
        const struct rule *rule = &definition->rules[r];
        bool holds = (met & rule->conditions) == rule->conditions;
        rules |= (unsigned)takes_part(rule, holds, event, subject) << r;
    }
    return (uint8_t)rules;
}

static size_t case_of(int conditions, uint32_t met, const struct event *event, bool subject)
{
    size_t rest = event->lifecycle | (size_t)event->pair << STEP_BITS |
                  (size_t)subject << (STEP_BITS + PAIR_BITS);
    return met | rest << conditions;
}

static void settle_cases(struct rule_marks *marks)
{
    const int conditions = marks->definition->conditions_len;
    if (conditions > KNOWN_CONDITIONS)
        return;
    marks->known = mem_zero((size_t)1 << (conditions + CASE_BITS), sizeof *marks->known);
    for (unsigned c = 0; c < 1u << (conditions + CASE_BITS); c++) {
        const unsigned rest = c >> conditions;
        const struct event event = {.lifecycle = rest & ((1u << STEP_BITS) - 1),
                                    .pair = rest >> STEP_BITS & ((1u << PAIR_BITS) - 1)};
        marks->known[c] = find_rules(marks->definition, c & ((1u << conditions) - 1), &event,
                                     rest >> (STEP_BITS + PAIR_BITS));
    }
}

struct rule_marks *rule_marks_new(const struct definition *definition, struct hash_key hash_key)
{
    if (definition->rules_len == 0)
        return NULL;
    struct rule_marks *marks = mem_zero(1, sizeof *marks);
    marks->definition = definition;
    marks->hash_key = hash_key;
    if (definition->label_field >= 0)
        marks->wanted[definition->label_field] |= MARK_LABEL;
    if (definition->per_field >= 0)
        marks->wanted[definition->per_field] |= MARK_SUBJECT;
    if (definition->pair_rule >= 0) {
        marks->pair = &definition->rules[definition->pair_rule].pair;
        marks->wanted[marks->pair->field] |= MARK_PAIR_FIELD;
        marks->wanted[marks->pair->ref] |= MARK_PAIR_REF;
        marks->wanted[marks->pair->id] |= MARK_PAIR_ID;
    }
    settle_cases(marks);
    return marks;
}

void rule_marks_free(struct rule_marks *marks)
{
    if (!marks)
        return;
    free(marks->known);
    free(marks);
}

uint8_t rule_marks_wanted(const struct rule_marks *marks, int field)
{
    return marks ? marks->wanted[field] : 0;
}

void rule_marks_begin(struct rule_marks *marks)
{
    marks->subject = marks->ref = marks->id = 0;
    marks->subject_len = 0;
    marks->role = PAIR_NONE;
    marks->other_role = false;
    marks->text = (struct event_text){.label = ""};
}

static uint64_t hash(const struct rule_marks *marks, const char *text, size_t len)
{
    return siphash64(marks->hash_key, text, len);
}

/* As much of the text as fits, not cut inside a character; nothing behind it that was there. */
static void keep_text(char *out, size_t size, const char *text, size_t len)
{
    if (len >= size) {
        len = size - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    memcpy(out, text, len);
    memset(out + len, 0, size - len);
}

/* The subject is the value, whatever is told of it. */
static void take_subject(struct rule_marks *marks, const char *text, size_t len, bool redacted)
{
    if (redacted)
        definition_token(marks->definition, text, len, marks->text.subject);
    else
        keep_text(marks->text.subject, sizeof marks->text.subject, text, len);
    if (len < sizeof marks->text.subject && !redacted)
        marks->subject_len = len;
    else
        marks->subject = hash(marks, text, len);
}

void rule_marks_field(struct rule_marks *marks, uint8_t wanted, const char *text, size_t len,
                      bool redacted)
{
    if (wanted & MARK_LABEL && redacted)
        definition_token(marks->definition, text, len, marks->text.label);
    else if (wanted & MARK_LABEL)
        keep_text(marks->text.label, sizeof marks->text.label, text, len);
    if (wanted & MARK_SUBJECT)
        take_subject(marks, text, len, redacted);
    if (wanted & MARK_PAIR_FIELD) {
        if (filter_text_is(marks->pair->opens, text, len))
            marks->role = PAIR_OPENS;
        else if (filter_text_is(marks->pair->needs, text, len))
            marks->role = PAIR_NEEDED;
        else
            marks->other_role = true;
    }
    if (wanted & MARK_PAIR_REF)
        marks->ref = hash(marks, text, len);
    if (wanted & MARK_PAIR_ID)
        marks->id = hash(marks, text, len);
}

/* A record that does not say what it is, is what others need: most feeds know no refunds. */
static void settle_pair(const struct rule_marks *marks, struct event *event)
{
    if (marks->other_role)
        return;
    event->pair = (uint8_t)(marks->role == PAIR_OPENS ? PAIR_OPENS : PAIR_NEEDED);
    event->subject[1] = event->pair == PAIR_OPENS ? marks->ref : marks->id;
}

static inline void put_text(char *out, size_t size, const char *kept, struct mark_text text)
{
    if (text.len == 0) {
        memcpy(out, kept, size);
    } else if (text.len <= SHORT_TEXT) {
        struct text_words words = text_words_readable(text.at, text.len);
        uint64_t bytes[2] = {htole64(words.word[0]), htole64(words.word[1])};
        memcpy(out, bytes, sizeof bytes);
        memset(out + sizeof bytes, 0, size - sizeof bytes);
    } else {
        keep_text(out, size, text.at, text.len);
    }
}

static uint64_t subject_of(const struct rule_marks *marks, struct mark_text text)
{
    if (text.len > 0)
        return hash(marks, text.at, text.len);
    return marks->subject_len > 0 ? hash(marks, marks->text.subject, marks->subject_len)
                                  : marks->subject;
}

void rule_marks_end(const struct rule_marks *marks, const struct mark_texts *texts, uint32_t met,
                    struct event *event, struct event_text *text)
{
    const struct definition *definition = marks->definition;
    bool subject = texts->subject.len > 0 || marks->text.subject[0];
    if (marks->pair)
        settle_pair(marks, event);
    event->rules = marks->known
                       ? marks->known[case_of(definition->conditions_len, met, event, subject)]
                       : find_rules(definition, met, event, subject);
    if (!event->rules)
        return;
    event->subject[0] = subject_of(marks, texts->subject);
    if (!text)
        return;
    put_text(text->label, sizeof text->label, marks->text.label, texts->label);
    put_text(text->subject, sizeof text->subject, marks->text.subject, texts->subject);
}
