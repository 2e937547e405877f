#ifndef TAILRACE_FEEDS_DECODE_PARTS_H
#define TAILRACE_FEEDS_DECODE_PARTS_H
/*
 * What the files of the decoder share among themselves (decode.c frames; decode_csv.c and
 * decode_json.c judge); feeds/guess.c looks at columns through it. Nobody else includes it.
 */
#include "core/words.h"
#include "feeds/decode.h"
#include "feeds/validate.h"

/* --- CSV --- */

struct csv_judge;

/* Not yet ready: csv_judge_use must give it a header before records come. From the definition: who
 * judges plain records, and whether a record goes on behind a line end (T-R9). */
struct csv_judge *csv_judge_new(const struct definition *definition, struct validator *validator);
void csv_judge_free(struct csv_judge *judge);
void csv_judge_use(struct csv_judge *judge, const struct csv_header *header);
bool csv_judge_tab_is_blank(const struct csv_judge *judge);

enum csv_framed {
    CSV_RECORD,     /* the record was judged and its event written */
    CSV_FIRST_LINE, /* no record begins here: its first line is malformed, the next is another */
    CSV_MORE        /* an open quote: what follows decides */
};

struct csv_record {
    size_t len;
    uint32_t lines;
    enum reject_reason reason; /* what the format found; REJECT_NONE: see the event */
};

/*
 * Judges the record that begins at `bytes`; its first physical line, complete, is `line_len` long.
 * Lines behind it are looked at while a quote is open (T-R9).
 */
enum csv_framed csv_judge_record(struct csv_judge *judge, const char *bytes, size_t len,
                                 size_t line_len, bool final, struct event *event,
                                 struct csv_record *out);

/* The bytes of a feed to come are others than those of the run before. */
void csv_judge_begin(struct csv_judge *judge);

/* Judges plain records from `at` on, each one line, until something else comes, or an event has a
 * label. */
void csv_judge_run(struct csv_judge *judge, const char *at, const char *end,
                   struct validator_run *run);

/* A header line at the begin of `bytes`, blank lines before it passed. NULL: STATUS_CLOSED when its
 * end has not come (`*header_bytes` and `*lines` are then the blank lines), STATUS_BAD_FORMAT when
 * it does not fit. */
struct csv_header *csv_header_parse(const struct definition *definition, const char *bytes,
                                    size_t len, size_t *header_bytes, uint32_t *lines,
                                    struct error *error);

/* Names of columns for guessing: copies, at most `cap`; the delimiter is the one that gives most.
 * Returns how many; 0: none. */
int csv_columns(const char *line, size_t len, char **names, int cap);

/* A row of a CSV file and the physical line it begins on. The cells are valid during the call. Not
 * STATUS_OK ends the reading. */
typedef enum status (*csv_row_sink)(void *context, uint64_t line, const struct word *cells,
                                    int cells_len, struct error *error);

/* Every row of a whole file in memory, its header row first: strict CSV in UTF-8, the delimiter
 * told from the header. Unlike a feed it is somebody's table: the first fault ends it, with its
 * line. */
enum status csv_rows(const char *bytes, size_t len, csv_row_sink sink, void *context,
                     struct error *error);

/* --- JSON --- */

struct json_judge;

struct json_judge *json_judge_new(const struct definition *definition, struct validator *validator,
                                  struct hash_key hash_key);
void json_judge_free(struct json_judge *judge);

/* As csv_judge_begin and csv_judge_run. */
void json_judge_begin(struct json_judge *judge);
void json_judge_run(struct json_judge *judge, const char *at, const char *end,
                    struct validator_run *run);

/* Judges one line by jansson and writes its event. */
void json_judge_record(struct json_judge *judge, const char *line, size_t len, struct event *event);

/* Adds names of the members of an object, nested ones as a.b, that are not there yet. Returns false
 * when the line is no JSON object. */
bool json_columns(const char *line, size_t len, char **names, int *names_len, int cap);

/* --- shared --- */

/* Bytes at the begin of a generation that are no record: byte order mark, NUL run (T-R8). `*more`:
 * they may go on behind `len`. */
size_t decode_head(const char *bytes, size_t len, bool at_zero, bool *more);

/* A line of nothing but blanks; a tab is none where it separates columns. */
bool decode_is_blank(const char *line, size_t len, bool tab_is_blank);

/* The next complete line from `*at` on that is not blank; `*len` with its line end. NULL: none.
 * `*at` moves behind the lines passed, and `*lines` grows by as many. */
const char *decode_next_line(const char **at, const char *end, size_t *len, uint32_t *lines);

#endif
