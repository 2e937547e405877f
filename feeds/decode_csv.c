/*
 * CSV, judged by libcsv in strict mode.
 *
 * DESIGN: libcsv is given one physical line at a time, line end included. When its row callback has
 * fired once and nothing stays open, the record is complete; when it has not fired, a quote is open
 * and the next line belongs to the record. Where the quote does not close within the caps, or
 * libcsv refuses, the first line alone is malformed and the lines behind it are records of their
 * own: a stray quote never swallows its neighbours (T-R9).
 *
 * Plain records are judged without libcsv, many in a run (csv_plain.h), to the same fields.
 *
 * Fields go from the callback straight to the validator by a table made from the header: column →
 * first field it feeds → next field of the same column.
 */
#include "feeds/csv_plain.h"
#include "feeds/decode_parts.h"
#include "feeds/utf8.h"

#include "core/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <csv.h>

enum { COLUMNS_LIMIT = CSV_PLAIN_COLUMNS, NO_FIELD = -1, BUFFER_STEP = 4096, TOLD_MAX = 24 };

_Static_assert((int)CSV_PLAIN_BYTES_MAX <= (int)RECORD_BYTES_MAX, "no plain row is too long");

static const char delimiters[] = {',', ';', '\t', '|'};

struct csv_header {
    char delimiter;
    int columns_len;
    int8_t first_field[COLUMNS_LIMIT]; /* of each column */
    int8_t next_field[FIELDS_MAX];     /* of the same column */
};

/* --- header --- */

struct names {
    char **names;
    int len;
    int cap;
    int rows;
};

static void on_name(void *text, size_t len, void *context)
{
    struct names *names = context;
    if (names->rows == 0 && names->len < names->cap)
        names->names[names->len] = word_copy(word_trimmed(text, len));
    names->len += names->rows == 0;
}

static void on_name_row(int c, void *context)
{
    (void)c;
    ((struct names *)context)->rows++;
}

static void parser_init(struct csv_parser *parser, char delimiter)
{
    csv_init(parser, CSV_STRICT);
    csv_set_delim(parser, (unsigned char)delimiter);
    csv_set_realloc_func(parser, mem_resize);
    csv_set_blk_size(parser, BUFFER_STEP);
}

static void free_names(struct names *names)
{
    for (int i = 0; i < names->len && i < names->cap; i++)
        free(names->names[i]);
    names->len = 0;
}

/* Splits one line. False, and no names: it is no single CSV row. */
static bool split(const char *line, size_t len, char delimiter, struct names *names)
{
    struct csv_parser parser;
    names->len = names->rows = 0;
    parser_init(&parser, delimiter);
    size_t parsed = csv_parse(&parser, line, len, on_name, on_name_row, names);
    csv_fini(&parser, on_name, on_name_row, names);
    csv_free(&parser);
    if (parsed == len && names->rows == 1 && names->len <= names->cap)
        return true;
    free_names(names);
    return false;
}

static int column_of(const struct names *names, const char *column)
{
    for (int c = 0; c < names->len; c++)
        if (strcmp(names->names[c], column) == 0)
            return c;
    return -1;
}

/* The column of a field: the first of its names that the header has. */
static int column_of_field(const struct names *names, const struct field *field)
{
    for (int i = 0; i < field->columns_len; i++) {
        int column = column_of(names, field->columns[i]);
        if (column >= 0)
            return column;
    }
    return -1;
}

static int fields_matched(const struct names *names, const struct definition *definition)
{
    int matched = 0;
    for (int f = 0; f < definition->fields_len; f++)
        matched += column_of_field(names, &definition->fields[f]) >= 0;
    return matched;
}

