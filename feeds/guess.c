/*
 * Guessing: columns from the first lines, then a built-in definition that they fit, or a definition
 * made of them. Nothing is read that the decoders would not read the same way.
 */
#include "feeds/guess.h"

#include "core/definition_json.h"
#include "core/money.h"
#include "core/words.h"
#include "feeds/decode_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS_LOOKED_AT = 64, EVENTS_LOOKED_AT = 256, PLACES_UNKNOWN = -1 };

static bool known(const struct guess *guess, const char *column)
{
    for (int i = 0; i < guess->columns_len; i++)
        if (strcmp(guess->columns[i], column) == 0)
            return true;
    return false;
}

static void read_header(struct guess *guess, const char *line, size_t len)
{
    char *names[FIELDS_MAX];
    int names_len = csv_columns(line, len, names, FIELDS_MAX);
    for (int i = 0; i < names_len; i++) {
        if (names[i][0] && !known(guess, names[i]))
            guess->columns[guess->columns_len++] = names[i];
        else
            free(names[i]);
    }
}

enum status guess_read(const char *bytes, size_t len, struct guess *out, struct error *error)
{
    bool more;
    uint32_t lines = 0;
    size_t line_len;
    memset(out, 0, sizeof *out);
    out->format = decode_guess_format(bytes, len);
    const char *end = bytes + len;
    const char *at = bytes + decode_head(bytes, len, true, &more);
    const char *line = decode_next_line(&at, end, &line_len, &lines);
    if (!line)
        return error_set(error, STATUS_CLOSED, "no complete line yet");
    if (out->format == FORMAT_CSV) {
        read_header(out, line, line_len);
        return STATUS_OK;
    }
    for (int i = 0; line && i < OBJECTS_LOOKED_AT; i++) {
        json_columns(line, line_len, out->columns, &out->columns_len, FIELDS_MAX);
        line = decode_next_line(&at, end, &line_len, &lines);
    }
    return STATUS_OK;
}

void guess_fini(struct guess *guess)
{
    for (int i = 0; i < guess->columns_len; i++)
        free(guess->columns[i]);
    guess->columns_len = 0;
}

/* --- built in --- */

static bool has_field(const struct guess *guess, const struct field *field)
{
    if (field->columns_len == 0)
        return known(guess, field->name);
    for (int i = 0; i < field->columns_len; i++)
        if (known(guess, field->columns[i]))
            return true;
    return false;
}

/* How many fields have a column; -1 when one that is needed has none. */
static int fit(const struct guess *guess, const struct definition *definition)
{
    int matched = 0;
    for (int f = 0; f < definition->fields_len; f++) {
        const struct field *field = &definition->fields[f];
        if (field->derived != DERIVED_NOT)
            continue;
        if (has_field(guess, field))
            matched++;
        else if (field->required || f == definition->time_field)
            return -1;
    }
    return matched;
}

/* "a, b, c", cut where it gets too long. */
static const char *columns_text(const struct guess *guess, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < guess->columns_len && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", guess->columns[i]);
    if (used >= size)
        snprintf(out + size - 4, 4, "...");
    return out;
}

struct definition *guess_builtin(const struct guess *guess, struct error *error)
{
    struct definition *best = NULL;
    char seen[280];
    int best_fit = -1;
    for (size_t i = 0; i < definition_builtin_count; i++) {
        struct definition *definition = definition_builtin(definition_builtin_names[i]);
        int matched = fit(guess, definition);
        if (matched > best_fit) {
            definition_free(best);
            best = definition;
            best_fit = matched;
        } else {
            definition_free(definition);
        }
    }
    if (!best && guess->columns_len == 0)
        error_set(error, STATUS_BAD_FORMAT,
                  "no columns can be seen: neither a CSV header nor a JSON object comes first");
    else if (!best)
        error_set(error, STATUS_BAD_FORMAT,
                  "no built-in definition fits its columns (%s); say --time and --group-by",
                  columns_text(guess, seen, sizeof seen));
    return best;
}

/* --- made of the columns --- */

/* A column's name as a field may be called: "Order Value" is Order_Value. */
static void field_name(struct word column, char out[NAME_MAX_LEN + 1])
{
    size_t len = column.len < NAME_MAX_LEN ? column.len : NAME_MAX_LEN;
    for (size_t i = 0; i < len; i++) {
        char c = column.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool allowed = letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        out[i] = '_';
        if (allowed)
            out[i] = c;
    }
    out[len] = '\0';
}

/* The same list with its columns named as fields; what stands before a ':' is kept. Free it. */
static char *named_list(const char *list)
{
    size_t size = strlen(list) + 1;
    char *named = mem_zero(size, 2);
    struct word word;
    for (const char *at = list; words_next(&at, &word);) {
        char name[NAME_MAX_LEN + 1];
        const char *colon = memchr(word.at, ':', word.len);
        size_t kept = colon ? (size_t)(colon + 1 - word.at) : 0;
        struct word column = word_trimmed(word.at + kept, word.len - kept);
        field_name(column, name);
        size_t used = strlen(named);
        snprintf(named + used, size * 2 - used, "%s%.*s%s", used ? "," : "", (int)kept, word.at,
                 name);
    }
    return named;
}

