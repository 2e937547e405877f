#ifndef TAILRACE_CORE_BATCH_RUN_PARTS_H
#define TAILRACE_CORE_BATCH_RUN_PARTS_H
/* What batch_run.c and batch_workers.c share; nobody else includes it. */
#include "core/batch_run.h"

enum { BATCH_WORKERS_MAX = 8 };

struct run {
    const struct batch_run_config *config;
    const struct batch_range *ranges;
    size_t ranges_len;
    struct batch_result *results; /* by range; marks and cost are the first's */
    size_t slices;
    /* where the reading is, in order of slices */
    uint64_t expected; /* where the next slice of this generation must begin */
    uint32_t lines;    /* physical lines of this generation before it */
    bool overflowed;   /* a cap was met: only a sequential run can tell */
    int64_t cpu_ns;    /* of the workers */
};

/* Where a slice stands. */
struct place {
    uint32_t source;
    uint32_t generation;
    uint64_t begin;
    bool first; /* of its generation */
};

struct place batch_place(const struct run *run, size_t index);
/* Reads a slice into `sink`, which calls batch_tell for each block. */
enum status batch_read(const struct run *run, size_t index, uint64_t from, block_sink sink,
                       void *context, struct slice_result *slice, struct error *error);
/* Progress; false: cancelled. */
bool batch_tell(const struct run *run, const struct event_block *block);
/* Notes where the slice ended, for the one behind it and for the end mark. */
void batch_advance(struct run *run, size_t index, const struct slice_result *slice);

/* How a pipeline of this range is made. `slice`: what it counts is merged into a whole. `judged`:
 * its ids are looked up for it. */
struct pipeline_config batch_pipeline_config(const struct run *run, size_t range, bool slice,
                                             bool judged);

/* STATUS_NO_MEMORY: no thread could be made, nothing was read. */
enum status batch_run_parallel(struct run *run, int workers, struct error *error);

#endif
