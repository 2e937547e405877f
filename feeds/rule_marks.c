/* Bits and hashes for rules. */
#include "feeds/rule_marks.h"

#include "core/definition_redact.h"
#include "feeds/filter.h"

#include <stdlib.h>
#include <string.h>

struct rule_marks {
    const struct definition *definition;
    const struct rule_pair *pair; /* NULL: no rule has one */
    struct hash_key hash_key;
    uint8_t wanted[FIELDS_MAX];

    /* the record at hand */
    uint64_t subject, ref, id;
    size_t subject_len; /* of the text that is not hashed yet; 0: none */
    enum pair_role role;
    bool other_role; /* its field says something else */
    struct event_text text;
};

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
    return marks;
}

void rule_marks_free(struct rule_marks *marks)
{
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
    marks->text.label[0] = marks->text.subject[0] = '\0';
}

static uint64_t hash(const struct rule_marks *marks, const char *text, size_t len)
{
    return siphash64(marks->hash_key, text, len);
}

/* As much of the text as fits, not cut inside a character. */
static void keep_text(char *out, size_t size, const char *text, size_t len)
{
    if (len >= size) {
        len = size - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    memcpy(out, text, len);
    out[len] = '\0';
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

/* Whether the event takes part, its conditions apart. */
static bool takes_part(const struct rule_marks *marks, const struct rule *rule, bool met,
                       const struct event *event)
{
    switch (rule->kind) {
    case RULE_VELOCITY:
        return met && marks->text.subject[0];
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

/* A record that does not say what it is, is what others need: most feeds know no refunds. */
static void settle_pair(const struct rule_marks *marks, struct event *event)
{
    if (marks->other_role)
        return;
    event->pair = (uint8_t)(marks->role == PAIR_OPENS ? PAIR_OPENS : PAIR_NEEDED);
    event->subject[1] = event->pair == PAIR_OPENS ? marks->ref : marks->id;
}

void rule_marks_end(const struct rule_marks *marks, uint32_t met, struct event *event,
                    struct event_text *text)
{
    const struct definition *definition = marks->definition;
    unsigned rules = 0;
    if (marks->pair)
        settle_pair(marks, event);
    for (int r = 0; r < definition->rules_len; r++) {
        const struct rule *rule = &definition->rules[r];
        bool holds = (met & rule->conditions) == rule->conditions;
        rules |= (unsigned)takes_part(marks, rule, holds, event) << r;
    }
    event->rules = (uint8_t)rules;
    if (rules)
        event->subject[0] = marks->subject_len > 0
                                ? hash(marks, marks->text.subject, marks->subject_len)
                                : marks->subject;
    if (rules && text)
        *text = marks->text;
}
