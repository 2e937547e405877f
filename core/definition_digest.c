/* Every member that decides what is counted or how it is written, in a fixed order. */
#include "core/definition_digest.h"

#include <stdio.h>
#include <string.h>

static void add_texts(struct sha256 *sha, char *const *texts, int len)
{
    sha256_add_number(sha, len);
    for (int i = 0; i < len; i++)
        sha256_add_text(sha, texts[i]);
}

/* The offsets themselves: the database changes, and two names may mean the same. */
static void add_zone(struct sha256 *sha, const struct zone *zone)
{
    for (epoch_ms time = INT64_MIN; time < INT64_MAX; time = zone_next_change(zone, time)) {
        if (time > INT64_MIN)
            sha256_add_number(sha, time);
        sha256_add_number(sha, zone_offset(zone, time));
    }
}

static void add_field(struct sha256 *sha, const struct field *field)
{
    sha256_add_text(sha, field->name);
    sha256_add_number(sha, (int64_t)field->type);
    sha256_add_number(sha, field->places);
    add_zone(sha, field->zone);
    sha256_add_number(sha, field->required);
    sha256_add_number(sha, field->positive);
    sha256_add_number(sha, (int64_t)field->derived);
    add_texts(sha, field->columns, field->columns_len);
    add_texts(sha, field->values, field->values_len);
    if (field->redacted)
        sha256_add_text(sha, "redacted");
}

static void add_derived(struct sha256 *sha, const struct definition *definition)
{
    sha256_add_number(sha, definition->tiers_len);
    for (int i = 0; i < definition->tiers_len; i++) {
        const struct tier *tier = &definition->tiers[i];
        sha256_add_number(sha, tier->field);
        sha256_add_number(sha, tier->of);
        sha256_add_number(sha, tier->steps_len);
        for (int s = 0; s < tier->steps_len; s++)
            sha256_add_number(sha, tier->steps[s]);
    }
    sha256_add_number(sha, definition->lookups_len);
    for (int i = 0; i < definition->lookups_len; i++) {
        const struct lookup_join *join = &definition->lookups[i];
        sha256_add_text(sha, join->file);
        sha256_add_number(sha, join->key);
        sha256_add_number(sha, join->takes_len);
        for (int t = 0; t < join->takes_len; t++)
            sha256_add_number(sha, join->takes[t]);
    }
}

static void add_filters(const struct definition *definition, struct sha256 *sha)
{
    sha256_add_number(sha, definition->filters_len);
    for (int i = 0; i < definition->filters_len; i++)
        sha256_add_text(sha, definition->filters[i].source);
}

static void add_groups(const struct definition *definition, struct sha256 *sha)
{
    sha256_add_number(sha, definition->group_by_len);
    for (int k = 0; k < definition->group_by_len; k++)
        sha256_add_text(sha, definition->group_by[k].name);
}

static void add_measures(const struct definition *definition, struct sha256 *sha)
{
    sha256_add_number(sha, definition->measures_len);
    for (int m = 0; m < definition->measures_len; m++)
        sha256_add_text(sha, definition->measures[m].name);
}

static void add_query(struct sha256 *sha, const struct definition *definition)
{
    add_filters(definition, sha);
    add_groups(definition, sha);
    add_measures(definition, sha);
    int ids = definition->report_dedupes ? definition->dedupe_fields_len : 0;
    sha256_add_number(sha, ids);
    for (int i = 0; i < ids; i++)
        sha256_add_number(sha, definition->dedupe_fields[i]);
    const struct report *report = definition->report;
    sha256_add_number(sha, report ? report->columns_len : 0);
    for (int c = 0; report && c < report->columns_len; c++) {
        sha256_add_text(sha, report->columns[c].name);
        sha256_add_text(sha, report->columns[c].of);
        sha256_add_number(sha, report->columns[c].decimals);
    }
}

