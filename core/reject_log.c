/* Few groups: searched from the first to the last. */
#include "core/reject_log.h"

#include <stdio.h>
#include <string.h>

static struct reject_group *find_group(struct reject_log *log, const struct reject_note *note)
{
    for (int g = 0; g < log->len; g++)
        if (log->groups[g].kind == note->kind &&
            strncmp(log->groups[g].reason, note->reason, REJECT_REASON - 1) == 0)
            return &log->groups[g];
    return NULL;
}

static struct reject_group *begin_group(struct reject_log *log, const struct reject_note *note)
{
    if (log->len == REJECT_GROUPS)
        return NULL;
    struct reject_group *group = &log->groups[log->len++];
    *group = (struct reject_group){
        .kind = note->kind, .first = note->position, .first_line = note->line};
    snprintf(group->reason, sizeof group->reason, "%s", note->reason);
    return group;
}

struct reject_group *reject_log_add(struct reject_log *log, const struct reject_note *note)
{
    struct reject_group *group = find_group(log, note);
    if (!group)
        group = begin_group(log, note);
    if (!group) {
        log->beyond++;
        return NULL;
    }
    group->count++;
    group->newest = note->position;
    group->newest_line = note->line;
    group->newest_length = note->length;
    return group;
}

const char *reject_kind_text(enum state_reject kind)
{
    static const char *const texts[] = {[STATE_REJECTED] = "rejected",
                                        [STATE_LATE] = "late",
                                        [STATE_FUTURE] = "future",
                                        [STATE_CONFLICT] = "conflict",
                                        [STATE_REPAIRED] = "repaired"};
    return texts[kind];
}
