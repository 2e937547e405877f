/* Runs in rings, the rest in a binary heap; the soonest is the least of the heads and the top. */
#include "core/due_queue.h"

#include "core/sometimes.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_START = 64 };

void due_queue_init(struct due_queue *queue)
{
    memset(queue, 0, sizeof *queue);
    for (int r = 0; r < DUE_RUNS; r++)
        queue->runs[r].last = INT64_MIN;
    queue->soonest = DUE_RUNS;
    queue->least = INT64_MAX;
}

void due_queue_fini(struct due_queue *queue)
{
    for (int r = 0; r < DUE_RUNS; r++)
        free(queue->runs[r].entries);
    free(queue->heap);
    due_queue_init(queue);
}

/* --- runs --- */

static struct due *run_at(const struct due_run *run, size_t index)
{
    return &run->entries[(run->head + index) & (run->room - 1)];
}

static void grow_run(struct due_run *run)
{
    size_t room = run->room ? run->room * 2 : ROOM_START;
    struct due *entries = mem_alloc(room * sizeof *entries);
    for (size_t i = 0; i < run->len; i++)
        entries[i] = *run_at(run, i);
    free(run->entries);
    run->entries = entries;
    run->room = room;
    run->head = 0;
}

/* The run whose last entry is the closest before, so that the others stay open for what is sooner;
 * DUE_RUNS: all have gone past it. */
static int run_for(const struct due_queue *queue, epoch_ms time)
{
    int best = DUE_RUNS;
    epoch_ms closest = INT64_MIN;
    for (int r = 0; r < DUE_RUNS; r++) { /* chosen without branches: which one is not foreseen */
        epoch_ms last = queue->runs[r].last;
        bool closer = (last <= time) & (last >= closest);
        best = closer ? r : best;
        closest = closer ? last : closest;
    }
    return best;
}

static void run_append(struct due_run *run, struct due due)
{
    if (run->len == run->room)
        grow_run(run);
    *run_at(run, run->len++) = due;
    run->last = due.time;
}

/* Of those due at one moment the one added first, wherever they stand: so a queue that was filled
 * anew from what is kept gives the same order (S-92). */
static bool sooner(const struct due *a, const struct due *b)
{
    return a->time != b->time ? a->time < b->time : a->stamp < b->stamp;
}

/* --- the heap --- */

static void sift_up(struct due_queue *queue, size_t at, struct due due)
{
    for (; at > 0 && sooner(&due, &queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        queue->heap[at] = queue->heap[(at - 1) / 2];
    queue->heap[at] = due;
}

static void sift_down(struct due_queue *queue, size_t at, struct due due)
{
    for (size_t child; (child = 2 * at + 1) < queue->heap_len; at = child) {
        if (child + 1 < queue->heap_len && sooner(&queue->heap[child + 1], &queue->heap[child]))
            child++;
        if (!sooner(&queue->heap[child], &due))
            break;
        queue->heap[at] = queue->heap[child];
    }
    queue->heap[at] = due;
}

static void heap_push(struct due_queue *queue, struct due due)
{
    if (queue->heap_len == queue->heap_room) {
        queue->heap_room = queue->heap_room ? queue->heap_room * 2 : ROOM_START;
        queue->heap = mem_resize(queue->heap, queue->heap_room * sizeof *queue->heap);
    }
    sift_up(queue, queue->heap_len++, due);
}

static void heap_pop(struct due_queue *queue)
{
    struct due last = queue->heap[--queue->heap_len];
    if (queue->heap_len > 0)
        sift_down(queue, 0, last);
}

/* --- both --- */

static void find_soonest(struct due_queue *queue)
{
    queue->soonest = DUE_RUNS;
    const struct due *soonest = queue->heap_len > 0 ? queue->heap : NULL;
    for (int r = 0; r < DUE_RUNS; r++) {
        const struct due_run *run = &queue->runs[r];
        if (run->len > 0 && (!soonest || sooner(run_at(run, 0), soonest))) {
            queue->soonest = r;
            soonest = run_at(run, 0);
        }
    }
    queue->least = soonest ? soonest->time : INT64_MAX;
}

const struct due *due_queue_first(const struct due_queue *queue)
{
    if (queue->soonest < DUE_RUNS)
        return run_at(&queue->runs[queue->soonest], 0);
    return queue->heap_len > 0 ? &queue->heap[0] : NULL;
}

const struct due *due_queue_ahead(const struct due_queue *queue, size_t places)
{
    if (queue->soonest == DUE_RUNS)
        return NULL;
    const struct due_run *run = &queue->runs[queue->soonest];
    return places < run->len ? run_at(run, places) : NULL;
}

void due_queue_add(struct due_queue *queue, struct due due)
{
    int r = run_for(queue, due.time);
    if (r < DUE_RUNS)
        run_append(&queue->runs[r], due);
    else
        heap_push(queue, due);
    queue->len++;
    if (due.time < queue->least || queue->len == 1) {
        queue->least = due.time;
        queue->soonest = r;
    }
}

void due_queue_drop_first(struct due_queue *queue)
{
    if (queue->soonest < DUE_RUNS) {
        struct due_run *run = &queue->runs[queue->soonest];
        run->head++;
        run->len--;
        if (run->len == 0)
            run->last = INT64_MIN;
    } else {
        heap_pop(queue);
    }
    queue->len--;
    find_soonest(queue);
}

static void sweep_run(struct due_run *run,
                      bool (*holds)(const void *context, const struct due *due),
                      const void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < run->len; i++)
        if (holds(context, run_at(run, i)))
            *run_at(run, kept++) = *run_at(run, i);
    run->len = kept;
    run->last = kept > 0 ? run_at(run, kept - 1)->time : INT64_MIN;
}

void due_queue_sweep(struct due_queue *queue,
                     bool (*holds)(const void *context, const struct due *due), const void *context)
{
    size_t kept = 0;
    SOMETIMES(due_list_swept);
    for (size_t i = 0; i < queue->heap_len; i++)
        if (holds(context, &queue->heap[i]))
            queue->heap[kept++] = queue->heap[i];
    queue->heap_len = queue->len = kept;
    for (size_t i = kept / 2; i-- > 0;)
        sift_down(queue, i, queue->heap[i]);
    for (int r = 0; r < DUE_RUNS; r++) {
        sweep_run(&queue->runs[r], holds, context);
        queue->len += queue->runs[r].len;
    }
    find_soonest(queue);
}