/* The delimiter that finds most fields, then most columns; false: no row by any of them. */
static bool find_delimiter(const struct definition *definition, const char *line, size_t len,
                           struct names *names, char *delimiter)
{
    int best = -1;
    for (size_t i = 0; i < sizeof delimiters; i++) {
        if (!split(line, len, delimiters[i], names))
            continue;
        int score = names->len;
        if (definition)
            score += fields_matched(names, definition) * (COLUMNS_LIMIT + 1);
        if (score > best) {
            best = score;
            *delimiter = delimiters[i];
        }
        free_names(names);
    }
    return best >= 0;
}

/* "a, b, c", cut where it gets too long. A file that is none of ours may hold a secret: no more of
 * a line is told than what a name needs (D-14). */
static const char *columns_text(const struct names *names, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int c = 0; c < names->len && used < size; c++)
        used += (size_t)snprintf(out + used, size - used, "%s%.*s%s", c ? ", " : "", TOLD_MAX,
                                 names->names[c], strlen(names->names[c]) > TOLD_MAX ? "..." : "");
    if (used >= size)
        snprintf(out + size - 4, 4, "...");
    return out;
}

static enum status check_names(const struct names *names, const struct definition *definition,
                               struct error *error)
{
    char seen[280];
    for (int c = 0; c < names->len; c++)
        if (names->names[c][0] && column_of(names, names->names[c]) != c)
            return error_set(error, STATUS_BAD_FORMAT, "the header has the column '%.64s' twice",
                             names->names[c]);
    for (int f = 0; f < definition->fields_len; f++) {
        const struct field *field = &definition->fields[f];
        if (field->required && column_of_field(names, field) < 0)
            return error_set(error, STATUS_BAD_FORMAT,
                             "definition '%s' needs the column '%.64s'; the header has %s",
                             definition->name, field->columns[0],
                             columns_text(names, seen, sizeof seen));
    }
    return STATUS_OK;
}

static struct csv_header *header_of(const struct names *names, const struct definition *definition,
                                    char delimiter)
{
    struct csv_header *header = mem_zero(1, sizeof *header);
    header->delimiter = delimiter;
    header->columns_len = names->len;
    memset(header->first_field, NO_FIELD, sizeof header->first_field);
    memset(header->next_field, NO_FIELD, sizeof header->next_field);
    for (int f = 0; f < definition->fields_len; f++) {
        int column = column_of_field(names, &definition->fields[f]);
        if (column < 0)
            continue;
        header->next_field[f] = header->first_field[column];
        header->first_field[column] = (int8_t)f;
    }
    return header;
}

static struct csv_header *parse_line(const struct definition *definition, const char *line,
                                     size_t len, struct error *error)
{
    char **texts = mem_zero(COLUMNS_LIMIT, sizeof *texts);
    struct names names = {.names = texts, .cap = COLUMNS_LIMIT};
    struct csv_header *header = NULL;
    char delimiter;
    if (!find_delimiter(definition, line, len, &names, &delimiter)) {
        error_set(error, STATUS_BAD_FORMAT, "the first line is no CSV header: '%.*s'",
                  (int)(len <= TOLD_MAX ? len - 1 : TOLD_MAX), line);
    } else {
        split(line, len, delimiter, &names);
        if (check_names(&names, definition, error) == STATUS_OK)
            header = header_of(&names, definition, delimiter);
        free_names(&names);
    }
    free(texts);
    return header;
}

/* Whether a line, of those that end here, is over the cap. */
static bool has_long_line(const char *at, const char *end)
{
    while (at < end) {
        const char *line = at, *line_end = memchr(at, '\n', (size_t)(end - at));
        at = line_end ? line_end + 1 : end;
        if (at - line > RECORD_BYTES_MAX)
            return true;
    }
    return false;
}

struct csv_header *csv_header_parse(const struct definition *definition, const char *bytes,
                                    size_t len, size_t *header_bytes, uint32_t *lines,
                                    struct error *error)
{
    const char *at = bytes;
    const char *end = bytes + len;
    size_t line_len;
    *lines = 0;
    const char *line = decode_next_line(&at, end, &line_len, lines);
    bool no_header = has_long_line(bytes, at) || (!line && end - at >= RECORD_BYTES_MAX);
    *header_bytes = (size_t)(at - bytes);
    if (line && !no_header)
        return parse_line(definition, line, line_len, error);
    if (no_header)
        error_set(error, STATUS_BAD_FORMAT, "no line end within 1 MiB: this is no CSV header");
    else
        error_set(error, STATUS_CLOSED, "the header line is not complete");
    return NULL;
}

