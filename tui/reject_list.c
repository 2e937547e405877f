/* Records in an array, their texts in one buffer, known by where they stand in it. */
#include "tui/reject_list.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct store_reject record; /* reason and bytes: set when it is given out */
    size_t reason_at, bytes_at;
    bool kept;
};

struct reject_list {
    struct entry *entries;
    size_t len, room;
    char *texts;
    size_t texts_len, texts_room;
    uint64_t beyond;
};

/* --- groups --- */

bool reject_groups_add(void *context, const struct store_reject *reject)
{
    struct reject_groups *groups = context;
    const struct reject_note note = {.kind = reject->kind,
                                     .reason = reject->reason,
                                     .position = reject->position,
                                     .length = reject->length,
                                     .line = reject->line};
    struct reject_group *group = reject_log_add(&groups->log, &note);
    groups->kinds[reject->kind]++;
    groups->not_kept += reject->bytes == NULL;
    if (!group)
        return true;
    size_t at = (size_t)(group - groups->log.groups);
    groups->examples[at].kept = reject->bytes != NULL;
    groups->examples[at].len = 0;
    if (reject->bytes) {
        size_t len =
            reject->bytes_len < STORE_REJECT_BYTES ? reject->bytes_len : STORE_REJECT_BYTES;
        groups->examples[at].len = len;
        memcpy(groups->examples[at].bytes, reject->bytes, len);
    }
    return true;
}

static bool comes_before(const struct reject_group *a, const struct reject_group *b)
{
    return a->kind != b->kind ? a->kind < b->kind : strcmp(a->reason, b->reason) < 0;
}

static void exchange(struct reject_groups *groups, int a, int b)
{
    struct reject_group group = groups->log.groups[a];
    struct reject_bytes bytes = groups->examples[a];
    groups->log.groups[a] = groups->log.groups[b];
    groups->examples[a] = groups->examples[b];
    groups->log.groups[b] = group;
    groups->examples[b] = bytes;
}

void reject_groups_sort(struct reject_groups *groups)
{
    for (int g = 1; g < groups->log.len; g++)
        for (int at = g;
             at > 0 && comes_before(&groups->log.groups[at], &groups->log.groups[at - 1]); at--)
            exchange(groups, at, at - 1);
}

/* --- the list --- */

struct reject_list *reject_list_new(void)
{
    return mem_zero(1, sizeof(struct reject_list));
}

void reject_list_free(struct reject_list *list)
{
    if (!list)
        return;
    free(list->entries);
    free(list->texts);
    free(list);
}

static size_t keep_text(struct reject_list *list, const void *bytes, size_t len)
{
    while (list->texts_room - list->texts_len < len) {
        list->texts_room = list->texts_room ? list->texts_room * 2 : 4096;
        list->texts = mem_resize(list->texts, list->texts_room);
    }
    size_t at = list->texts_len;
    if (len > 0)
        memcpy(list->texts + at, bytes, len);
    list->texts_len += len;
    return at;
}

void reject_list_add(struct reject_list *list, const struct store_reject *reject)
{
    size_t len = reject->bytes ? reject->bytes_len : 0, reason_len = strlen(reject->reason) + 1;
    if (list->len == LIST_RECORDS || list->texts_len + len + reason_len > LIST_BYTES) {
        list->beyond++;
        return;
    }
    if (list->len == list->room) {
        list->room = list->room ? list->room * 2 : 256;
        list->entries = mem_resize(list->entries, list->room * sizeof *list->entries);
    }
    struct entry *entry = &list->entries[list->len++];
    *entry = (struct entry){.record = *reject, .kept = reject->bytes != NULL};
    entry->reason_at = keep_text(list, reject->reason, reason_len);
    entry->bytes_at = keep_text(list, reject->bytes, len);
}

/* As SQL_EACH_REJECT of the store orders them. */
static int compare(const void *left, const void *right)
{
    const struct store_reject *a = &((const struct entry *)left)->record;
    const struct store_reject *b = &((const struct entry *)right)->record;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int reason = strcmp(a->reason, b->reason);
    if (reason != 0)
        return reason;
    if (a->position.source != b->position.source)
        return a->position.source < b->position.source ? -1 : 1;
    if (a->position.generation != b->position.generation)
        return a->position.generation < b->position.generation ? -1 : 1;
    return (a->position.start > b->position.start) - (a->position.start < b->position.start);
}

void reject_list_sort(struct reject_list *list)
{
    for (size_t i = 0; i < list->len; i++) {
        struct entry *entry = &list->entries[i];
        entry->record.reason = list->texts + entry->reason_at;
        entry->record.bytes = entry->kept ? list->texts + entry->bytes_at : NULL;
    }
    if (list->len > 0)
        qsort(list->entries, list->len, sizeof *list->entries, compare);
}

enum status reject_list_each(void *self, store_take_reject *take, void *context,
                             struct error *error)
{
    const struct reject_list *list = self;
    (void)error;
    for (size_t i = 0; i < list->len; i++)
        if (!take(context, &list->entries[i].record))
            break;
    return STATUS_OK;
}

uint64_t reject_list_beyond(const struct reject_list *list)
{
    return list->beyond;
}
