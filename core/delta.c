/* Each operation is its head, its key and its value, one behind the other. */
#include "core/delta.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

void delta_fini(struct delta *delta)
{
    free(delta->bytes);
    *delta = (struct delta){0};
}

void delta_clear(struct delta *delta)
{
    delta->len = delta->alerts = 0;
}

static void *add_room(struct delta *delta, size_t len)
{
    while (len > delta->room - delta->len) {
        delta->room = delta->room ? delta->room * 2 : FIRST_ROOM;
        delta->bytes = mem_resize(delta->bytes, delta->room);
    }
    delta->len += len;
    return delta->bytes + delta->len - len;
}

static void add_bytes(struct delta *delta, const void *bytes, size_t len)
{
    void *room = add_room(delta, len);
    if (len > 0)
        memcpy(room, bytes, len);
}

static void add(struct delta *delta, const struct delta_head *head, const void *key,
                const void *value)
{
    delta->alerts = 0;
    add_bytes(delta, head, sizeof *head);
    add_bytes(delta, key, head->key_len);
    add_bytes(delta, value, head->value_len);
}

void delta_put(struct delta *delta, enum state_part part, const void *key, size_t key_len,
               const void *value, size_t value_len)
{
    struct delta_head head = {
        .op = DELTA_PUT, .which = (int)part, .key_len = key_len, .value_len = value_len};
    add(delta, &head, key, value);
}

void *delta_put_room(struct delta *delta, enum state_part part, const void *key, size_t key_len,
                     size_t value_len)
{
    const struct delta_head head = {
        .op = DELTA_PUT, .which = (int)part, .key_len = key_len, .value_len = value_len};
    delta->alerts = 0;
    add_bytes(delta, &head, sizeof head);
    add_bytes(delta, key, key_len);
    return add_room(delta, value_len);
}

void delta_remove(struct delta *delta, enum state_part part, const void *key, size_t key_len)
{
    struct delta_head head = {.op = DELTA_REMOVE, .which = (int)part, .key_len = key_len};
    add(delta, &head, key, NULL);
}

void delta_reject(struct delta *delta, const struct delta_reject *reject)
{
    struct delta_head head = {.op = DELTA_REJECT,
                              .which = (int)reject->kind,
                              .key_len = strlen(reject->reason),
                              .value_len = reject->bytes ? reject->bytes_len : 0,
                              .position = reject->position,
                              .length = reject->length,
                              .line = reject->line,
                              .has_bytes = reject->bytes != NULL};
    add(delta, &head, reject->reason, reject->bytes);
}

void delta_repaired(struct delta *delta, const struct event_position *position)
{
    struct delta_head head = {.op = DELTA_REPAIRED, .position = *position};
    add(delta, &head, NULL, NULL);
}

/* --- alerts: there may be as many as events, so each is little more than its id --- */

struct alert_head {
    uint64_t id;
    uint32_t len;
    uint32_t retracted;
};

static void begin_alerts(struct delta *delta)
{
    const struct delta_head head = {.op = DELTA_ALERTS};
    size_t at = delta->len;
    add(delta, &head, NULL, NULL);
    delta->alerts = at + offsetof(struct delta_head, value_len);
}

void delta_alert(struct delta *delta, uint64_t id, bool retracted, const void *text, size_t len)
{
    const struct alert_head head = {.id = id, .len = (uint32_t)len, .retracted = retracted};
    size_t value_len;
    if (delta->alerts == 0)
        begin_alerts(delta);
    add_bytes(delta, &head, sizeof head);
    add_bytes(delta, text, len);
    memcpy(&value_len, delta->bytes + delta->alerts, sizeof value_len);
    value_len += sizeof head + len;
    memcpy(delta->bytes + delta->alerts, &value_len, sizeof value_len);
}

bool delta_next_alert(const struct delta_entry *entry, size_t *at, struct delta_alert *alert)
{
    struct alert_head head;
    if (*at >= entry->head.value_len)
        return false;
    const unsigned char *bytes = (const unsigned char *)entry->value + *at;
    memcpy(&head, bytes, sizeof head);
    *alert = (struct delta_alert){.id = head.id,
                                  .retracted = head.retracted != 0,
                                  .text = bytes + sizeof head,
                                  .len = head.len};
    *at += sizeof head + head.len;
    return true;
}

void delta_reset(struct delta *delta)
{
    const struct delta_head head = {.op = DELTA_RESET};
    add(delta, &head, NULL, NULL);
}

bool delta_next(const struct delta *delta, size_t *at, struct delta_entry *entry)
{
    if (*at >= delta->len)
        return false;
    const unsigned char *head = delta->bytes + *at;
    memcpy(&entry->head, head, sizeof entry->head);
    entry->key = head + sizeof entry->head;
    entry->value = head + sizeof entry->head + entry->head.key_len;
    *at += sizeof entry->head + entry->head.key_len + entry->head.value_len;
    return true;
}
