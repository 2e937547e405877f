#ifndef TAILRACE_TESTS_SUPPORT_H
#define TAILRACE_TESTS_SUPPORT_H
/* What several unit tests share: cmocka's includes in their order, a small seeded generator, and a
 * compiled definition made of columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/definition.h"

#include <stdlib.h>
#include <string.h>

static inline uint32_t random_below(uint64_t *state, uint32_t bound)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)((*state >> 33) % bound);
}

/* Of so many seeds, or of what they meet: all, or a share of them where each takes long (SHARE=25).
 */
static inline int share_of(int all)
{
    const char *share = getenv("SHARE");
    int parts = share ? atoi(share) : 1;
    return parts > 1 ? (all + parts - 1) / parts : all;
}

/* time, key (text), amount (money, 2 places), ticket and status with a life cycle. */
static inline struct definition *make_definition(const char *group_by, const char *measures)
{
    struct error error = {.text = ""};
    struct definition *definition = definition_new("test");
    definition_add_field(definition, "time", FIELD_TIME, NULL, &error);
    definition_add_field(definition, "key", FIELD_TEXT, NULL, &error);
    definition_add_field(definition, "other_key", FIELD_TEXT, NULL, &error);
    definition_add_field(definition, "amount", FIELD_MONEY, NULL, &error);
    definition_add_field(definition, "ticket", FIELD_TEXT, NULL, &error);
    definition_add_field(definition, "status", FIELD_TEXT, NULL, &error);
    definition->fields[3].places = 2;
    definition->has_lifecycle = true;
    definition->lifecycle_key = 4;
    definition->lifecycle_field = 5;
    if (definition_set_time(definition, "time", &error) != STATUS_OK ||
        (*group_by && definition_set_group_by(definition, group_by, &error) != STATUS_OK) ||
        definition_set_measures(definition, measures, &error) != STATUS_OK ||
        definition_compile(definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return definition;
}

#endif
