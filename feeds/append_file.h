#ifndef TAILRACE_FEEDS_APPEND_FILE_H
#define TAILRACE_FEEDS_APPEND_FILE_H
/*
 * The end of a feed file that this process writes itself: a private unlinked temporary file, a
 * buffer before it, and the feed that is told of each append. What could not be written stays in
 * the buffer for the next try: a full disk delays, it drops nothing.
 *
 * Threads: one, the producer's.
 */
#include "core/feed.h"

enum { APPEND_BUFFER = 64 * 1024 };

struct append_file {
    int fd;
    uint64_t written;  /* bytes in the file: where the next append begins */
    struct feed *feed; /* told of appends; NULL: nobody yet */
    size_t begin;      /* bytes[begin, end) wait to be written */
    size_t end;
    char bytes[APPEND_BUFFER];
};

enum status append_file_open(struct append_file *file, struct error *error);
void append_file_close(struct append_file *file);

/* Room behind what waits, to be filled by the caller, who then moves `end`. */
size_t append_file_room(const struct append_file *file);

/* Writes what waits. STATUS_IO: some still does. */
enum status append_file_flush(struct append_file *file, struct error *error);

#endif
