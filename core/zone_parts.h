#ifndef TAILRACE_CORE_ZONE_PARTS_H
#define TAILRACE_CORE_ZONE_PARTS_H
/*
 * What the files of zone share among themselves; nobody else includes it.
 *
 *     zone.c        the questions asked of a zone
 *     zone_file.c   TZif bytes to changes
 *     zone_rule.c   the rule behind the last change ("CET-1CEST,M3.5.0,M10.5.0/3") to changes
 */
#include "core/zone.h"

enum {
    ZONE_FIRST_YEAR = 1969,
    ZONE_LAST_YEAR = 2100,
    ZONE_FILE_CHANGES_MAX = 2000, /* told one by one; the rule adds two a year */
    ZONE_CHANGES_MAX = ZONE_FILE_CHANGES_MAX + 2 * (ZONE_LAST_YEAR - ZONE_FIRST_YEAR + 2)
};

/* Changes of the offset from 1969 to 2100, ascending; `first_offset_s` holds before them. */
struct zone_change {
    int64_t time_s;
    int32_t offset_s;
};
struct zone_changes {
    int32_t first_offset_s;
    size_t len;
    struct zone_change change[ZONE_CHANGES_MAX];
};

/* Not before those already there. One that changes nothing is left out, one before 1969 becomes the
 * first offset. */
void zone_changes_add(struct zone_changes *changes, int64_t time_s, int32_t offset_s);

/* Adds the changes after `after_s` that the rule gives, up to 2100; false when the text is none. */
bool zone_rule_apply(const char *text, size_t len, int64_t after_s, struct zone_changes *changes);

/* Reads a whole file; NULL, or why not. */
const char *zone_file_read(const unsigned char *bytes, size_t len, struct zone_changes *changes);

struct zone *zone_of_changes(const struct zone_changes *changes);

/* From -25 h to 26 h, as the format says. */
static inline bool zone_offset_possible(int64_t offset_s)
{
    return offset_s > -25 * 3600 && offset_s < 26 * 3600;
}

#endif
