/* Named reports: kept as written, checked by trying them on. */
#include "core/definition.h"
#include "core/definition_parts.h"
#include "core/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void report_fini(struct report *report)
{
    free(report->group_by);
    free(report->measures);
    for (int i = 0; i < report->where_len; i++)
        free(report->where[i]);
    free(report->dedupe);
    for (int c = 0; c < report->columns_len; c++) {
        free(report->columns[c].name);
        free(report->columns[c].of);
    }
    memset(report, 0, sizeof *report);
}

bool report_name_is_plain(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= REPORT_NAME_MAX &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == len;
}

static bool has_column(const struct definition *definition, const char *of)
{
    for (int k = 0; k < definition->group_by_len; k++)
        if (strcmp(definition->group_by[k].name, of) == 0)
            return true;
    for (int m = 0; m < definition->measures_len; m++)
        if (strcmp(definition->measures[m].name, of) == 0)
            return true;
    return false;
}

/* Every grouping field must have its column: rows would look alike without. */
static enum status check_columns(const struct definition *definition, const struct report *report,
                                 struct error *error)
{
    for (int c = 0; c < report->columns_len; c++)
        if (!has_column(definition, report->columns[c].of))
            return error_set(error, STATUS_BAD_DEFINITION,
                             "column '%.64s': '%.64s' is neither grouped by nor measured",
                             report->columns[c].name, report->columns[c].of);
    for (int k = 0; k < definition->group_by_len && report->columns_len > 0; k++) {
        int c = 0;
        while (c < report->columns_len &&
               strcmp(report->columns[c].of, definition->group_by[k].name) != 0)
            c++;
        if (c == report->columns_len)
            return error_set(error, STATUS_BAD_DEFINITION,
                             "columns: the grouping field '%s' has none",
                             definition->group_by[k].name);
    }
    return STATUS_OK;
}

static enum status use_dedupe(struct definition *definition, const char *list, struct error *error)
{
    int len = 0;
    struct word word;
    for (const char *at = list; words_next(&at, &word); len++) {
        char name[NAME_MAX_LEN + 16];
        snprintf(name, sizeof name, "%.*s", (int)(word.len < 256 ? word.len : 256), word.at);
        if (len == ID_FIELDS_MAX)
            return error_set(error, STATUS_LIMIT, "dedupe: '%s' is one too many: at most %d", name,
                             ID_FIELDS_MAX);
        enum status status = definition_find_field(definition, "dedupe", name,
                                                   &definition->dedupe_fields[len], error);
        if (status != STATUS_OK)
            return status;
    }
    definition->dedupe_fields_len = len;
    definition->report_dedupes = len > 0;
    return STATUS_OK;
}

static enum status apply(struct definition *definition, const struct report *report,
                         struct error *error)
{
    enum status status = STATUS_OK;
    if (report->group_by)
        status = definition_set_group_by(definition, report->group_by, error);
    if (status == STATUS_OK && report->measures)
        status = definition_set_measures(definition, report->measures, error);
    for (int i = 0; i < report->where_len && status == STATUS_OK; i++)
        status = definition_add_filter(definition, report->where[i], error);
    if (status == STATUS_OK && report->dedupe)
        status = use_dedupe(definition, report->dedupe, error);
    return status == STATUS_OK ? check_columns(definition, report, error) : status;
}

/* On a copy that shares everything but the filters that the report adds. */
static enum status try_on(const struct definition *definition, const struct report *report,
                          struct error *error)
{
    struct definition *trial = mem_alloc(sizeof *trial);
    *trial = *definition;
    trial->filters_len = 0;
    enum status status = apply(trial, report, error);
    for (int i = 0; i < trial->filters_len; i++) {
        for (int v = 0; v < VALUES_MAX; v++)
            free(trial->filters[i].texts[v]);
        free(trial->filters[i].source);
    }
    free(trial);
    return status;
}

static const struct report *find_report(const struct definition *definition, const char *name)
{
    for (int i = 0; i < definition->reports_len; i++)
        if (strcmp(definition->reports[i].name, name) == 0)
            return &definition->reports[i];
    return NULL;
}

enum status definition_add_report(struct definition *definition, struct report *report,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    if (!report_name_is_plain(report->name))
        status = error_set(error, STATUS_BAD_DEFINITION,
                           "'%.80s' cannot name a report: letters, digits, '-', '_', at most %d",
                           report->name, REPORT_NAME_MAX);
    else if (find_report(definition, report->name))
        status =
            error_set(error, STATUS_BAD_DEFINITION, "report '%s' is defined twice", report->name);
    else if (definition->reports_len == REPORTS_MAX)
        status = error_set(error, STATUS_LIMIT, "report '%s' is one too many: at most %d",
                           report->name, REPORTS_MAX);
    else
        status = try_on(definition, report, error);
    if (status != STATUS_OK) {
        report_fini(report);
        return status;
    }
    if (!definition->reports)
        definition->reports = mem_zero(REPORTS_MAX, sizeof *definition->reports);
    definition->reports[definition->reports_len++] = *report;
    return STATUS_OK;
}

static enum status unknown_report(const struct definition *definition, const char *name,
                                  struct error *error)
{
    const char *names[REPORTS_MAX + 1] = {"summary"};
    char list[256];
    size_t used = (size_t)snprintf(list, sizeof list, "summary");
    for (int i = 0; i < definition->reports_len; i++) {
        names[i + 1] = definition->reports[i].name;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, ", %s", names[i + 1]);
    }
    const char *near = definition_suggest(name, names, (size_t)definition->reports_len + 1);
    return error_set(error, STATUS_USAGE, "--report %.64s: definition '%s' has %s%s%s%s", name,
                     definition->name, list, near ? "; did you mean " : "", near ? near : "",
                     near ? "?" : "");
}

enum status definition_use_report(struct definition *definition, const char *name,
                                  struct error *error)
{
    const struct report *report = find_report(definition, name);
    if (!report)
        return strcmp(name, "summary") == 0 ? STATUS_OK : unknown_report(definition, name, error);
    definition->report = report;
    return apply(definition, report, error);
}
