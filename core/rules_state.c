/* Notes as blobs of those that changed, named by their places in the rule's memory; the
 * counterparts that became known as blobs; a row for each rule. */
#include "core/known_keys_parts.h"
#include "core/rule_memory_parts.h"
#include "core/rules_parts.h"
#include "core/state_parts.h"

#include <stdlib.h>

void rules_saved_fini(struct rules_saved *saved)
{
    for (int r = 0; r < RULES_MAX; r++)
        blob_list_fini(&saved->rules[r].blobs);
}

void rules_state_keep(struct rules *rules)
{
    for (int r = 0; r < rules->len; r++) {
        if (rules->states[r].memory)
            rules->states[r].memory->kept = true;
        if (rules->states[r].known)
            rules->states[r].known->kept = true;
    }
}

static void pack_note(struct pack *value, const struct note *note)
{
    pack_u64(value, note->subject);
    pack_u64(value, note->whose);
    pack_i64(value, note->time);
    pack_u8(value, note->kind);
    pack_u8(value, note->fired);
    pack_u8(value, note->late);
    pack_u8(value, note->has_amount);
    pack_position(value, &note->position);
    pack_i64(value, note->amount);
    pack_text(value, note->text.label);
    pack_text(value, note->text.subject);
}

/* What stands in a place; a stamp of 0: nothing. */
static void pack_place(const struct rule_memory *memory, uint32_t index, struct pack *value)
{
    const struct link *link = &memory->links[index];
    pack_u32(value, index);
    pack_u32(value, link->stamp);
    if (link->stamp == 0)
        return;
    pack_i64(value, link->due);
    pack_note(value, &memory->notes[index]);
}

static uint64_t pack_all(const struct rule_memory *memory, struct pack *value)
{
    for (uint32_t index = 0; index < memory->used; index++)
        if (memory->links[index].stamp != 0)
            pack_place(memory, index, value);
    return memory->len;
}

static uint64_t pack_touched(struct blob_log *log, const struct rule_memory *memory,
                             struct pack *value)
{
    uint64_t entries = memory->touched_len;
    bool begins;
    for (size_t i = 0; i < memory->touched_len; i++)
        pack_place(memory, memory->touched[i], value);
    size_t steps = 4 * memory->touched_len;
    if (!blob_log_sweeps(log, memory->len, memory->used, &begins))
        return entries;
    for (; log->left > 0 && steps > 0; log->left--, steps--)
        if (memory->links[log->left - 1].stamp != 0) {
            pack_place(memory, (uint32_t)(log->left - 1), value);
            entries++;
        }
    return entries;
}

static void save_notes(struct blob_log *log, struct rule_memory *memory, uint8_t r,
                       struct saver *saver)
{
    uint64_t entries;
    if (memory->touched_len == 0)
        return;
    if (blob_log_is_whole(memory->touched_len, memory->len) &&
        blob_log_is_whole(memory->touched_len * 8, memory->used)) {
        blob_log_whole(log, STATE_NOTE, r, saver);
        entries = pack_all(memory, &saver->value);
    } else {
        entries = pack_touched(log, memory, &saver->value);
    }
    blob_log_put(log, STATE_NOTE, r, entries, saver);
    for (size_t i = 0; i < memory->touched_len; i++)
        memory->links[memory->touched[i]].touched = false;
    memory->touched_len = 0;
}

static void known_key(struct pack *key, uint8_t r, uint64_t number)
{
    pack_u8(key, r);
    key_u64(key, number);
}

/* A blob begins with how many keys had been added at its end. It may go when all up to its end are
 * forgotten: nothing later in it is of a newer one. */
