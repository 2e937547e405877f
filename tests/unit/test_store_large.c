/* Values in files of their own: there with the row that names them, gone with it, never another's;
 * a copy needs none of them. */
#include "core/savepoint.h"

#include "tests/unit/store_bench.h"
#include "tests/unit/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { LARGE = 64, MANY = 700 };

static struct store_config config_of(const struct bench *bench)
{
    return (struct store_config){
        .path = bench->path, .digest = DIGEST, .write = true, .large_min = LARGE};
}

static struct store *open_as(const struct store_config *config)
{
    struct store *store;
    struct error error = {.text = ""};
    if (store_open(config, &store, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return store;
}

static struct store *writer(const struct bench *bench)
{
    const struct store_config config = config_of(bench);
    return open_as(&config);
}

/* In a place where none was: numbers begin anew. */
static struct store *first_writer(const struct bench *bench)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", bench->path);
    assert_int_equal(system(command), 0);
    return writer(bench);
}

static struct store *reader(const struct bench *bench)
{
    struct store_config config = config_of(bench);
    config.write = false;
    return open_as(&config);
}

/* Of a letter, 100 of them. */
static void put(struct delta *delta, enum state_part part, const char *key, char letter)
{
    char value[100];
    memset(value, letter, sizeof value);
    delta_put(delta, part, key, strlen(key), value, sizeof value);
}

/* Commits one operation after another: "a=x": a large value, "a=": a small one, "-a": removed. */
static void commit_all(struct store *store, const char *operations)
{
    struct delta delta = {.len = 0};
    for (const char *at = operations; *at; at += strcspn(at, " "), at += *at == ' ') {
        char key[2] = {at[0] == '-' ? at[1] : at[0], '\0'};
        if (at[0] == '-')
            delta_remove(&delta, STATE_ID, key, 1);
        else if (at[2] == ' ' || at[2] == '\0')
            delta_put(&delta, STATE_ID, key, 1, "small", 5);
        else
            put(&delta, STATE_ID, key, at[2]);
    }
    commit(store, &delta);
    delta_fini(&delta);
}

/* "key=letters first and last * length". */
struct told {
    char text[512];
};

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct told *told = context;
    const char *bytes = value;
    size_t used = strlen(told->text);
    snprintf(told->text + used, sizeof told->text - used, "%.*s=%c%c*%zu ", (int)key_len,
             (const char *)key, bytes[0], bytes[value_len - 1], value_len);
    return true;
}

static enum status read_ids(struct store *store, struct told *told, struct error *error)
{
    *told = (struct told){.text = ""};
    return store_each(store, STATE_ID, take, told, error);
}

