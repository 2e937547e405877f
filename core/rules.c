/*
 * One state for each rule that needs memory, one function for each kind of rule.
 *
 * DESIGN: a note is an event as a rule sees it. Live, notes are judged as they come, against those
 * in memory. The batch lane logs them, sorts the log by rule, subject and time, and then has the
 * same functions judge one subject at a time, so that both lanes cannot differ in what a rule
 * means.
 */
#include "core/rules.h"

#include "core/rules_parts.h"
#include "core/sometimes.h"

#include <stdlib.h>
#include <string.h>

/* --- life --- */

/* The alert's id depends on the rule's name, not on its place in the definition. */
static struct hash_key id_key(const struct rule *rule)
{
    struct hash_key none = {.word = {0, 0}};
    struct hash128 hash = siphash128(none, rule->name, strlen(rule->name));
    return (struct hash_key){.word = {hash.word[0], hash.word[1]}};
}

static void state_init(struct rule_state *state, const struct rules_config *config,
                       const struct rule *rule)
{
    /* longer than any two event times can be apart: as good as for ever (S-116) */
    int64_t lateness_ms = config->lateness_ms < INSTANT_END ? config->lateness_ms : INSTANT_END;
    int64_t delay_ms = config->delay_ms + lateness_ms;
    *state = (struct rule_state){.rule = rule,
                                 .reach_ms = lateness_ms + config->window_ms,
                                 .wait_ms = rule->limit_ms,
                                 .subject_max = RULES_SUBJECT_NOTES,
                                 .blind = INT64_MIN};
    if (rule->kind == RULE_EVENT)
        return;
    state->memory = rule_memory_new(config->notes_max ? config->notes_max : RULES_NOTES);
    if (rule->kind == RULE_PAIR) {
        state->known = known_keys_new(config->known_max ? config->known_max : RULES_KNOWN);
        state->wait_ms = delay_ms > rule->within_ms ? delay_ms : rule->within_ms; /* S-34 */
    }
}

static void state_fini(struct rule_state *state)
{
    rule_memory_free(state->memory);
    known_keys_free(state->known);
}

struct rules *rules_new(const struct rules_config *config)
{
    if (config->definition->rules_len == 0)
        return NULL;
    struct rules *rules = mem_zero(1, sizeof *rules);
    rules->config = *config;
    rules->definition = config->definition;
    rules->len = config->definition->rules_len;
    if (config->from == 0 && config->to == 0) {
        rules->config.from = INT64_MIN;
        rules->config.to = INT64_MAX;
    }
    rules->quiet_until = INT64_MIN;
    for (int r = 0; r < rules->len; r++) {
        rules->id_keys[r] = id_key(&rules->definition->rules[r]);
        state_init(&rules->states[r], config, &rules->definition->rules[r]);
        rules->remembering |= rules->states[r].memory ? 1u << r : 0;
    }
    return rules;
}

void rules_free(struct rules *rules)
{
    if (!rules)
        return;
    for (int r = 0; r < rules->len; r++)
        state_fini(&rules->states[r]);
    rules_log_free(rules);
    free(rules);
}

void rules_clear(struct rules *rules)
{
    if (!rules)
        return;
    for (int r = 0; r < rules->len; r++) {
        state_fini(&rules->states[r]);
        state_init(&rules->states[r], &rules->config, &rules->definition->rules[r]);
    }
    rules->quiet_until = INT64_MIN;
    rules_log_clear(rules);
}

/* --- alerts --- */

static uint64_t hash_position(struct hash_key key, const struct event_position *position)
{
    uint64_t words[3] = {position->source, position->generation, position->start};
    return siphash64(key, words, sizeof words);
}

/* The subject is left out: it follows from the event, and its hash is keyed anew in each run. */
uint64_t rules_alert_id(const struct rule *rule, const struct event_position *position)
{
    return hash_position(id_key(rule), position);
}

static void send(struct rules *rules, int r, const struct note *note, epoch_ms time, bool retracted,
                 const struct alert_sink *sink)
{
    if (time < rules->config.from || time >= rules->config.to)
        return;
    if (retracted)
        rules->states[r].raised--;
    else
        rules->states[r].raised++;
    if (!sink->take)
        return;
    struct alert alert = {.id = hash_position(rules->id_keys[r], &note->position),
                          .position = note->position,
                          .time = time,
                          .event_time = note->time,
                          .subject = note->whose,
                          .amount = note->amount,
                          .rule = (uint8_t)r,
                          .late = note->late,
                          .retracted = retracted,
                          .has_amount = note->has_amount,
                          .text = note->text};
    SOMETIMES_IF(retracted && rules->definition->rules[r].kind == RULE_SLA, breach_taken_back);
    SOMETIMES_IF(retracted && rules->definition->rules[r].kind == RULE_PAIR, orphan_taken_back);
    SOMETIMES_IF(note->late && !retracted, alert_of_late_event);
    sink->take(sink->context, &alert);
}