static void save_known(struct rule_mark *mark, struct known_keys *known, uint8_t r,
                       struct saver *saver)
{
    uint64_t added = known->forgotten + known->len;
    if (known->fresh_len == 0)
        return;
    pack_u64(&saver->value, added);
    for (size_t i = 0; i < known->fresh_len; i++) {
        pack_u64(&saver->value, known->fresh[i].key);
        pack_i64(&saver->value, known->fresh[i].time);
        pack_u8(&saver->value, known->fresh[i].added);
    }
    known->fresh_len = 0;
    struct blob blob = {.first = mark->known++, .last = added};
    known_key(&saver->key, r, blob.first);
    saver_put(saver, STATE_KNOWN);
    blob_list_add(&mark->blobs, &blob);
    size_t gone = 0;
    while (gone < mark->blobs.len && mark->blobs.entries[gone].last <= known->forgotten) {
        known_key(&saver->key, r, mark->blobs.entries[gone++].first);
        saver_remove(saver, STATE_KNOWN);
    }
    blob_list_forget(&mark->blobs, gone);
}

static void save_rule(struct rule_mark *mark, const struct rule_state *state, uint8_t r,
                      struct saver *saver)
{
    uint32_t stamps = state->memory ? state->memory->stamps : 0;
    bool same = mark->any && mark->raised == state->raised && mark->missed == state->missed &&
                mark->stamps == stamps;
    if (same && (!state->known || state->known->fresh_len == 0))
        return;
    mark->any = true;
    mark->raised = state->raised;
    mark->missed = state->missed;
    mark->stamps = stamps;
    pack_u64(&saver->value, state->raised);
    pack_u64(&saver->value, state->missed);
    pack_i64(&saver->value, state->blind);
    pack_u32(&saver->value, stamps);
    pack_u64(&saver->value, state->known ? state->known->forgotten : 0);
    pack_u8(&saver->key, r);
    saver_put(saver, STATE_RULE);
}

void rules_state_save(struct rules_saved *saved, struct rules *rules, struct saver *saver)
{
    for (int r = 0; r < rules->len; r++) {
        struct rule_state *state = &rules->states[r];
        save_rule(&saved->rules[r], state, (uint8_t)r, saver);
        if (state->memory)
            save_notes(&saved->rules[r].notes, state->memory, (uint8_t)r, saver);
        if (state->known)
            save_known(&saved->rules[r], state->known, (uint8_t)r, saver);
    }
}

struct taking {
    struct rules *rules;
    struct rules_saved *saved;
    uint32_t stamps[RULES_MAX];
    uint64_t forgotten[RULES_MAX];
    uint64_t added[RULES_MAX]; /* ordinal of the next key added */
    bool begun[RULES_MAX];
};

/* The rule that a key begins with; NULL: none. */
static struct rule_state *state_of(const struct taking *taking, struct unpack *name, uint8_t *r)
{
    *r = unpack_u8(name);
    return !name->bad && *r < taking->rules->len ? &taking->rules->states[*r] : NULL;
}

static bool take_rule(void *context, const void *key, size_t key_len, const void *value,
                      size_t value_len)
{
    struct taking *taking = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    uint8_t r;
    struct rule_state *state = state_of(taking, &name, &r);
    if (!state || !unpack_done(&name))
        return false;
    state->raised = unpack_count(&unpack);
    state->missed = unpack_count(&unpack);
    state->blind = unpack_time(&unpack);
    taking->stamps[r] = unpack_u32(&unpack);
    taking->forgotten[r] = unpack_count(&unpack);
    return unpack_done(&unpack);
}

static struct note unpack_note(struct unpack *unpack)
{
    struct note note = {.subject = unpack_u64(unpack)};
    note.whose = unpack_u64(unpack);
    note.time = unpack_moment(unpack);
    note.kind = unpack_u8(unpack);
    unpack->bad |= note.kind > NOTE_CLOSED;
    note.fired = unpack_bool(unpack);
    note.late = unpack_bool(unpack);
    note.has_amount = unpack_bool(unpack);
    note.position = unpack_position(unpack);
    note.amount = unpack_i64(unpack);
    unpack_text(unpack, note.text.label, sizeof note.text.label);
    unpack_text(unpack, note.text.subject, sizeof note.text.subject);
    return note;
}

static bool take_place(struct rule_memory *memory, struct unpack *unpack)
{
    uint32_t index = unpack_u32(unpack), stamp = unpack_u32(unpack);
    epoch_ms due = 0;
    struct note note = {.subject = 0};
    if (stamp != 0) {
        due = unpack_time(unpack);
        note = unpack_note(unpack);
    }
    return !unpack->bad && rule_memory_restore(memory, index, &note, due, stamp);
}

