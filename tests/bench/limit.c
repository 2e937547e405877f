/*
 * The limit of every reader, for the bench: reads a file and finds its line ends, nothing else,
 * with as many threads as there are processors (at most 8), in blocks of 1 MiB, 32 bytes at a time.
 *
 *     limit FILE          prints how many line ends it has
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, LANES = 32, THREADS_MAX = 8 };
typedef int8_t bytes32 __attribute__((vector_size(LANES)));

struct slice {
    int file;
    off_t from, to;
    uint64_t lines;
    pthread_t thread;
};

/* A counter of 8 bits takes 127 blocks of 32 bytes. */
static uint64_t lines_in(const char *bytes, size_t len)
{
    uint64_t lines = 0;
    size_t at = 0;
    while (len - at >= LANES) {
        bytes32 found = {0}, here;
        for (int n = 0; n < 127 && len - at >= LANES; n++, at += LANES) {
            memcpy(&here, bytes + at, LANES);
            found -= here == '\n';
        }
        for (int lane = 0; lane < LANES; lane++)
            lines += (uint8_t)found[lane];
    }
    for (; at < len; at++)
        lines += bytes[at] == '\n';
    return lines;
}

static void *read_slice(void *context)
{
    struct slice *slice = context;
    char *block = malloc(BLOCK);
    for (off_t at = slice->from; block && at < slice->to;) {
        off_t left = slice->to - at;
        ssize_t got = pread(slice->file, block, left < BLOCK ? (size_t)left : BLOCK, at);
        if (got <= 0)
            break;
        slice->lines += lines_in(block, (size_t)got);
        at += got;
    }
    free(block);
    return NULL;
}

int main(int argc, char **argv)
{
    struct stat about;
    struct slice slices[THREADS_MAX];
    int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (file < 0 || fstat(file, &about) != 0)
        return 2;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int len = processors < 1 ? 1 : processors > THREADS_MAX ? THREADS_MAX : (int)processors;
    uint64_t lines = 0;
    for (int s = 0; s < len; s++) {
        slices[s] = (struct slice){
            .file = file, .from = about.st_size / len * s, .to = about.st_size / len * (s + 1)};
        if (s == len - 1)
            slices[s].to = about.st_size;
        if (pthread_create(&slices[s].thread, NULL, read_slice, &slices[s]) != 0)
            return 1;
    }
    for (int s = 0; s < len; s++) {
        pthread_join(slices[s].thread, NULL);
        lines += slices[s].lines;
    }
    printf("%llu\n", (unsigned long long)lines);
    return 0;
}
