/* The state: what an epoch wrote is there again, all or nothing; what is not ours is refused. */
#include "core/store.h"

#include "tests/unit/store_bench.h"
#include "tests/unit/support.h"

#include "core/state_dir.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Everything that is told, as text: "key=value ". */
struct told {
    char text[512];
};

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct told *told = context;
    size_t used = strlen(told->text);
    snprintf(told->text + used, sizeof told->text - used, "%.*s=%.*s ", (int)key_len,
             (const char *)key, (int)value_len, (const char *)value);
    return true;
}

static void expect_rows(struct store *store, enum state_part part, const char *expected)
{
    struct told told = {.text = ""};
    struct error error = {.text = ""};
    assert_int_equal(store_each(store, part, take, &told, &error), STATUS_OK);
    assert_string_equal(told.text, expected);
}

/* S-90, S-91: an epoch's changes together, and still there when opened anew. */
static void test_epochs(void **state)
{
    struct store *store = opened(*state);
    struct delta delta = {0};
    assert_int_equal(store_epoch(store), 0);
    delta_put(&delta, STATE_DAY, "b", 1, "two", 3);
    delta_put(&delta, STATE_DAY, "a", 1, "", 0);
    delta_put(&delta, STATE_TOTAL, "", 0, "all", 3);
    delta_put(&delta, STATE_ID, "1", 1, "first", 5);
    commit(store, &delta);
    delta_clear(&delta);
    delta_put(&delta, STATE_DAY, "b", 1, "three", 5);
    delta_remove(&delta, STATE_DAY, "a", 1);
    delta_put(&delta, STATE_ID, "2", 1, "second", 6);
    delta_put(&delta, STATE_TICKET, "2", 1, "and more", 8);
    commit(store, &delta);
    store_close(store);
    store = opened(*state);
    assert_int_equal(store_epoch(store), 2);
    expect_rows(store, STATE_DAY, "b=three ");
    expect_rows(store, STATE_TOTAL, "=all ");
    expect_rows(store, STATE_WINDOW, "");
    expect_rows(store, STATE_ID, "1=first 2=second ");
    expect_rows(store, STATE_TICKET, "2=and more ");
    delta_clear(&delta);
    delta_remove(&delta, STATE_ID, "1", 1);
    commit(store, &delta);
    expect_rows(store, STATE_ID, "2=second ");
    delta_fini(&delta);
    store_close(store);
}

struct rejects {
    char text[256];
};

static bool take_reject(void *context, const struct store_reject *reject)
{
    struct rejects *all = context;
    size_t used = strlen(all->text);
    snprintf(all->text + used, sizeof all->text - used, "%d %s @%d line %u of %d: %.*s\n",
             (int)reject->kind, reject->reason, (int)reject->position.start, reject->line,
             (int)reject->length, (int)reject->bytes_len,
             reject->bytes ? (const char *)reject->bytes : "");
    return true;
}

static void add_reject(struct delta *delta, uint64_t start, const char *reason, const char *bytes)
{
    struct delta_reject reject = {.kind = STATE_REJECTED,
                                  .position = {.start = start},
                                  .length = 99,
                                  .line = 7,
                                  .reason = reason,
                                  .bytes = bytes,
                                  .bytes_len = strlen(bytes)};
    delta_reject(delta, &reject);
}

/* S-05, S-53: every record once by its position; beyond the cap no bytes, and that is counted. */
static void test_rejects(void **state)
{
    struct bench *bench = *state;
    struct store_config config = {
        .path = bench->path, .digest = DIGEST, .write = true, .rejects_max = 10};
    struct error error = {.text = ""};
    struct store *store;
    struct delta delta = {0};
    assert_int_equal(store_open(&config, &store, &error), STATUS_OK);
    add_reject(&delta, 20, "parse", "12345678");
    add_reject(&delta, 10, "bad_timestamp", "ab");
    add_reject(&delta, 30, "parse", "c");
    commit(store, &delta);
    commit(store, &delta); /* the same records, judged again */
    struct rejects all = {.text = ""};
    assert_int_equal(store_each_reject(store, take_reject, &all, &error), STATUS_OK);
    assert_string_equal(all.text, "0 bad_timestamp @10 line 7 of 99: ab\n"
                                  "0 parse @20 line 7 of 99: 12345678\n"
                                  "0 parse @30 line 7 of 99: \n");
    assert_int_equal(store_rejects_cut(store), 1);
    store_close(store);
    assert_int_equal(store_open(&config, &store, &error), STATUS_OK);
    assert_int_equal(store_rejects_cut(store), 1);
    delta_fini(&delta);
    store_close(store);
}