void csv_header_free(struct csv_header *header)
{
    free(header);
}

int csv_columns(const char *line, size_t len, char **names, int cap)
{
    char **texts = mem_zero(COLUMNS_LIMIT, sizeof *texts);
    struct names all = {.names = texts, .cap = COLUMNS_LIMIT};
    char delimiter;
    int kept = 0;
    if (find_delimiter(NULL, line, len, &all, &delimiter)) {
        split(line, len, delimiter, &all);
        for (; kept < all.len && kept < cap; kept++)
            names[kept] = mem_copy_text(all.names[kept]);
        free_names(&all);
    }
    free(texts);
    return kept;
}

/* --- whole files --- */

/* The row at hand, as libcsv gives its cells; `text` holds them one behind the other. */
struct table_row {
    struct word *cells; /* COLUMNS_LIMIT + 1; `at` is set when the row is complete */
    int cells_len;
    char *text;
    size_t text_len, text_room;
    int rows;
};

static void on_cell(void *text, size_t len, void *context)
{
    struct table_row *row = context;
    if (row->text_room - row->text_len < len) {
        row->text_room = (row->text_len + len) * 2;
        row->text = mem_resize(row->text, row->text_room);
    }
    if (len > 0)
        memcpy(row->text + row->text_len, text, len);
    row->text_len += len;
    if (row->cells_len <= COLUMNS_LIMIT)
        row->cells[row->cells_len++].len = len;
}

static void on_cells_end(int c, void *context)
{
    (void)c;
    ((struct table_row *)context)->rows++;
}

static enum status bad_row(uint64_t line, const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_FORMAT, "line %llu: %s", (unsigned long long)line, what);
}

static enum status pass_row(struct table_row *row, uint64_t line, csv_row_sink sink, void *context,
                            struct error *error)
{
    const char *at = row->text ? row->text : ""; /* NULL: no cell had any */
    if (row->rows > 1 || row->cells_len > COLUMNS_LIMIT)
        return bad_row(line, "this is no single CSV row", error);
    for (int c = 0; c < row->cells_len; at += row->cells[c++].len)
        row->cells[c].at = at;
    enum status status = sink(context, line, row->cells, row->cells_len, error);
    row->cells_len = row->rows = 0;
    row->text_len = 0;
    return status;
}

static enum status each_row(struct csv_parser *parser, const char *bytes, size_t len,
                            struct table_row *row, csv_row_sink sink, void *context,
                            struct error *error)
{
    const char *end = bytes + len;
    bool open = false;
    uint64_t line = 0, begins = 0;
    enum status status = STATUS_OK;
    for (const char *at = bytes; at < end && status == STATUS_OK; line++) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t line_len = line_end ? (size_t)(line_end + 1 - at) : (size_t)(end - at);
        const char *text = at;
        at += line_len;
        if (!open && decode_is_blank(text, line_len, false))
            continue;
        begins = open ? begins : line + 1;
        if (utf8_faults(text, line_len))
            return bad_row(line + 1, "these bytes are no UTF-8 text", error);
        if (csv_parse(parser, text, line_len, on_cell, on_cells_end, row) != line_len)
            return bad_row(line + 1, "a quote stands where CSV allows none", error);
        if (!line_end)
            csv_fini(parser, on_cell, on_cells_end, row);
        open = row->rows == 0;
        if (!open)
            status = pass_row(row, begins, sink, context, error);
    }
    return status == STATUS_OK && open ? bad_row(begins, "a quote is never closed", error) : status;
}