/* The field that a measure's word wants as a number, -1: none. */
static int operand_of(const struct definition *definition, struct word word)
{
    char name[NAME_MAX_LEN + 1];
    const char *colon = memchr(word.at, ':', word.len);
    if (!colon || word_is((struct word){.at = word.at, .len = (size_t)(colon - word.at)},
                          "distinct")) /* different texts */
        return -1;
    size_t kept = (size_t)(colon + 1 - word.at);
    field_name(word_trimmed(colon + 1, word.len - kept), name);
    return definition_field(definition, name);
}

static enum status add_columns(struct definition *definition, const struct guess *guess,
                               struct error *error)
{
    for (int i = 0; i < guess->columns_len; i++) {
        char name[NAME_MAX_LEN + 1];
        struct word column = {.at = guess->columns[i], .len = strlen(guess->columns[i])};
        int index;
        field_name(column, name);
        if (definition_field(definition, name) >= 0)
            continue; /* two columns of one name: the first one is meant */
        enum status status = definition_add_field(definition, name, FIELD_TEXT, &index, error);
        if (status != STATUS_OK)
            return status;
        struct field *field = &definition->fields[index];
        field->columns[field->columns_len++] = mem_copy_text(guess->columns[i]);
    }
    return STATUS_OK;
}

struct wish {
    const char *time, *group_by, *measures; /* lists of field names; NULL: not said */
};

static enum status build(struct definition *definition, const struct guess *guess,
                         const struct wish *wish, const int places[FIELDS_MAX], struct error *error)
{
    enum status status = add_columns(definition, guess, error);
    definition->format = guess->format;
    int time_field = wish->time ? definition_field(definition, wish->time) : -1;
    if (time_field >= 0)
        definition->fields[time_field].type = FIELD_TIME;
    struct word word;
    for (const char *at = wish->measures; words_next(&at, &word);) {
        int field = operand_of(definition, word);
        if (field < 0 || field == time_field)
            continue;
        definition->fields[field].type = FIELD_MONEY;
        definition->fields[field].places = places[field];
    }
    if (status == STATUS_OK && wish->time)
        status = definition_set_time(definition, wish->time, error);
    if (status == STATUS_OK && wish->group_by)
        status = definition_set_group_by(definition, wish->group_by, error);
    if (status == STATUS_OK && wish->measures)
        status = definition_set_measures(definition, wish->measures, error);
    return status;
}

/* Decimals that a value of MONEY_PLACES_MAX places really has. */
static int decimals_of(minor_units value)
{
    int decimals = MONEY_PLACES_MAX;
    while (decimals > 0 && value % 10 == 0) {
        value /= 10;
        decimals--;
    }
    return decimals;
}

/* Decodes the first records with all decimals there can be and sees how many they show. */
static void probe(const struct definition *definition, const char *bytes, size_t len,
                  int places[FIELDS_MAX])
{
    struct event *events = mem_zero(EVENTS_LOOKED_AT, sizeof *events);
    struct symbols *symbols = symbols_new(EVENTS_LOOKED_AT);
    struct decoder_config config = {
        .definition = definition, .symbols = symbols, .format = definition->format};
    struct decoder *decoder = decoder_new(&config);
    struct decoded out;
    struct error error;
    decoder_feed(decoder, bytes, len, false, UINT64_MAX, events, EVENTS_LOOKED_AT, &out, &error);
    for (size_t e = 0; e < out.events; e++) {
        for (int slot = 0; slot < definition->value_fields_len; slot++) {
            int field = definition->value_field[slot];
            int decimals = decimals_of(events[e].value[slot]);
            if (events[e].present & 1u << slot && decimals > places[field])
                places[field] = decimals;
        }
    }
    decoder_free(decoder);
    symbols_free(symbols);
    free(events);
}

static struct definition *make(const struct guess *guess, const struct wish *wish,
                               const char *bytes, size_t len, struct error *error)
{
    int places[FIELDS_MAX], shown[FIELDS_MAX];
    for (int f = 0; f < FIELDS_MAX; f++) {
        places[f] = MONEY_PLACES_MAX;
        shown[f] = PLACES_UNKNOWN;
    }
    struct definition *trial = definition_new("events");
    enum status status = build(trial, guess, wish, places, error);
    if (status == STATUS_OK)
        status = definition_compile(trial, error);
    if (status == STATUS_OK)
        probe(trial, bytes, len, shown);
    definition_free(trial);
    if (status != STATUS_OK)
        return NULL;
    /* 12.5 in the first rows does not make 12.55 in a later one a fault: two places, unless the
     * first rows have none at all */
    for (int f = 0; f < FIELDS_MAX; f++)
        places[f] = shown[f] == 0 ? 0 : shown[f] < 2 ? 2 : shown[f];
    struct definition *definition = definition_new("events");
    if (build(definition, guess, wish, places, error) == STATUS_OK)
        return definition;
    definition_free(definition);
    return NULL;
}

struct definition *guess_make(const struct guess *guess, const char *time, const char *group_by,
                              const char *measures, const char *bytes, size_t len,
                              struct error *error)
{
    char *lists[] = {time ? named_list(time) : NULL, group_by ? named_list(group_by) : NULL,
                     measures ? named_list(measures) : NULL};
    struct wish wish = {.time = lists[0], .group_by = lists[1], .measures = lists[2]};
    struct definition *definition = make(guess, &wish, bytes, len, error);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]);
    return definition;
}
