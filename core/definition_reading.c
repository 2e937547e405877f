/*
 * Walking the JSON of a definition. jansson keeps no lines for members, so the line of a fault is
 * where the quoted name stands in the text, behind the object that holds it.
 */
#include "core/definition_reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where `"name"` begins at or behind `from`, as a member (a colon follows) or as a text; NULL:
 * nowhere. */
static const char *find_name(const struct reading *reading, const char *from, const char *name,
                             bool member)
{
    size_t name_len = strlen(name);
    const char *end = reading->text + reading->len;
    for (const char *at = from; (at = memchr(at, '"', (size_t)(end - at))); at++) {
        const char *after = at + 1 + name_len;
        if (after >= end || memcmp(at + 1, name, name_len) != 0 || *after != '"')
            continue;
        for (after++; after < end && strchr(" \t\r\n", *after) && *after;)
            after++;
        if (after < end && (*after == ':') == member)
            return at;
    }
    return NULL;
}

/* The line of the path's last name, looked for behind each name before it. */
static int line_of_path(const struct reading *reading)
{
    int line = 1;
    const char *at = reading->text;
    for (int i = 0; i < reading->depth; i++) {
        const char *found = find_name(reading, at, reading->path[i], i + 1 != reading->listed);
        at = found ? found + 1 : at;
    }
    for (const char *c = reading->text; c < at; c++)
        line += *c == '\n';
    return line;
}

/* "payments.json line 7: fields.amount.places: MESSAGE" */
enum status reading_wrong(const struct reading *reading, const char *message)
{
    char path[3 * (NAME_MAX_LEN + 2)] = "";
    size_t used = 0;
    for (int i = 0; i < reading->depth && used < sizeof path; i++)
        used += (size_t)snprintf(path + used, sizeof path - used, "%s%.64s", i ? "." : "",
                                 reading->path[i]);
    return error_set(reading->error, STATUS_BAD_DEFINITION, "%.100s line %d: %s: %s",
                     reading->where, line_of_path(reading), path, message);
}

/* Passes an error of definition.c on, with where it came from. */
enum status reading_located(const struct reading *reading, enum status status,
                            const struct error *inner)
{
    if (status != STATUS_OK)
        error_set(reading->error, status, "%.100s line %d: %.340s", reading->where,
                  line_of_path(reading), inner->text);
    return status;
}

enum status reading_unknown(const struct reading *reading, const struct member *members,
                            size_t members_len, const char *name)
{
    const char *names[24];
    char message[200];
    for (size_t i = 0; i < members_len; i++)
        names[i] = members[i].name;
    const char *near = definition_suggest(name, names, members_len);
    if (near)
        snprintf(message, sizeof message, "unknown member; did you mean '%s'?", near);
    else
        snprintf(message, sizeof message, "unknown member");
    return reading_wrong(reading, message);
}

/* Reads every member of an object by the table. */
enum status reading_members(struct reading *reading, json_t *object, const struct member *members,
                            size_t members_len, void *context)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        size_t i = 0;
        while (i < members_len && strcmp(members[i].name, name) != 0)
            i++;
        reading->path[reading->depth++] = name;
        enum status status = i < members_len ? members[i].read(reading, value, context)
                                             : reading_unknown(reading, members, members_len, name);
        if (status != STATUS_OK)
            return status;
        reading->depth--;
    }
    return STATUS_OK;
}

/* A string, or a list of at most `cap` of them, as copies. */
enum status reading_texts(struct reading *reading, json_t *value, char **texts, int *len, int cap)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    char message[64];
    if (count > (size_t)cap) {
        snprintf(message, sizeof message, "at most %d are possible", cap);
        return reading_wrong(reading, message);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_string(item) || json_string_length(item) == 0)
            return reading_wrong(reading, "must be a text or a list of texts, none of them empty");
        for (int t = 0; t < *len; t++)
            if (strcmp(texts[t], json_string_value(item)) == 0)
                return reading_wrong(reading, "a text stands twice in the list");
        texts[(*len)++] = mem_copy_text(json_string_value(item));
    }
    return STATUS_OK;
}

void reading_free_texts(char **texts, int len)
{
    for (int i = 0; i < len; i++)
        free(texts[i]);
}