/* --- velocity --- */

/* The first note to expire makes room; no room for one that would expire sooner. */
static bool make_room(struct rule_state *state, uint64_t subject, epoch_ms due)
{
    epoch_ms first_due;
    if (rule_memory_subject(state->memory, subject) >= state->subject_max) {
        SOMETIMES(subject_without_room);
        rule_memory_remove(state->memory, rule_memory_oldest(state->memory, subject));
    }
    if (!rule_memory_full(state->memory))
        return true;
    struct note *oldest = rule_memory_first_due(state->memory, &first_due);
    state->missed++;
    if (!oldest || first_due > due)
        return false;
    rule_memory_remove(state->memory, oldest);
    return true;
}

/*
 * A note is over the limit when the one N places before it stands in its window. The new note moves
 * only the N behind it one place on (S-73), so these and itself are judged, `back` following N
 * places behind. Where fewer than N are kept before it, and some of its subject were given up,
 * there may have been more.
 */
static void judge_velocity(struct rules *rules, int r, struct note *note,
                           const struct alert_sink *sink)
{
    const struct rule *rule = &rules->definition->rules[r];
    struct rule_state *state = &rules->states[r];
    const struct rule_memory *memory = state->memory;
    int64_t places = rule->more_than, judged = 0;
    const struct note *back = rule_memory_back(memory, note, &places);
    state->missed += places < rule->more_than &&
                     rule_memory_subject(memory, note->subject) >= state->subject_max;
    for (; note && judged <= rule->more_than; note = rule_memory_newer(memory, note), judged++) {
        if (places == rule->more_than &&
            rule_memory_time(memory, back) > note->time - rule->within_ms && !note->fired) {
            SOMETIMES_IF(judged > 0, velocity_out_of_order);
            note->fired = true;
            rule_memory_touch(rules->states[r].memory, note);
            send(rules, r, note, note->time, false, sink);
        }
        if (places < rule->more_than)
            places++;
        else
            back = rule_memory_newer(memory, back);
    }
}

/* Kept while its window, or one that it stands in, can still be joined by an event not late. */
static void take_velocity(struct rules *rules, int r, const struct note *note, epoch_ms watermark,
                          const struct alert_sink *sink)
{
    struct rule_state *state = &rules->states[r];
    epoch_ms due = note->time + state->reach_ms + state->rule->within_ms;
    if (watermark >= due || !make_room(state, note->subject, due))
        return;
    judge_velocity(rules, r, rule_memory_insert(state->memory, note, due), sink);
}

/* --- SLA --- */

/* From when on nobody that is not late can ask for what happened at `time`. */
static epoch_ms out_of_reach(const struct rule_state *state, epoch_ms time)
{
    return time + state->reach_ms;
}

static bool has_room(const struct rule_state *state, uint64_t subject)
{
    return !rule_memory_full(state->memory) &&
           rule_memory_subject(state->memory, subject) < state->subject_max;
}

/* What was told of an opening that is settled after all (S-75). */
static void take_back(struct rules *rules, int r, const struct note *opening,
                      const struct alert_sink *sink)
{
    if (opening->fired)
        send(rules, r, opening, opening->time + rules->states[r].wait_ms, true, sink);
}

static void settle_opening(struct rules *rules, int r, struct note *opening,
                           const struct alert_sink *sink)
{
    take_back(rules, r, opening, sink);
    rule_memory_remove(rules->states[r].memory, opening);
}

/* The close that came before its opening is looked for among those kept. An opening so late that
 * its close may have gone is left to batch, as what is late is (S-113); one from before what there
 * was room for cannot be judged. */
static void take_opening(struct rules *rules, int r, const struct note *note, epoch_ms watermark)
{
    struct rule_state *state = &rules->states[r];
    epoch_ms limit = note->time + state->wait_ms;
    if (watermark >= out_of_reach(state, note->time))
        return;
    if (note->time <= state->blind || !has_room(state, note->subject)) {
        state->missed++;
        return;
    }
    struct note *opening = rule_memory_insert(state->memory, note, limit);
    const struct note *behind = rule_memory_newer(state->memory, opening);
    while (behind && behind->kind != NOTE_CLOSED)
        behind = rule_memory_newer(state->memory, behind);
    SOMETIMES_IF(behind && behind->time <= limit, opening_closed_before_it_came);
    if (behind && behind->time <= limit)
        rule_memory_remove(state->memory, opening);
}