static void expect_ids(struct store *store, const char *expected)
{
    struct told told;
    struct error error = {.text = ""};
    if (read_ids(store, &told, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_string_equal(told.text, expected);
}

/* The numbers of the files there, in order: "1 2 ". */
static const char *files(const struct bench *bench)
{
    static char text[256];
    text[0] = '\0';
    struct dirent **entries = NULL;
    int len = scandir(bench->path, &entries, NULL, versionsort);
    for (int e = 0; e < len; e++) {
        size_t used = strlen(text);
        if (strncmp(entries[e]->d_name, "large-", 6) == 0 && used < sizeof text - 8)
            snprintf(text + used, sizeof text - used, "%s ", entries[e]->d_name + 6);
        free(entries[e]);
    }
    free(entries);
    return text;
}

static const char *path_of(const struct bench *bench, const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", bench->path, name);
    return path;
}

static void make_file(const struct bench *bench, const char *name, const char *bytes)
{
    int fd = open(path_of(bench, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    close(fd);
}

/* S-90, S-91: an epoch's large values are there with its small ones, and when opened anew. */
static void test_kept(void **state)
{
    const struct bench *bench = *state;
    struct store *store = writer(bench);
    struct delta delta = {.len = 0};
    put(&delta, STATE_ID, "a", 'x');
    put(&delta, STATE_TICKET, "t", 'y');
    put(&delta, STATE_DAY, "d", 'z'); /* replaced again and again: not of a part that has files */
    delta_put(&delta, STATE_ID, "b", 1, "small", 5);
    commit(store, &delta);
    delta_fini(&delta);
    expect_ids(store, "a=xx*100 b=sl*5 ");
    assert_string_equal(files(bench), "1 2 ");
    struct stat facts;
    assert_int_equal(stat(path_of(bench, "large-1"), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(facts.st_size, 100);
    store_close(store);
    store = writer(bench);
    expect_ids(store, "a=xx*100 b=sl*5 ");
    store_close(store);
    store = reader(bench);
    expect_ids(store, "a=xx*100 b=sl*5 ");
    store_close(store);
}

/* A file goes with the row that names it, and not before; no number comes twice. */
static void test_removed(void **state)
{
    const struct bench *bench = *state;
    struct store *store = writer(bench);
    commit_all(store, "a=p b=q c=r d=s e=");
    assert_string_equal(files(bench), "1 2 3 4 ");
    commit_all(store, "a=t b= -c e=u"); /* replaced by a large one, by a small one, removed */
    assert_string_equal(files(bench), "4 5 6 ");
    expect_ids(store, "a=tt*100 b=sl*5 d=ss*100 e=uu*100 ");
    commit_all(store, "f=v -f"); /* within one epoch */
    assert_string_equal(files(bench), "4 5 6 ");
    store_close(store);
    store = writer(bench);
    commit_all(store, "f=v");
    assert_string_equal(files(bench), "4 5 6 8 ");
    struct delta delta = {.len = 0};
    delta_reset(&delta);
    put(&delta, STATE_ID, "g", 'w');
    commit(store, &delta);
    delta_fini(&delta);
    assert_string_equal(files(bench), "9 ");
    expect_ids(store, "g=ww*100 ");
    store_close(store);
    store = writer(bench);
    expect_ids(store, "g=ww*100 ");
    store_close(store);
}

/* What an epoch that was never committed left goes when the state is opened to be written, by
 * nobody else, and nothing but that goes. */
static void test_orphans(void **state)
{
    static const char *const others[] = {"large-",
                                         "large-0",
                                         "large-07",
                                         "large-7x",
                                         "large-x",
                                         "large--7",
                                         "large-1234567890123456789",
                                         "Large-7"};
    enum { OTHERS = sizeof others / sizeof *others };
    const struct bench *bench = *state;
    struct store *store = writer(bench);
    commit_all(store, "a=p");
    store_close(store);
    make_file(bench, "large-2", "of nobody");
    make_file(bench, "large-41", "");
    for (int o = 0; o < OTHERS; o++)
        make_file(bench, others[o], "another's");
    store = reader(bench);
    expect_ids(store, "a=pp*100 ");
    store_close(store);
    assert_int_equal(access(path_of(bench, "large-41"), F_OK), 0);
    store = writer(bench);
    assert_int_equal(access(path_of(bench, "large-2"), F_OK), -1);
    assert_int_equal(access(path_of(bench, "large-41"), F_OK), -1);
    for (int o = 0; o < OTHERS; o++) {
        assert_int_equal(access(path_of(bench, others[o]), F_OK), 0);
        assert_int_equal(unlink(path_of(bench, others[o])), 0);
    }
    expect_ids(store, "a=pp*100 ");
    commit_all(store, "b=q"); /* not a name that somebody may have seen */
    assert_string_equal(files(bench), "1 42 ");
    store_close(store);
}

/* A name that is taken is not written over: the epoch is not kept, nothing of it is there, and the
 * state that is opened anew goes on (S-95). */
static void test_failed(void **state)
{
    const struct bench *bench = *state;
    struct store *store = writer(bench);
    struct delta delta = {.len = 0};
    struct error error = {.text = ""};
    commit_all(store, "a=p");
    assert_int_equal(symlink("elsewhere", path_of(bench, "large-3")), 0);
    put(&delta, STATE_ID, "b", 'q');
    put(&delta, STATE_ID, "c", 'r');
    assert_int_equal(store_commit(store, &delta, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "cannot be written: large-3: "));
    assert_string_equal(files(bench), "1 3 ");
    assert_int_equal(access(path_of(bench, "elsewhere"), F_OK), -1);
    store_close(store);
    store = writer(bench);
    expect_ids(store, "a=pp*100 ");
    commit(store, &delta);
    delta_fini(&delta);
    expect_ids(store, "a=pp*100 b=qq*100 c=rr*100 ");
    assert_string_equal(files(bench), "1 4 5 ");
    store_close(store);
}

/* D-15: a large value needs its own room once; others use the disk meanwhile. */
static void test_room(void **state)
{
    enum { VALUE = 16 << 20, FREE = 40 << 20, TRIES = 10 };
    const struct bench *bench = *state;
    struct delta delta = {.len = 0};
    struct error error = {.text = ""};
    memset(delta_put_room(&delta, STATE_ID, "a", 1, VALUE), 'p', VALUE);
    enum status status = STATUS_IO;
    for (int t = 0; t < TRIES && status != STATUS_OK; t++) {
        struct store_config config = config_of(bench);
        struct statvfs facts;
        assert_int_equal(statvfs(bench->root, &facts), 0);
        config.free_min = (uint64_t)facts.f_bavail * facts.f_frsize - FREE;
        struct store *store = open_as(&config);
        status = store_commit(store, &delta, &error);
        store_close(store);
    }
    if (status != STATUS_OK)
        fail_msg("%s", error.text);
    delta_fini(&delta);
}

enum harm { SHORTER, LONGER, OTHER_BYTE, GONE, LINK, SECOND_NAME, OPEN_TO_OTHERS, ANOTHERS, HARMS };

static void harm(const struct bench *bench, enum harm how)
{
    char path[160], other[160];
    snprintf(path, sizeof path, "%s", path_of(bench, "large-2"));
    snprintf(other, sizeof other, "%s/other", bench->root);
    unlink(other);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    switch (how) {
    case SHORTER:
        assert_int_equal(ftruncate(fd, 99), 0);
        break;
    case LONGER:
        assert_int_equal(ftruncate(fd, 101), 0);
        break;
    case OTHER_BYTE:
        assert_int_equal(pwrite(fd, "?", 1, 50), 1);
        break;
    case GONE:
        assert_int_equal(unlink(path), 0);
        break;
    case LINK:
        assert_int_equal(rename(path, other), 0);
        assert_int_equal(symlink(other, path), 0);
        break;
    case SECOND_NAME:
        assert_int_equal(link(path, other), 0);
        break;
    case OPEN_TO_OTHERS:
        assert_int_equal(chmod(path, 0644), 0);
        break;
    default:
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rename(path_of(bench, "large-1"), path), 0);
    }
    close(fd);
}

/* S-93, D-11, D-12: a file that is not the one that was written is damage, to who writes and to who
 * looks; it stays, and what does not lie in it can be read. */
static void test_damage(void **state)
{
    const struct bench *bench = *state;
    for (int how = 0; how < HARMS; how++) {
        struct error error = {.text = ""};
        struct told told;
        struct delta delta = {.len = 0};
        struct store *store = first_writer(bench);
        put(&delta, STATE_ID, "a", 'p');
        put(&delta, STATE_ID, "b", 'q');
        put(&delta, STATE_TICKET, "b", 't');
        commit(store, &delta);
        delta_fini(&delta);
        store_close(store);
        harm(bench, (enum harm)how);
        for (int writing = 0; writing < 2; writing++) {
            store = writing ? writer(bench) : reader(bench);
            assert_int_equal(read_ids(store, &told, &error), STATUS_DAMAGED);
            assert_non_null(strstr(error.text, "is damaged"));
            assert_int_equal(store_each(store, STATE_TICKET, take, &told, &error), STATUS_OK);
            store_close(store);
        }
        store = writer(bench);
        assert_non_null(strstr(files(bench), how == ANOTHERS || how == GONE ? "3 " : "1 2 3 "));
        store_close(store);
    }
}

/* A file's number that was changed, or a row that is gone: nothing is removed on such words. */
static void test_damaged_rows(void **state)
{
    static const char *const changes[] = {
        "UPDATE bulk SET file = 7 WHERE file = 1", "UPDATE bulk SET file = -1 WHERE file = 1",
        "UPDATE bulk SET file = 2 WHERE file = 1", "UPDATE bulk SET file = 0 WHERE file = 1",
        "DELETE FROM bulk WHERE file = 1",         "UPDATE bulk SET value = x'00' WHERE file = 1"};
    enum { HARMLESS = sizeof changes / sizeof *changes - 1 };
    const struct bench *bench = *state;
    for (int c = 0; c <= HARMLESS; c++) {
        struct error error = {.text = ""};
        struct told told;
        struct store *store = first_writer(bench);
        commit_all(store, "a=p b=q");
        store_close(store);
        run_sql(bench, changes[c]);
        store = writer(bench);
        assert_int_equal(read_ids(store, &told, &error),
                         c == HARMLESS ? STATUS_OK : STATUS_DAMAGED);
        assert_string_equal(files(bench), "1 2 ");
        store_close(store);
    }
}

/* S-93: to begin anew is to begin without what was there. */
static void test_rebuild(void **state)
{
    const struct bench *bench = *state;
    struct store_config config = config_of(bench);
    struct store *store = writer(bench);
    commit_all(store, "a=p b=q");
    store_close(store);
    config.rebuild = true;
    store = open_as(&config);
    assert_string_equal(files(bench), "");
    expect_ids(store, "");
    store_close(store);
}

static void make_savepoint(const struct bench *bench, const char *name)
{
    struct error error = {.text = ""};
    struct store *store = reader(bench);
    if (savepoint_make(store, name, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    store_close(store);
}

/* A savepoint is whole without the files beside it; begun from it, they are nobody's any more. */
static void test_savepoint(void **state)
{
    const struct bench *bench = *state;
    struct store *store = writer(bench);
    commit_all(store, "a=p b=q c=");
    make_savepoint(bench, "early"); /* while another writes */
    commit_all(store, "-a d=r");
    store_close(store);
    assert_string_equal(files(bench), "2 3 ");
    assert_int_equal(unlink(path_of(bench, "large-2")), 0);
    struct store_config config = config_of(bench);
    config.restore = "early";
    store = open_as(&config);
    expect_ids(store, "a=pp*100 b=qq*100 c=sl*5 ");
    assert_string_equal(files(bench), "");
    commit_all(store, "-a b=s");
    assert_string_equal(files(bench), "4 ");
    store_close(store);
    store = writer(bench);
    expect_ids(store, "b=ss*100 c=sl*5 ");
    store_close(store);
}

/* What cannot be read is not copied, and there is no savepoint then. */
static void test_no_savepoint(void **state)
{
    const struct bench *bench = *state;
    struct error error = {.text = ""};
    struct store *store = writer(bench);
    commit_all(store, "a=p");
    store_close(store);
    store = reader(bench);
    assert_int_equal(truncate(path_of(bench, "large-1"), 7), 0);
    assert_int_equal(savepoint_make(store, "never", &error), STATUS_DAMAGED);
    assert_int_equal(access(path_of(bench, "savepoint-never.db"), F_OK), -1);
    store_close(store);
}

/* Who looks at an older moment has all of it, whatever is removed meanwhile; so has a copy of it.
 */
static void test_old_look(void **state)
{
    const struct bench *bench = *state;
    struct error error = {.text = ""};
    struct store *store = writer(bench);
    commit_all(store, "a=p b=q");
    struct store *looking = reader(bench);
    commit_all(store, "a=r -b");
    assert_string_equal(files(bench), "3 ");
    expect_ids(looking, "a=pp*100 b=qq*100 ");
    expect_ids(looking, "a=pp*100 b=qq*100 ");
    assert_int_equal(store_look_begin(looking, &error), STATUS_OK);
    expect_ids(looking, "a=rr*100 ");
    store_look_end(looking);
    store_close(looking);
    store_close(store);
}

/* More files than a reader holds: one that was removed meanwhile is no damage to it, and a later
 * look is whole. */
static void test_left_behind(void **state)
{
    const struct bench *bench = *state;
    struct error error = {.text = ""};
    struct delta delta = {.len = 0};
    struct told told;
    struct store *store = writer(bench);
    for (int v = 0; v < MANY; v++) {
        char key[16];
        snprintf(key, sizeof key, "%03d", v);
        put(&delta, STATE_TICKET, key, 'p');
    }
    put(&delta, STATE_ID, "z", 'p');
    commit(store, &delta);
    delta_fini(&delta);
    struct store *looking = reader(bench);
    commit_all(store, "z=q");
    assert_int_equal(read_ids(looking, &told, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "try again"));
    assert_int_equal(store_look_begin(looking, &error), STATUS_OK);
    expect_ids(looking, "z=qq*100 ");
    store_close(looking);
    store_close(store);
}

/* The same where the state was begun anew, and its numbers as well. */
static void test_begun_anew(void **state)
{
    const struct bench *bench = *state;
    struct error error = {.text = ""};
    struct told told;
    struct store_config config = config_of(bench);
    struct store *store = writer(bench);
    commit_all(store, "z=p");
    struct store *looking = reader(bench);
    store_look_end(looking); /* the files are let go */
    store_close(store);
    config.rebuild = true;
    store = open_as(&config);
    commit_all(store, "z=q");
    enum status status = store_look_begin(looking, &error);
    if (status == STATUS_OK)
        status = read_ids(looking, &told, &error);
    assert_int_equal(status, STATUS_IO);
    assert_true(store_look_replaced(looking));
    store_close(looking);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_orphans, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rebuild, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_savepoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_savepoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_old_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_begun_anew, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
