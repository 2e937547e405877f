/*
 * Runs a fuzz target once on each file named, without libFuzzer: the kept inputs as a test of any
 * build. Says each name before it runs it, so that the last one said is the one at fault.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

static char *read_file(const char *name, size_t *len)
{
    FILE *file = fopen(name, "rb");
    size_t room = 0;
    char *bytes = NULL;
    *len = 0;
    must(file != NULL, "%s: %s", name, strerror(errno));
    do {
        room += 64 * 1024;
        bytes = mem_resize(bytes, room);
        *len += fread(bytes + *len, 1, room - *len, file);
    } while (*len == room);
    must(!ferror(file), "%s: %s", name, strerror(errno));
    fclose(file);
    return bytes;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) {
        size_t len;
        char *bytes = read_file(argv[i], &len);
        char *exact = exact_copy(bytes, len);
        free(bytes);
        printf("%s\n", argv[i]);
        LLVMFuzzerTestOneInput((const uint8_t *)exact, len);
        free(exact);
    }
    printf("ran %d\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
