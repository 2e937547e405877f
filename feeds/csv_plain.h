#ifndef TAILRACE_FEEDS_CSV_PLAIN_H
#define TAILRACE_FEEDS_CSV_PLAIN_H
/*
 * The usual CSV line, split without a parser: no quote, no CR, no space at the edge of a field. Of
 * such lines the fields are what libcsv would say they are; all others are left to it.
 *
 * Pure; any thread.
 */
#include <stddef.h>
#include <stdint.h>

enum { CSV_PLAIN_COLUMNS = 64, CSV_PLAIN_LEAST = 8 };

/* Splits `len` bytes, at least CSV_PLAIN_LEAST, the line end not among them: `ends` gets where each
 * field ends, one byte before the next begins. Returns how many there are; 0: not a usual line. */
int csv_plain_split(const char *line, size_t len, char delimiter, uint32_t ends[CSV_PLAIN_COLUMNS]);

#endif
