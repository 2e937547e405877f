/*
 * A state file of somebody else's making (D-12, S-93): bytes that stand in state.db, or changes
 * made to a sound one by SQL, with files of large values beside it. Opening it ends, with words or
 * with a store; a store tells all it has and takes another epoch, which is there when it is opened
 * again.
 */
#include "tests/fuzz/fuzz.h"

#include "core/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

enum { STEPS_MAX = 20000, SEED_EPOCHS = 3, LARGE = 7 /* "value 1" */ };

#define DIGEST   "00ff"
#define DATABASE "state.db"

static char folder[64], path[96], backup[96];

static void remove_folder(void)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    while (entries && (entry = readdir(entries)))
        unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
    rmdir(folder);
}

static const char *large_name(int number)
{
    static char name[128];
    snprintf(name, sizeof name, "%s/large-%d", folder, number);
    return name;
}

static enum status open_store(bool write, struct store **out, struct error *error)
{
    struct store_config config = {
        .path = folder, .digest = DIGEST, .write = write, .relaxed = true, .large_min = LARGE};
    return store_open(&config, out, error);
}

static void fill(struct delta *delta, int epoch)
{
    const struct delta_reject rejected = {.kind = STATE_REJECTED,
                                          .position = {.start = (uint64_t)epoch},
                                          .length = 3,
                                          .line = 1,
                                          .reason = "parse",
                                          .bytes = "bad",
                                          .bytes_len = 3};
    char value[16];
    int len = snprintf(value, sizeof value, "value %d", epoch);
    delta_put(delta, STATE_OUTCOMES, NULL, 0, value, (size_t)len);
    delta_put(delta, STATE_TOTAL, value, (size_t)len, value, (size_t)len);
    delta_put(delta, STATE_ID, value, (size_t)len, value, (size_t)len);
    delta_reject(delta, &rejected);
    delta_alert(delta, (uint64_t)epoch, false, "alert", 5);
}

static void commit(struct store *store, int epoch)
{
    struct error error = {.text = ""};
    struct delta delta = {.len = 0};
    fill(&delta, epoch);
    must(store_commit(store, &delta, &error) == STATUS_OK, "%s", error.text);
    delta_fini(&delta);
}

/* Copies a whole file. */
static void copy_file(const char *from, const char *to)
{
    static char bytes[256 * 1024];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t len = in >= 0 ? read(in, bytes, sizeof bytes) : -1;
    must(len >= 0 && out >= 0 && write(out, bytes, (size_t)len) == len, "%s to %s", from, to);
    close(in);
    close(out);
}

/* The folder, and a sound file of some epochs. */
static void set_up(void)
{
    struct error error = {.text = ""};
    struct store *store;
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/tailrace-fuzz-XXXXXX", root);
    must(mkdtemp(folder) != NULL, "no folder in %s", root);
    atexit(remove_folder);
    snprintf(path, sizeof path, "%s/" DATABASE, folder);
    snprintf(backup, sizeof backup, "%s/sound", folder);
    must(open_store(true, &store, &error) == STATUS_OK, "%s", error.text);
    for (int epoch = 1; epoch <= SEED_EPOCHS; epoch++)
        commit(store, epoch);
    store_close(store);
    must(access(large_name(SEED_EPOCHS), F_OK) == 0, "no large value");
    copy_file(path, backup);
}

/* What the sound file names, one for each epoch. */
static void write_large_files(void)
{
    for (int epoch = 1; epoch <= SEED_EPOCHS; epoch++) {
        char value[16];
        int len = snprintf(value, sizeof value, "value %d", epoch);
        int fd = open(large_name(epoch), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        must(fd >= 0 && write(fd, value, (size_t)len) == len, "no %s", large_name(epoch));
        close(fd);
    }
}

static void remove_side_files(void)
{
    char name[128];
    snprintf(name, sizeof name, "%s-wal", path);
    unlink(name);
    snprintf(name, sizeof name, "%s-shm", path);
    unlink(name);
}

/* --- making one ------------------------------------------------------------------------------ */

static int enough(void *steps)
{
    return ++*(int *)steps > STEPS_MAX / 100;
}

/* The sound file, changed; SQL can reach no other file. */
static void change(const char *sql)
{
    sqlite3 *db = NULL;
    int steps = 0;
    copy_file(backup, path);
    must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK, "the sound file");
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 100000);
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 100000);
    sqlite3_progress_handler(db, 100, enough, &steps);
    sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
}

static void write_bytes(const uint8_t *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size, "no file");
    close(fd);
}

/* --- using it -------------------------------------------------------------------------------- */

static bool look(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    uint64_t *sum = context;
    *sum = *sum * 31 + fuzz_seed(key, key_len) + fuzz_seed(value, value_len);
    return true;
}

static bool look_reject(void *context, const struct store_reject *reject)
{
    uint64_t *sum = context;
    *sum += reject->reason ? strlen(reject->reason) : 0;
    *sum += fuzz_seed(reject->bytes, reject->bytes ? reject->bytes_len : 0);
    return true;
}

/* All that it tells, as one number. */
static uint64_t look_at_all(struct store *store)
{
    uint64_t sum = store_epoch(store);
    struct error error = {.text = ""};
    enum status status;
    for (int part = STATE_OUTCOMES; part <= STATE_TRAIL; part++) {
        status = store_each(store, (enum state_part)part, look, &sum, &error);
        if (status != STATUS_OK)
            must_say(status, &error);
    }
    status = store_each_reject(store, look_reject, &sum, &error);
    if (status != STATUS_OK)
        must_say(status, &error);
    return sum + store_has_alert(store, 1);
}

static void check_takes_more(struct store *store)
{
    struct error error = {.text = ""};
    struct delta delta = {.len = 0};
    uint64_t epoch = store_epoch(store);
    fill(&delta, SEED_EPOCHS + 1);
    enum status status = store_commit(store, &delta, &error);
    delta_fini(&delta);
    if (status != STATUS_OK)
        must_say(status, &error);
    must(store_epoch(store) == epoch + (status == STATUS_OK), "the epoch");
    uint64_t told = look_at_all(store);
    store_close(store);
    status = open_store(true, &store, &error);
    must(status == STATUS_OK, "what it wrote is refused: %s", error.text);
    must(look_at_all(store) == told, "opened again it tells something else");
    store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store *store = NULL;
    struct error error = {.text = ""};
    if (!folder[0])
        set_up();
    remove_side_files();
    write_large_files();
    if (size >= 15 && memcmp(data, "SQLite format 3", 15) == 0) {
        write_bytes(data, size);
    } else {
        struct taker taker = {data, size};
        char *sql = take_text(&taker);
        change(sql);
        free(sql);
    }
    enum status status = open_store(true, &store, &error);
    must((status == STATUS_OK) == (store != NULL), "a store, or not");
    if (status != STATUS_OK) {
        must_say(status, &error);
        return 0;
    }
    look_at_all(store);
    check_takes_more(store);
    return 0;
}
