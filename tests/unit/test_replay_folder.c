/*
 * Guards: the folder of a replay is one answer or the other at every moment (S-116). A reader that
 * looks all the time finds the file there and whole, through hundreds of switches; the old answer
 * stays; what is not a replay's is refused; the inputs of a manifest are found again, whatever
 * their names hold.
 */
#include "tests/unit/support.h"

#include "tui/replay_folder.h"
#include "tui/replay_manifest.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SWITCHES = 150 };

static char root[64], path[128];
static atomic_bool stop;
static atomic_uint looks, missing, torn;

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/tailrace-test-XXXXXX");
    assert_non_null(mkdtemp(root));
    snprintf(path, sizeof path, "%s/answer", root);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

/* A number, and the same number again. */
static void *look(void *argument)
{
    (void)argument;
    char file[160], text[32];
    snprintf(file, sizeof file, "%s/answer.json", path);
    while (!atomic_load(&stop)) {
        int fd = open(file, O_RDONLY);
        if (fd < 0) {
            atomic_fetch_add(&missing, 1);
            continue;
        }
        ssize_t got = read(fd, text, sizeof text - 1);
        close(fd);
        int first = -1, second = -2;
        text[got > 0 ? got : 0] = '\0';
        if (sscanf(text, "%d %d.", &first, &second) != 2 || first != second)
            atomic_fetch_add(&torn, 1);
        atomic_fetch_add(&looks, 1);
    }
    return NULL;
}

static void write_answer(int number, bool had_previous)
{
    struct replay_folder folder;
    struct error error = {.text = ""};
    uint64_t bytes;
    char sha256[SHA256_TEXT];
    bool had;
    if (replay_folder_open(&folder, path, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    FILE *file = replay_folder_create(&folder, "answer.json", false, &error);
    assert_non_null(file);
    fprintf(file, "%d %d.\n", number, number);
    assert_int_equal(replay_folder_finish(&folder, "answer.json", file, &bytes, sha256, &error),
                     STATUS_OK);
    assert_true(bytes > 0);
    if (replay_folder_switch(&folder, &had, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_true(had == had_previous);
    replay_folder_close(&folder);
}

static int number_in(const char *folder)
{
    char file[200];
    int number = -1;
    snprintf(file, sizeof file, "%s/%s/answer.json", root, folder);
    FILE *in = fopen(file, "r");
    if (in) {
        assert_int_equal(fscanf(in, "%d", &number), 1);
        fclose(in);
    }
    return number;
}

static void whole_at_every_moment(void **state)
{
    (void)state;
    pthread_t reader;
    write_answer(0, false);
    assert_int_equal(pthread_create(&reader, NULL, look, NULL), 0);
    for (int n = 1; n <= SWITCHES; n++)
        write_answer(n, true);
    atomic_store(&stop, true);
    pthread_join(reader, NULL);
    assert_true(atomic_load(&looks) > 0);
    assert_int_equal(atomic_load(&missing), 0);
    assert_int_equal(atomic_load(&torn), 0);
    assert_int_equal(number_in("answer"), SWITCHES);
    assert_int_equal(number_in("answer.previous"), SWITCHES - 1);
}

/* Without a switch nothing has happened; a second one has to wait. */
static void given_up(void **state)
{
    (void)state;
    struct replay_folder folder, other;
    struct error error = {.text = ""};
    write_answer(1, false);
    assert_int_equal(replay_folder_open(&folder, path, &error), STATUS_OK);
    FILE *file = replay_folder_create(&folder, "answer.json", false, &error);
    assert_non_null(file);
    fclose(file);
    replay_folder_close(&folder);
    assert_int_equal(number_in("answer"), 1);
    assert_int_equal(number_in(".answer.new"), -1);
    char own[160];
    snprintf(own, sizeof own, "%s/letter", path);
    file = fopen(own, "w");
    fclose(file);
    assert_int_equal(replay_folder_open(&other, path, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "letter"));
    replay_folder_close(&other);
    assert_int_equal(number_in("answer"), 1);
}

static void inputs_are_found_again(void **state)
{
    (void)state;
    static const char *const names[] = {"feed.csv", "a \"b\", \"bytes\": 1, \"sha256\": \"x.csv",
                                        "tab\tand\nline", "\xff\xfe"};
    struct manifest_input inputs[4];
    for (size_t i = 0; i < 4; i++) {
        inputs[i] = (struct manifest_input){.path = names[i], .bytes = 100 + i};
        memset(inputs[i].sha256, 'a' + (int)i, SHA256_TEXT - 1);
    }
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    fputs("{\n  \"outputs\": [\n    {\"file\": \"answer.json\", \"bytes\": 1}\n  ],\n  ", out);
    manifest_print_inputs(out, inputs, 4);
    fputs(
        ",\n  \"lookups\": [\n    {\"path\": \"no.csv\", \"bytes\": 1, \"sha256\": \"\"}\n  ]\n}\n",
        out);
    fclose(out);
    const char *at = NULL;
    struct replay_input found;
    for (size_t i = 0; i < 4; i++) {
        assert_true(replay_manifest_next(text, &at, &found));
        for (size_t n = 0; n < 4; n++)
            assert_int_equal(replay_input_is(&found, names[n]), n == i);
        assert_int_equal(found.bytes, 100 + i);
        assert_string_equal(found.sha256, inputs[i].sha256);
    }
    assert_false(replay_manifest_next(text, &at, &found));
    free(text);
    at = NULL;
    assert_false(replay_manifest_next("{}", &at, &found));
    at = NULL;
    assert_false(replay_manifest_next("\n  \"inputs\": [\n    {\"path\": \"x", &at, &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole_at_every_moment, make_root, remove_root),
        cmocka_unit_test_setup_teardown(given_up, make_root, remove_root),
        cmocka_unit_test(inputs_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