/* S-52: a rejected record becomes a repaired one, and stays so when it is judged again. */
static void test_repaired(void **state)
{
    struct store *store = opened(*state);
    const struct event_position position = {.start = 20};
    struct delta delta = {0};
    struct error error = {.text = ""};
    struct rejects found = {.text = ""}, other = {.text = ""};
    add_reject(&delta, 20, "parse", "abc");
    commit(store, &delta);
    delta_clear(&delta);
    delta_repaired(&delta, &position);
    delta_repaired(&delta, &(struct event_position){.start = 21});
    commit(store, &delta);
    assert_int_equal(store_find_reject(store, &position, take_reject, &found, &error), STATUS_OK);
    assert_string_equal(found.text, "4 parse @20 line 7 of 99: abc\n");
    assert_int_equal(store_find_reject(store, &(struct event_position){.start = 21}, take_reject,
                                       &other, &error),
                     STATUS_OK);
    assert_string_equal(other.text, "");
    delta_fini(&delta);
    store_close(store);
}

/* D-15: an epoch is refused before the disk is full, and nothing of it is written. */
static void test_no_room(void **state)
{
    struct bench *bench = *state;
    struct store_config config = {
        .path = bench->path, .digest = DIGEST, .write = true, .free_min = UINT64_MAX / 2};
    struct error error = {.text = ""};
    struct store *store;
    struct delta delta = {0};
    assert_int_equal(store_open(&config, &store, &error), STATUS_OK);
    delta_put(&delta, STATE_DAY, "a", 1, "one", 3);
    assert_int_equal(store_commit(store, &delta, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "are free there"));
    assert_int_equal(store_epoch(store), 0);
    expect_rows(store, STATE_DAY, "");
    delta_fini(&delta);
    store_close(store);
}

/* Who looks sees one moment, while another writes on. */
static void test_reader(void **state)
{
    struct store *writer = opened(*state), *reader;
    struct delta delta = {0};
    struct error error = {.text = ""};
    delta_put(&delta, STATE_DAY, "a", 1, "one", 3);
    commit(writer, &delta);
    assert_int_equal(open_store(*state, false, &reader, &error), STATUS_OK);
    delta_clear(&delta);
    delta_put(&delta, STATE_DAY, "a", 1, "two", 3);
    commit(writer, &delta);
    expect_rows(reader, STATE_DAY, "a=one ");
    store_close(reader);
    assert_int_equal(open_store(*state, false, &reader, &error), STATUS_OK);
    expect_rows(reader, STATE_DAY, "a=two ");
    store_close(reader);
    delta_fini(&delta);
    store_close(writer);
}

/* S-94: another configuration is refused, and the state left as it is. */
static void test_configuration(void **state)
{
    struct bench *bench = *state;
    store_close(opened(bench));
    struct store_config other = {.path = bench->path, .digest = "1234", .write = true};
    struct error error = {.text = ""};
    struct store *store;
    assert_int_equal(store_open(&other, &store, &error), STATUS_DAMAGED);
    assert_non_null(strstr(error.text, "another configuration"));
    store_close(opened(bench));
}

