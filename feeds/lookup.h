#ifndef TAILRACE_FEEDS_LOOKUP_H
#define TAILRACE_FEEDS_LOOKUP_H
/*
 * The files of a definition's lookups, read into core/lookup.h: CSV with a header that has the key
 * and the taken columns by their fields' names. An unknown column, a key that stands twice or is
 * empty, and a row with a column too few are errors that name file and line: a join with half of
 * its table would be wrong without a word.
 */
#include "core/definition.h"

/* Reads those that the compiled definition needs, before it is shared. A relative path is looked
 * for in the folder of the definition's file; of a built-in one in the current folder, then beside
 * `feed` (may be NULL). */
enum status lookups_load(struct definition *definition, const char *feed, struct error *error);

#endif