/* Settles every opening before it whose limit it keeps; stays for openings yet to come. */
static void take_close(struct rules *rules, int r, const struct note *note, epoch_ms watermark,
                       const struct alert_sink *sink)
{
    struct rule_state *state = &rules->states[r];
    epoch_ms due = out_of_reach(state, note->time);
    struct note *older = rule_memory_newest(state->memory, note->subject);
    while (older && !note_before(older, note))
        older = rule_memory_older(state->memory, older);
    if (older && older->kind == NOTE_OPENED && older->time + state->wait_ms >= note->time &&
        watermark < due && rule_memory_alone(state->memory, older)) { /* as a rule */
        take_back(rules, r, older, sink);
        rule_memory_replace(state->memory, older, note, due);
        return;
    }
    while (older && older->time + state->wait_ms >= note->time) {
        struct note *next = rule_memory_older(state->memory, older);
        if (older->kind == NOTE_OPENED)
            settle_opening(rules, r, older, sink);
        older = next;
    }
    if (watermark >= due)
        return;
    if (has_room(state, note->subject)) {
        rule_memory_insert(state->memory, note, due);
    } else {
        state->missed++;
        state->blind = note->time > state->blind ? note->time : state->blind;
    }
}

/* --- pair --- */

static void take_pair(struct rules *rules, int r, const struct note *note,
                      const struct alert_sink *sink)
{
    struct rule_state *state = &rules->states[r];
    if (note->kind == NOTE_OPENED) {
        if (known_keys_time(state->known, note->subject) <= note->time + state->wait_ms)
            return;
        if (has_room(state, note->subject))
            rule_memory_insert(state->memory, note, note->time + state->wait_ms);
        else
            state->missed++;
        return;
    }
    known_keys_add(state->known, note->subject, note->time);
    struct note *opening = rule_memory_newest(state->memory, note->subject);
    while (opening && opening->time + state->wait_ms >= note->time) {
        struct note *next = rule_memory_older(state->memory, opening);
        settle_opening(rules, r, opening, sink);
        opening = next;
    }
}

/* --- time --- */

/* An opening whose time has come is told, and stays for what could take it back. */
static void end_waiting(struct rules *rules, int r, struct note *opening,
                        const struct alert_sink *sink)
{
    struct rule_state *state = &rules->states[r];
    epoch_ms limit = opening->time + state->wait_ms;
    if (state->known && known_keys_forgotten(state->known) > 0) {
        SOMETIMES(counterpart_may_be_forgotten);
        state->missed++; /* its counterpart may be among those forgotten */
        rule_memory_remove(state->memory, opening);
        return;
    }
    opening->fired = true;
    rule_memory_reschedule(state->memory, opening, out_of_reach(state, limit));
    send(rules, r, opening, limit, false, sink);
}

void rules_advance_one(struct rules *rules, int r, epoch_ms watermark,
                       const struct alert_sink *sink)
{
    struct rule_state *state = &rules->states[r];
    struct note *note;
    epoch_ms due;
    while (state->memory && (note = rule_memory_first_due(state->memory, &due)) &&
           due <= watermark) {
        if (note->kind == NOTE_OPENED && !note->fired)
            end_waiting(rules, r, note, sink);
        else
            rule_memory_remove_due(state->memory);
    }
}

/* Most events come before anything is due. */
void rules_advance(struct rules *rules, epoch_ms watermark, const struct alert_sink *sink)
{
    if (!rules || watermark < rules->quiet_until)
        return;
    epoch_ms quiet_until = INT64_MAX;
    for (unsigned left = rules->remembering; left; left &= left - 1) {
        int r = __builtin_ctz(left);
        const struct rule_memory *memory = rules->states[r].memory;
        if (rule_memory_quiet_until(memory) <= watermark)
            rules_advance_one(rules, r, watermark, sink);
        if (rule_memory_quiet_until(memory) < quiet_until)
            quiet_until = rule_memory_quiet_until(memory);
    }
    rules->quiet_until = quiet_until;
}

/* --- events --- */

