#ifndef TAILRACE_CORE_DEFINITION_REDACT_H
#define TAILRACE_CORE_DEFINITION_REDACT_H
/*
 * Fields whose values are never told (--redact, D-17): not on the screen, in answers, reports,
 * alerts or side files. Counting, filters, rules, duplicates, `distinct` and look-ups see them as
 * they are; where the text would be told (a group's key, an alert's label or subject, the name of a
 * followed event) stands a token, "~" and twelve hexadecimal digits: a keyed hash of the value,
 * the same for the same value wherever it stands.
 *
 * The key is random, so that nobody finds a value by hashing guesses: it is kept in memory, and
 * with a state directory there, so that groups go on. Answers of separate runs therefore have other
 * tokens; that is the one place where an answer depends on a random key, and is meant to.
 *
 * What is derived (a tier, what a look-up finds) is told: redact that field as well.
 */
#include "core/definition.h"

enum { REDACT_TOKEN = 14 }; /* with its NUL */

/* Before definition_compile, when measures are known. `list`: names of fields, comma-separated.
 * STATUS_BAD_DEFINITION for what is no field, and for what would be told in another way: the event
 * time, the operand of a measure other than `distinct`, a closed list. */
enum status definition_redact(struct definition *definition, const char *list, struct error *error);
/* Whether any field is. Records that were not understood cannot be redacted: their bytes are then
 * to be told and kept nowhere. */
bool definition_redacts(const struct definition *definition);
/* Tokens by this key from now on; before anything is decoded. */
void definition_redact_key(struct definition *definition, struct hash_key key);

/* The token of a value; returns its length. */
size_t definition_token(const struct definition *definition, const char *text, size_t len,
                        char out[REDACT_TOKEN]);

#endif
