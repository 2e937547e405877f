/* Which fields are not told, and what is told instead. */
#include "core/definition_redact.h"

#include <stdio.h>
#include <string.h>

static enum status refuse(const char *name, const char *why, struct error *error)
{
    return error_set(error, STATUS_BAD_DEFINITION, "--redact: '%.80s' %s", name, why);
}

/* What would tell the value all the same. */
static enum status check(const struct definition *definition, int field, struct error *error)
{
    const char *name = definition->fields[field].name;
    if (field == definition->time_field)
        return refuse(name, "is the event time, which windows, days and ages tell", error);
    if (definition->fields[field].values_len > 0)
        return refuse(name, "has a closed list of values: a token could be told apart by counts",
                      error);
    for (int m = 0; m < definition->measures_len; m++) {
        const struct measure *measure = &definition->measures[m];
        if (measure->field == field && measure->kind != MEASURE_DISTINCT)
            return error_set(
                error, STATUS_BAD_DEFINITION,
                "--redact: '%.80s' is told by the measure %.80s; leave one of them out", name,
                measure->name);
    }
    return STATUS_OK;
}

enum status definition_redact(struct definition *definition, const char *list, struct error *error)
{
    while (*list) {
        char name[NAME_MAX_LEN + 1];
        size_t len = strcspn(list, ",");
        int written = snprintf(name, sizeof name, "%.*s", (int)(len < 80 ? len : 80), list);
        int field = written < (int)sizeof name ? definition_field(definition, name) : -1;
        if (field < 0)
            return error_set(error, STATUS_BAD_DEFINITION, "--redact: there is no field '%.*s'",
                             (int)(len < 80 ? len : 80), list);
        enum status status = check(definition, field, error);
        if (status != STATUS_OK)
            return status;
        definition->fields[field].redacted = true;
        list += len + (list[len] == ',');
    }
    definition_redact_key(definition, hash_key_random());
    return STATUS_OK;
}

bool definition_redacts(const struct definition *definition)
{
    for (int f = 0; f < definition->fields_len; f++)
        if (definition->fields[f].redacted)
            return true;
    return false;
}

void definition_redact_key(struct definition *definition, struct hash_key key)
{
    struct hash128 own = siphash128(key, "redact", 6);
    definition->redact_key = (struct hash_key){.word = {own.word[0], own.word[1]}};
}

size_t definition_token(const struct definition *definition, const char *text, size_t len,
                        char out[REDACT_TOKEN])
{
    uint64_t hash = siphash64(definition->redact_key, text, len);
    return (size_t)snprintf(out, REDACT_TOKEN, "~%012llx", (unsigned long long)(hash >> 16));
}