/* What the note left in the rule's memory may be due before all else. */
static void note_due(struct rules *rules, const struct rule_state *state)
{
    if (state->memory && rule_memory_quiet_until(state->memory) < rules->quiet_until)
        rules->quiet_until = rule_memory_quiet_until(state->memory);
}

void rules_take(struct rules *rules, int r, const struct note *note, epoch_ms watermark,
                const struct alert_sink *sink)
{
    switch (rules->definition->rules[r].kind) {
    case RULE_VELOCITY:
        take_velocity(rules, r, note, watermark, sink);
        break;
    case RULE_SLA:
        if (note->kind == NOTE_OPENED)
            take_opening(rules, r, note, watermark);
        else
            take_close(rules, r, note, watermark, sink);
        break;
    case RULE_PAIR:
        take_pair(rules, r, note, sink);
        break;
    case RULE_EVENT:
    default:
        send(rules, r, note, note->time, false, sink);
    }
    note_due(rules, &rules->states[r]);
}

/* Whose notes the rule keeps together. */
static uint64_t subject_of(const struct rule *rule, const struct event *event)
{
    switch (rule->kind) {
    case RULE_SLA:
        return event->ticket[0];
    case RULE_PAIR:
        return event->subject[1];
    case RULE_VELOCITY:
    case RULE_EVENT:
    default:
        return event->subject[0];
    }
}

void rules_prefetch(const struct rules *rules, const struct event *event, int step)
{
    if (rules->config.deferred)
        return;
    for (unsigned left = event->rules & rules->remembering; left; left &= left - 1) {
        const struct rule_state *state = &rules->states[__builtin_ctz(left)];
        uint64_t subject = subject_of(state->rule, event);
        rule_memory_prefetch(state->memory, subject, step);
        if (state->known && step == 1)
            __builtin_prefetch(known_keys_home(state->known, subject));
    }
}

/* The event as the rule sees it. */
static void name_note(struct note *note, const struct rule *rule, const struct event *event)
{
    note->subject = subject_of(rule, event);
    if (rule->kind == RULE_SLA)
        note->kind = event->lifecycle == LIFECYCLE_OPENED ? NOTE_OPENED : NOTE_CLOSED;
    else if (rule->kind == RULE_PAIR)
        note->kind = event->pair == PAIR_OPENS ? NOTE_OPENED : NOTE_CLOSED;
    else
        note->kind = NOTE_COUNTED;
    note->whose = rule->per >= 0 || rule->kind == RULE_EVENT ? event->subject[0] : note->subject;
    if (rule->kind == RULE_EVENT && rule->per < 0)
        note->whose = 0;
}

/* What all rules see of it; member by member, as setting all bytes first costs more than this. */
static void begin_note(const struct rules *rules, struct note *note, const struct event *event,
                       const struct event_position *position, bool late)
{
    int slot = rules->definition->alert_slot;
    note->time = event->time;
    note->position = *position;
    note->late = late;
    note->fired = false;
    note->has_amount = slot >= 0 && event->present & 1u << slot;
    note->amount = note->has_amount ? event->value[slot] : 0;
    note->text.label[0] = note->text.subject[0] = '\0';
}

void rules_event(struct rules *rules, const struct event *event, const struct event_text *text,
                 const struct event_position *position, epoch_ms watermark, bool late,
                 const struct alert_sink *sink)
{
    if (!rules || event->rules == 0 || event->time >= rules->config.to)
        return;
    struct note note;
    begin_note(rules, &note, event, position, late);
    bool says = text && (sink->take || !rules->config.deferred || rules->config.texts);
    for (unsigned left = event->rules; left; left &= left - 1) {
        int r = __builtin_ctz(left);
        const struct rule *rule = &rules->definition->rules[r];
        name_note(&note, rule, event);
        if (says && note.kind != NOTE_CLOSED) { /* no alert is of a note that only settles others */
            note.text = *text;
            says = false;
        }
        if (rules->config.deferred && rule->kind != RULE_EVENT)
            rules_log(rules, r, &note);
        else
            rules_take(rules, r, &note, watermark, sink);
    }
}

/* --- figures --- */

uint64_t rules_raised(const struct rules *rules, int rule)
{
    return rules ? rules->states[rule].raised : 0;
}

uint64_t rules_missed(const struct rules *rules, int rule)
{
    return rules ? rules->states[rule].missed : 0;
}

size_t rules_kept(const struct rules *rules, int rule)
{
    return rules && rules->states[rule].memory ? rule_memory_len(rules->states[rule].memory) : 0;
}
