/*
 * Tables for lookups: whole CSV files, of which the first fault ends the reading and says its line.
 * Rows that were read, written anew with every cell in quotes, are the same rows.
 */
#include "tests/fuzz/fuzz.h"

#include "feeds/decode_parts.h"

enum { TEXT_MAX = 64 * 1024 };

/* Rows as CSV in one form, and how many there are. */
struct rows {
    char text[TEXT_MAX];
    size_t len;
    int rows;
    uint64_t line; /* of the newest */
    bool full;
};

static void put(struct rows *rows, char c)
{
    rows->full |= rows->len == TEXT_MAX;
    if (!rows->full)
        rows->text[rows->len++] = c;
}

static enum status take_row(void *context, uint64_t line, const struct word *cells, int cells_len,
                            struct error *error)
{
    struct rows *rows = context;
    (void)error;
    must(line > rows->line, "line %llu behind line %llu", (unsigned long long)line,
         (unsigned long long)rows->line);
    must(cells_len > 0, "a row of no cells");
    rows->line = line;
    rows->rows++;
    for (int c = 0; c < cells_len; c++) {
        put(rows, c > 0 ? ',' : '"');
        if (c > 0)
            put(rows, '"');
        for (size_t i = 0; i < cells[c].len; i++) {
            put(rows, cells[c].at[i]);
            if (cells[c].at[i] == '"')
                put(rows, '"');
        }
        put(rows, '"');
    }
    put(rows, '\n');
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rows first, again;
    struct error error = {.text = ""};
    char *exact = exact_copy((const char *)data, size);
    first = (struct rows){.len = 0};
    enum status status = csv_rows(exact, size, take_row, &first, &error);
    free(exact);
    if (status != STATUS_OK)
        must_say(status, &error);
    if (first.rows == 0 || first.full)
        return 0;
    again = (struct rows){.len = 0};
    exact = exact_copy(first.text, first.len);
    status = csv_rows(exact, first.len, take_row, &again, &error);
    must(status == STATUS_OK, "written anew: %s", error.text);
    must(again.rows == first.rows && again.len == first.len &&
             memcmp(again.text, first.text, first.len) == 0,
         "written anew the rows are others");
    free(exact);
    return 0;
}