/* One writer: the second hears who the first is; a reader may look. */
static void test_lock(void **state)
{
    static struct store *store, *reader; /* not lost to the child, which closes nothing */
    struct bench *bench = *state;
    struct error error = {.text = ""};
    store = opened(bench);
    pid_t child = fork(); /* the lock is a process's */
    if (child == 0) {
        char number[32];
        snprintf(number, sizeof number, "process %ld", (long)getppid());
        bool right =
            open_store(bench, true, &reader, &error) == STATUS_LOCKED && strstr(error.text, number);
        _exit(right ? 0 : 1);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_int_equal(open_store(bench, false, &reader, &error), STATUS_OK);
    store_close(reader);
    store_close(store);
}

/* D-11: what is not ours alone is refused. */
static void test_directory(void **state)
{
    struct bench *bench = *state;
    char path[160], target[160];
    struct error error = {.text = ""};
    struct store *store;
    assert_int_equal(open_store(bench, false, &store, &error), STATUS_NOT_FOUND);
    store_close(opened(bench));
    struct stat facts;
    assert_int_equal(stat(bench->path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/state.db", bench->path);
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0077, 0);

    assert_int_equal(chmod(bench->path, 0755), 0);
    assert_int_equal(open_store(bench, true, &store, &error), STATUS_DAMAGED);
    assert_non_null(strstr(error.text, "open to others (755)"));
    assert_int_equal(chmod(bench->path, 0700), 0);

    assert_int_equal(chmod(bench->root, 0777), 0);
    assert_int_equal(open_store(bench, true, &store, &error), STATUS_DAMAGED);
    assert_non_null(strstr(error.text, "others may write to the parent"));
    assert_int_equal(chmod(bench->root, 0700), 0);

    snprintf(target, sizeof target, "%s/elsewhere", bench->root);
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(open_store(bench, true, &store, &error), STATUS_DAMAGED);
    assert_non_null(strstr(error.text, "is no regular file"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(link(target, path), 0);
    assert_int_equal(open_store(bench, true, &store, &error), STATUS_DAMAGED);
    assert_non_null(strstr(error.text, "second name"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(open_store(bench, true, &store, &error), STATUS_DAMAGED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rename(target, path), 0);
    store_close(opened(bench));

    snprintf(path, sizeof path, "%s/link", bench->root);
    assert_int_equal(symlink(bench->path, path), 0);
    struct store_config config = {.path = path, .digest = DIGEST, .write = true};
    assert_int_equal(store_open(&config, &store, &error), STATUS_DAMAGED);
    assert_non_null(strstr(error.text, "is a link"));
}

/* Reads all there is; what it says. */
static enum status read_all(const struct bench *bench)
{
    struct store *store;
    struct error error = {.text = ""};
    struct told told = {.text = ""}, bulk = {.text = ""};
    enum status status = open_store(bench, true, &store, &error);
    if (status == STATUS_OK)
        status = store_each(store, STATE_DAY, take, &told, &error);
    if (status == STATUS_OK)
        status = store_each(store, STATE_ID, take, &bulk, &error);
    if (status == STATUS_OK &&
        (strcmp(told.text, "key=value ") != 0 || strcmp(bulk.text, "1=identity ") != 0))
        fail_msg("a wrong value was read: %s %s", told.text, bulk.text);
    store_close(store);
    return status;
}

/* D-12, S-93: whatever byte of the file is another one, it is noticed or did not matter: never is a
 * value told that was not written. */
static void test_damage(void **state)
{
    struct bench *bench = *state;
    struct store *store = opened(bench);
    struct delta delta = {0};
    char path[160];
    delta_put(&delta, STATE_DAY, "key", 3, "value", 5);
    delta_put(&delta, STATE_ID, "1", 1, "identity", 8);
    commit(store, &delta);
    delta_fini(&delta);
    store_close(store); /* the last one to close puts the WAL into the file */
    snprintf(path, sizeof path, "%s/state.db", bench->path);
    int fd = open(path, O_RDWR);
    off_t size = lseek(fd, 0, SEEK_END);
    int noticed = 0;
    for (off_t at = 0; at < size; at += 1) {
        unsigned char was, other;
        assert_int_equal(pread(fd, &was, 1, at), 1);
        if (was == 0) /* most of a page is empty room */
            continue;
        other = was ^ 0x41;
        assert_int_equal(pwrite(fd, &other, 1, at), 1);
        noticed += read_all(bench) != STATUS_OK;
        assert_int_equal(pwrite(fd, &was, 1, at), 1);
    }
    close(fd);
    assert_true(noticed > 20);
    assert_int_equal(read_all(bench), STATUS_OK);
}

/* A row that is gone, moved, or another's in a file that SQLite calls sound is found when its part
 * is read; the other parts can be read. */
static void test_other_rows(void **state)
{
    static const char *const changes[] = {
        "DELETE FROM bulk WHERE key = x'31'", "UPDATE bulk SET key = x'33' WHERE key = x'32'",
        "UPDATE bulk SET value = x'00' WHERE key = x'32'",
        "INSERT INTO bulk SELECT part, x'33', sum, file, value FROM bulk WHERE key = x'31'"};
    struct bench *bench = *state;
    for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
        struct store_config config = {
            .path = bench->path, .digest = DIGEST, .write = true, .rebuild = true};
        struct error error = {.text = ""};
        struct store *store;
        struct delta delta = {0};
        assert_int_equal(store_open(&config, &store, &error), STATUS_OK);
        delta_put(&delta, STATE_DAY, "key", 3, "value", 5);
        delta_put(&delta, STATE_ID, "1", 1, "one", 3);
        delta_put(&delta, STATE_ID, "2", 1, "two", 3);
        commit(store, &delta);
        delta_fini(&delta);
        store_close(store);
        run_sql(bench, changes[c]);
        store = opened(bench);
        struct told told = {.text = ""};
        expect_rows(store, STATE_DAY, "key=value ");
        assert_int_equal(store_each(store, STATE_ID, take, &told, &error), STATUS_DAMAGED);
        store_close(store);
    }
}

/* Whoever is killed while the state is made leaves none: the next one makes it (S-91). */
static void test_made_whole_or_not(void **state)
{
    struct bench *bench = *state;
    store_close(opened(bench));
    run_sql(bench, "DROP TABLE alert; DROP TABLE reject; DROP TABLE bulk; DROP TABLE part;"
                   "DROP TABLE meta; PRAGMA application_id = 0; PRAGMA user_version = 0");
    struct store *store = opened(bench);
    assert_int_equal(store_epoch(store), 0);
    store_close(store);
}

/* A reader sees one epoch, whatever is committed meanwhile. */
static void test_reader_sees_one_epoch(void **state)
{
    struct bench *bench = *state;
    struct store *store = opened(bench), *reader;
    struct error error = {.text = ""};
    struct delta delta = {0};
    delta_put(&delta, STATE_DAY, "key", 3, "one", 3);
    commit(store, &delta);
    assert_int_equal(open_store(bench, false, &reader, &error), STATUS_OK);
    delta_clear(&delta);
    delta_put(&delta, STATE_DAY, "key", 3, "two", 3);
    commit(store, &delta);
    expect_rows(reader, STATE_DAY, "key=one ");
    store_close(reader);
    delta_fini(&delta);
    store_close(store);
}

/* Commits epochs whose every change says the epoch's number, until it is killed; a byte for the
 * first. */
static void commit_for_ever(const struct bench *bench, int told)
{
    struct store *store = opened(bench);
    for (uint64_t n = store_epoch(store) + 1;; n++) {
        struct delta delta = {0};
        char text[32];
        int len = snprintf(text, sizeof text, "%d", (int)n);
        for (const char *key = "abcdefgh"; *key; key++)
            delta_put(&delta, STATE_TOTAL, key, 1, text, (size_t)len);
        unsigned char at = (unsigned char)('A' + n % 26),
                      gone = (unsigned char)('A' + (n - 3) % 26);
        delta_put(&delta, STATE_ID, &at, 1, text, (size_t)len);
        if (n > 3)
            delta_remove(&delta, STATE_ID, &gone, 1);
        commit(store, &delta);
        delta_fini(&delta);
        if (told >= 0 && write(told, "", 1) == 1)
            told = -1;
    }
}

/* The last three epochs, whatever the order of their letters. */
struct ids {
    uint64_t epoch, len;
};

static bool take_id(void *context, const void *key, size_t key_len, const void *value,
                    size_t value_len)
{
    struct ids *ids = context;
    char text[32] = "";
    memcpy(text, value, value_len);
    uint64_t n = strtoull(text, NULL, 10);
    ids->len++;
    return key_len == 1 && *(const char *)key == (char)('A' + n % 26) && n <= ids->epoch &&
           n + 3 > ids->epoch;
}

/* S-91: killed at any moment, an epoch is there whole or not at all, and the ones before it are. */
static void test_killed(void **state)
{
    struct bench *bench = *state;
    uint64_t random = 7, before = 0;
    for (int kills = 0; kills < 25; kills++) {
        int told[2];
        char byte;
        assert_int_equal(pipe(told), 0);
        pid_t child = fork();
        if (child == 0)
            commit_for_ever(bench, told[1]);
        /* every other one is killed at any moment, while it opens the state too */
        if (kills % 2 == 0)
            assert_int_equal(read(told[0], &byte, 1), 1);
        close(told[0]);
        close(told[1]);
        usleep(2000 + random_below(&random, 20000));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        struct store *store = opened(bench);
        uint64_t epoch = store_epoch(store);
        assert_true(epoch >= before);
        char rows[128] = "";
        struct ids ids = {.epoch = epoch};
        struct error error = {.text = ""};
        for (const char *key = "abcdefgh"; *key && epoch > 0; key++)
            snprintf(rows + strlen(rows), sizeof rows - strlen(rows), "%c=%d ", *key, (int)epoch);
        expect_rows(store, STATE_TOTAL, rows);
        assert_int_equal(store_each(store, STATE_ID, take_id, &ids, &error), STATUS_OK);
        assert_int_equal(ids.len, epoch < 3 ? epoch : 3);
        before = epoch;
        store_close(store);
    }
    assert_true(before > 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_epochs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rejects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_repaired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_configuration, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_directory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_made_whole_or_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reader_sees_one_epoch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_killed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