static bool take_notes(void *context, const void *key, size_t key_len, const void *value,
                       size_t value_len)
{
    const struct taking *taking = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    uint8_t r;
    const struct rule_state *state = state_of(taking, &name, &r);
    uint64_t entries = 0;
    if (!state || !state->memory)
        return false;
    for (; unpack.left > 0; entries++)
        if (!take_place(state->memory, &unpack))
            return false;
    return blob_log_take(&taking->saved->rules[r].notes, &name, entries);
}

/* A key added whose number is among those forgotten is no more; neither is what changed of it. */
static bool take_change(struct taking *taking, struct known_keys *known, uint8_t r,
                        struct unpack *unpack)
{
    uint64_t key = unpack_u64(unpack);
    epoch_ms time = unpack_moment(unpack);
    bool added = unpack_bool(unpack), here = known_keys_time(known, key) != KNOWN_EMPTY;
    if (unpack->bad)
        return false;
    if (!added) {
        if (here)
            known_keys_add(known, key, time);
        return true;
    }
    if (taking->added[r]++ < taking->forgotten[r])
        return true;
    if (here || known->len >= known->keys_max)
        return false;
    known_keys_add(known, key, time);
    return true;
}

enum { CHANGE = 17 };                  /* bytes */
#define NUMBER_END (UINT64_C(1) << 62) /* of blobs: room is left for more */

/* How many of the changes that follow added a key. */
static uint64_t count_added(struct unpack unpack)
{
    uint64_t count = 0;
    for (; unpack.left >= CHANGE; unpack.at += CHANGE, unpack.left -= CHANGE)
        count += unpack.at[CHANGE - 1];
    return count;
}

static bool take_known(void *context, const void *key, size_t key_len, const void *value,
                       size_t value_len)
{
    struct taking *taking = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    uint8_t r;
    const struct rule_state *state = state_of(taking, &name, &r);
    uint64_t number = unkey_u64(&name), end = unpack_count(&unpack), own = count_added(unpack);
    if (!state || !state->known || !unpack_done(&name) || number >= NUMBER_END || unpack.bad ||
        unpack.left % CHANGE != 0 || own > end ||
        (taking->begun[r] && taking->added[r] != end - own))
        return false;
    taking->begun[r] = true;
    taking->added[r] = end - own;
    while (unpack.left > 0)
        if (!take_change(taking, state->known, r, &unpack))
            return false;
    struct rule_mark *mark = &taking->saved->rules[r];
    blob_list_add(&mark->blobs, &(struct blob){.first = number, .last = end});
    mark->known = number + 1;
    return true;
}

/* Of the keys added all are here but those forgotten, else what is added next would be numbered
 * otherwise than what was saved. */
static bool is_whole(const struct taking *taking)
{
    for (int r = 0; r < taking->rules->len; r++) {
        const struct known_keys *known = taking->rules->states[r].known;
        if (taking->forgotten[r] + (known ? known->len : 0) != taking->added[r])
            return false;
    }
    return true;
}

static void restored(struct taking *taking)
{
    taking->rules->quiet_until = INT64_MIN;
    for (int r = 0; r < taking->rules->len; r++) {
        struct rule_state *state = &taking->rules->states[r];
        if (state->memory)
            rule_memory_restored(state->memory, taking->stamps[r]);
        if (!state->known)
            continue;
        state->known->forgotten = taking->forgotten[r];
        state->known->fresh_len = 0;
    }
}

enum status rules_state_restore(struct rules_saved *saved, struct rules *rules,
                                const struct restoring *restoring)
{
    struct taking taking = {.rules = rules, .saved = saved};
    enum status status = restoring_each(restoring, STATE_RULE, take_rule, &taking);
    if (status == STATUS_OK)
        status = restoring_each(restoring, STATE_NOTE, take_notes, &taking);
    if (status == STATUS_OK)
        status = restoring_each(restoring, STATE_KNOWN, take_known, &taking);
    if (status == STATUS_OK && !is_whole(&taking))
        status = error_set(restoring->error, STATUS_DAMAGED, "known keys are missing");
    restored(&taking);
    return status;
}
