#ifndef TAILRACE_TUI_REJECT_OUTPUT_H
#define TAILRACE_TUI_REJECT_OUTPUT_H
/*
 * What `tailrace rejects` prints: groups as text or JSON, records as CSV or as JSON, one a line:
 *
 *     {"kind": "rejected", "reason": "bad_timestamp", "source": 0, "path": "tickets.csv",
 *      "generation": 0, "start": 8123, "length": 61, "line": 203, "kept": 61, "text": "…"}
 *
 * `text` is the record without its line end, null when its bytes were not kept; bytes that are not
 * UTF-8 read \xNN there, and the exact ones stand in "hex" beside it. `kept` is less than `length`
 * where a record was cut. CSV cells are guarded against spreadsheets (D-04); raw: exact.
 *
 * Threads: none.
 */
#include "tui/options.h"
#include "tui/reject_list.h"

#include <stdio.h>

struct reject_output {
    FILE *out;
    const struct reject_source *source;
    const char *definition; /* its name */
    const char *state;      /* directory; NULL: the feed was read */
    uint64_t each;          /* records listed of each group */
    bool raw;
};

enum status reject_output_text(const struct reject_output *output,
                               const struct reject_groups *groups, struct error *error);
/* One object: groups, and `each` records of each. */
enum status reject_output_json(const struct reject_output *output,
                               const struct reject_groups *groups, struct error *error);
/* Every record. */
enum status reject_output_csv(const struct reject_output *output, struct error *error);
enum status reject_output_lines(const struct reject_output *output, struct error *error);

#endif