enum status csv_rows(const char *bytes, size_t len, csv_row_sink sink, void *context,
                     struct error *error)
{
    bool more;
    size_t head = decode_head(bytes, len, true, &more);
    const char *line_end = memchr(bytes + head, '\n', len - head);
    size_t line_len = line_end ? (size_t)(line_end - bytes) - head : len - head;
    struct names names = {.names = mem_zero(COLUMNS_LIMIT, sizeof *names.names),
                          .cap = COLUMNS_LIMIT};
    struct table_row row = {.cells = mem_zero(COLUMNS_LIMIT + 1, sizeof *row.cells)};
    struct csv_parser parser;
    char delimiter;
    enum status status;
    if (line_len == 0 || !find_delimiter(NULL, bytes + head, line_len, &names, &delimiter)) {
        status = bad_row(1, "this is no CSV header", error);
    } else {
        parser_init(&parser, delimiter);
        status = each_row(&parser, bytes + head, len - head, &row, sink, context, error);
        csv_free(&parser);
    }
    free(names.names);
    free(row.cells);
    free(row.text);
    return status;
}

/* --- records --- */

struct csv_judge {
    struct csv_parser parser;
    const struct csv_header *header;
    struct validator *validator;
    bool single_line;
    enum decoder_choice choice;
    struct csv_plain *plain; /* NULL: libcsv judges every record */
    const char *looked;      /* where it looks at; NULL: nowhere */
    int column;              /* of the next field */
    int row_columns;         /* of the first row */
    int rows;
    bool by_return; /* the last row was ended by a CR */
};

struct csv_judge *csv_judge_new(const struct definition *definition, struct validator *validator)
{
    struct csv_judge *judge = mem_zero(1, sizeof *judge);
    judge->validator = validator;
    judge->single_line = definition->csv_single_line;
    judge->choice = definition->decoder;
    return judge;
}

void csv_judge_use(struct csv_judge *judge, const struct csv_header *header)
{
    judge->header = header;
    parser_init(&judge->parser, header->delimiter);
    if (judge->choice == DECODER_LIBRARY)
        return;
    judge->plain = csv_plain_new(header->delimiter, header->columns_len, judge->choice);
    struct validator_column fed[FIELDS_MAX];
    int len = 0;
    for (int c = 0; c < header->columns_len; c++)
        for (int f = header->first_field[c]; f != NO_FIELD; f = header->next_field[f])
            fed[len++] = (struct validator_column){
                .column = (uint16_t)c, .field = (uint8_t)f, .last = c == header->columns_len - 1};
    validator_use(judge->validator, fed, len);
}

void csv_judge_free(struct csv_judge *judge)
{
    if (!judge)
        return;
    if (judge->header)
        csv_free(&judge->parser);
    csv_plain_free(judge->plain);
    free(judge);
}

bool csv_judge_tab_is_blank(const struct csv_judge *judge)
{
    return judge->header->delimiter != '\t';
}

static void on_field(void *text, size_t len, void *context)
{
    struct csv_judge *judge = context;
    int column = judge->column++;
    if (column >= judge->header->columns_len || judge->rows > 0)
        return;
    for (int f = judge->header->first_field[column]; f != NO_FIELD;
         f = judge->header->next_field[f])
        validator_field(judge->validator, f, text, len);
}

static void on_row(int c, void *context)
{
    struct csv_judge *judge = context;
    if (judge->rows++ == 0)
        judge->row_columns = judge->column;
    judge->by_return = c == '\r';
}

static void forget(struct csv_judge *judge)
{
    csv_fini(&judge->parser, NULL, NULL, NULL);
}

