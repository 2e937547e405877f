/* A plain row at once. */
#include "feeds/validate_parts.h"

bool validator_asks(const struct validator *v, int field)
{
    return !v->plans[field].idle || v->required & 1u << field;
}

bool validator_row(struct validator *v, struct event *event, const struct csv_row *row,
                   const struct validator_column *columns, int columns_len)
{
    validator_begin(v, event);
    for (int c = 0; c < columns_len; c++) {
        size_t len;
        const char *text = csv_row_field(row, columns[c].column, columns[c].last, &len);
        validator_field(v, columns[c].field, text, len);
    }
    validator_end(v);
    return v->label_ready;
}