static void add_time(const struct definition *definition, struct sha256 *sha)
{
    const int64_t numbers[] = {definition->on_conflict,        definition->no_dedupe,
                               definition->watermark.delay_ms, definition->watermark.lateness_ms,
                               definition->window.size_ms,     definition->window.slide_ms,
                               definition->window.session_ms,  definition->window.per};
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        sha256_add_number(sha, numbers[n]);
    if (definition->csv_single_line)
        sha256_add_text(sha, "single line");
}

void definition_digest(const struct definition *definition, struct sha256 *sha)
{
    sha256_add_text(sha, definition->name);
    sha256_add_number(sha, (int64_t)definition->format);
    add_time(definition, sha);
    sha256_add_number(sha, definition->fields_len);
    for (int f = 0; f < definition->fields_len; f++)
        add_field(sha, &definition->fields[f]);
    sha256_add_number(sha, definition->time_field);
    add_zone(sha, definition->zone);
    sha256_add_number(sha, definition->id_fields_len);
    for (int i = 0; i < definition->id_fields_len; i++)
        sha256_add_number(sha, definition->id_fields[i]);
    sha256_add_number(sha, definition->has_lifecycle);
    if (definition->has_lifecycle) {
        sha256_add_number(sha, definition->lifecycle_key);
        sha256_add_number(sha, definition->lifecycle_field);
        add_texts(sha, definition->lifecycle_opened, definition->lifecycle_opened_len);
        add_texts(sha, definition->lifecycle_closed, definition->lifecycle_closed_len);
    }
    add_derived(sha, definition);
    add_query(sha, definition);
}

/* --- in parts --- */

void definition_digest_part(const char *name, struct sha256 *sha, char out[DIGEST_PARTS_TEXT])
{
    char text[SHA256_TEXT];
    size_t used = strlen(out);
    sha256_text(sha, text);
    snprintf(out + used, DIGEST_PARTS_TEXT - used, "%s %.12s ", name, text);
}

static void add_windows(const struct definition *definition, struct sha256 *sha)
{
    const int64_t numbers[] = {definition->watermark.delay_ms, definition->watermark.lateness_ms,
                               definition->window.size_ms,     definition->window.slide_ms,
                               definition->window.session_ms,  definition->window.per};
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        sha256_add_number(sha, numbers[n]);
}

static void add_redaction(const struct definition *definition, struct sha256 *sha)
{
    for (int f = 0; f < definition->fields_len; f++)
        if (definition->fields[f].redacted)
            sha256_add_text(sha, definition->fields[f].name);
}

/* What the definition says that options do not. */
static void add_rest(const struct definition *definition, struct sha256 *sha)
{
    sha256_add_text(sha, definition->name);
    sha256_add_number(sha, (int64_t)definition->format);
    sha256_add_number(sha, definition->on_conflict);
    sha256_add_number(sha, definition->csv_single_line);
    sha256_add_number(sha, definition->fields_len);
    for (int f = 0; f < definition->fields_len; f++) {
        struct field field = definition->fields[f];
        field.redacted = false;
        add_field(sha, &field);
    }
    sha256_add_number(sha, definition->time_field);
    add_zone(sha, definition->zone);
    sha256_add_number(sha, definition->id_fields_len);
    for (int i = 0; i < definition->id_fields_len; i++)
        sha256_add_number(sha, definition->id_fields[i]);
    add_derived(sha, definition);
}

void definition_digest_parts(const struct definition *definition, char out[DIGEST_PARTS_TEXT])
{
    static const struct {
        const char *name;
        void (*add)(const struct definition *, struct sha256 *);
    } parts[] = {{"definition", add_rest}, {"filters", add_filters},
                 {"groups", add_groups},   {"measures", add_measures},
                 {"windows", add_windows}, {"redaction", add_redaction}};
    out[0] = '\0';
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        struct sha256 sha;
        sha256_init(&sha);
        parts[p].add(definition, &sha);
        definition_digest_part(parts[p].name, &sha, out);
    }
}
