#ifndef TAILRACE_FEEDS_GUESS_H
#define TAILRACE_FEEDS_GUESS_H
/*
 * A definition for a feed that came without one: matched to a built-in definition by its columns,
 * or made from --time and --group-by. What was guessed is said to the user by the caller.
 */
#include "core/definition.h"

/* What the first bytes of a feed show: its format and its column names (CSV header; for JSONL the
 * members of the first objects, nested ones as a.b). */
struct guess {
    enum feed_format format;
    char *columns[FIELDS_MAX];
    int columns_len;
};

/* Looks at the first bytes (complete lines only). STATUS_CLOSED: not a complete line yet. */
enum status guess_read(const char *bytes, size_t len, struct guess *out, struct error *error);
void guess_fini(struct guess *guess);

/* The built-in definition whose required fields all have a column here, most fields matched first;
 * NULL when none does: the error then names the columns seen and asks for --time and --group-by. */
struct definition *guess_builtin(const struct guess *guess, struct error *error);

/* A definition made of the columns: `time` is the event time, operands of `measures` (may be NULL)
 * are money with as many places as the first records show (at least 2 where they show any, or
 * nothing), all else is text. Bytes of a column's name that a field's may not have become '_', here
 * and in the three lists. Not compiled. */
struct definition *guess_make(const struct guess *guess, const char *time, const char *group_by,
                              const char *measures, const char *bytes, size_t len,
                              struct error *error);

#endif
