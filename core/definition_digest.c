/* Every member that decides what is counted or how it is written, in a fixed order. */
#include "core/definition_digest.h"

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

static void add_query(struct sha256 *sha, const struct definition *definition)
{
    sha256_add_number(sha, definition->filters_len);
    for (int i = 0; i < definition->filters_len; i++)
        sha256_add_text(sha, definition->filters[i].source);
    sha256_add_number(sha, definition->group_by_len);
    for (int k = 0; k < definition->group_by_len; k++)
        sha256_add_text(sha, definition->group_by[k].name);
    sha256_add_number(sha, definition->measures_len);
    for (int m = 0; m < definition->measures_len; m++)
        sha256_add_text(sha, definition->measures[m].name);
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
