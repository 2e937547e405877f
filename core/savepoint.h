#ifndef TAILRACE_CORE_SAVEPOINT_H
#define TAILRACE_CORE_SAVEPOINT_H
/*
 * Copies of a state by name, beside it in its directory: made of one moment, while another process
 * counts into the state or none does, and there whole or not at all. A state that was begun from
 * one goes on from its positions, and so ends where it would have ended.
 *
 *     savepoint_make   of a store that was opened to be read
 *     savepoint_each   those that are there
 *     savepoint_restore   takes the state's place, before it is opened (store_config.restore)
 *
 * A name is letters, digits, '-' and '_', at most SAVEPOINT_NAME (D-13); one that is there already
 * is not overwritten.
 *
 * Threads: one.
 */
#include "core/instant.h"
#include "core/state_dir.h"
#include "core/store.h"

enum { SAVEPOINT_NAME = 64 };

/* STATUS_USAGE: the name; STATUS_IO. */
enum status savepoint_make(struct store *store, const char *name, struct error *error);

struct savepoint {
    char name[SAVEPOINT_NAME + 1];
    uint64_t bytes;
    epoch_ms made; /* by the clock of the system */
};
typedef void savepoint_take(void *context, const struct savepoint *savepoint);
/* In no order. Takes no lock. */
enum status savepoint_each(const char *path, savepoint_take *take, void *context,
                           struct error *error);

/* The directory is locked by the caller. STATUS_NOT_FOUND, STATUS_USAGE, STATUS_IO, STATUS_DAMAGED:
 * what was in its place is still there. Who is killed within it leaves that, or the savepoint in
 * its place, whole. */
enum status savepoint_restore(const struct state_dir *dir, const char *name, struct error *error);

/* Who was killed within it may leave the savepoint under this name: the state is that from now on,
 * and savepoint_finish, with the lock, puts it into its place. */
#define SAVEPOINT_RESTORED "restored.db"
bool savepoint_is_taking_over(const struct state_dir *dir);
enum status savepoint_finish(const struct state_dir *dir, struct error *error);

#endif