/* The next physical line of an open record, within the caps; CSV_RECORD: there is one. */
static enum csv_framed next_line(const char *bytes, size_t len, bool final,
                                 const struct csv_record *so_far, size_t *line_len)
{
    if (so_far->lines == QUOTED_LINES_MAX || so_far->len >= QUOTED_BYTES_MAX)
        return CSV_FIRST_LINE;
    size_t left = len - so_far->len;
    const char *line = bytes + so_far->len;
    const char *line_end = left > 0 ? memchr(line, '\n', left) : NULL;
    *line_len = line_end ? (size_t)(line_end + 1 - line) : left;
    if (so_far->len + *line_len > QUOTED_BYTES_MAX)
        return CSV_FIRST_LINE;
    if (line_end)
        return CSV_RECORD;
    return final ? CSV_FIRST_LINE : CSV_MORE;
}

/* Feeds libcsv lines until a row is complete. `*faults`: of the bytes of all of them. */
static enum csv_framed frame(struct csv_judge *judge, const char *bytes, size_t len, bool final,
                             size_t line_len, struct csv_record *out, unsigned *faults)
{
    for (;;) {
        const char *line = bytes + out->len;
        *faults |= utf8_faults(line, line_len);
        size_t parsed = csv_parse(&judge->parser, line, line_len, on_field, on_row, judge);
        out->len += line_len;
        out->lines++;
        if (parsed != line_len)
            return CSV_FIRST_LINE;
        if (judge->rows > 0)
            return CSV_RECORD;
        if (judge->single_line)
            return CSV_FIRST_LINE;
        enum csv_framed next = next_line(bytes, len, final, out, &line_len);
        if (next != CSV_RECORD)
            return next;
    }
}

/* Brings the look at the bytes to `at`; false: there is no whole row to be seen. */
static bool look_at(struct csv_judge *judge, const char *at, const char *end)
{
    if (judge->looked) {
        size_t offset = (size_t)(at - judge->looked);
        if (csv_plain_seek(judge->plain, offset))
            return true;
        if (offset == 0)
            return false;
    }
    csv_plain_look(judge->plain, at, end);
    judge->looked = at;
    return !csv_piece_is_done(csv_plain_piece(judge->plain));
}

void csv_judge_begin(struct csv_judge *judge)
{
    judge->looked = NULL;
}

void csv_judge_run(struct csv_judge *judge, const char *at, const char *end,
                   struct validator_run *run)
{
    const uint64_t begin = run->offset;
    bool label = false;
    while (judge->plain && !label && run->events < run->events_end && run->offset < run->limit) {
        const char *next = at + (run->offset - begin);
        if (next == end || !look_at(judge, next, end))
            break;
        struct csv_piece *piece = csv_plain_piece(judge->plain);
        label = validator_rows(judge->validator, piece, run);
        if (!csv_piece_is_done(piece))
            break;
    }
}

enum csv_framed csv_judge_record(struct csv_judge *judge, const char *bytes, size_t len,
                                 size_t line_len, bool final, struct event *event,
                                 struct csv_record *out)
{
    unsigned faults = 0;
    judge->column = judge->rows = 0;
    *out = (struct csv_record){.reason = REJECT_NONE};
    validator_begin(judge->validator, event);
    enum csv_framed framed = frame(judge, bytes, len, final, line_len, out, &faults);
    /* a CR ends a row anywhere in a line: what stands behind it would be a second row */
    if (framed == CSV_RECORD && judge->by_return)
        csv_fini(&judge->parser, on_field, on_row, judge);
    if (framed != CSV_RECORD)
        forget(judge);
    if (framed == CSV_MORE)
        return CSV_MORE;
    if (framed == CSV_FIRST_LINE) {
        faults = out->lines > 1 ? utf8_faults(bytes, line_len) : faults;
        out->len = line_len;
        out->lines = 1;
        out->reason = REJECT_PARSE;
    }
    if (faults)
        out->reason = faults & BYTES_NUL ? REJECT_NUL : REJECT_UTF8;
    else if (framed == CSV_RECORD && judge->rows != 1)
        out->reason = REJECT_PARSE;
    else if (framed == CSV_RECORD && judge->row_columns != judge->header->columns_len)
        out->reason = REJECT_FIELD_COUNT;
    if (out->reason == REJECT_NONE)
        validator_end(judge->validator);
    return framed;
}
