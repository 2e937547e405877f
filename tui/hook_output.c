/* A pipe, a line, a filter. */
#include "tui/hook_output.h"

#include "tui/safe_text.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    READS_A_LOOK = 64,
    PIPE_BYTES = 1 << 20,
    LINE_SHOWN = HOOK_OUTPUT_LINE * SAFE_ESCAPE + 2, /* at most, with its end */
    SHOWN = 4 * LINE_SHOWN
};

bool hook_output_open(struct hook_output *output, int *write_end)
{
    int ends[2];
    output->len = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    /* ours alone: the command may wait */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES); /* or what the system gives */
    output->fd = ends[0];
    *write_end = ends[1];
    return true;
}

static void write_all(int fd, const char *text, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t wrote = write(fd, text + done, len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return; /* nobody listens */
        done += (size_t)wrote;
    }
}

/* What has passed the filter and is to be written in one go. */
struct shown {
    int to;
    size_t len;
    char text[SHOWN];
};

static void flush(struct shown *shown)
{
    write_all(shown->to, shown->text, shown->len);
    shown->len = 0;
}

static void pass_on(struct hook_output *output, struct shown *shown, bool ends)
{
    if (shown->len + LINE_SHOWN > sizeof shown->text)
        flush(shown);
    shown->len +=
        safe_text(output->line, output->len, false, shown->text + shown->len, LINE_SHOWN - 1);
    if (ends)
        shown->text[shown->len++] = '\n';
    output->len = 0;
}

static void take(struct hook_output *output, struct shown *shown, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool ends = bytes[i] == '\n';
        if (!ends)
            output->line[output->len++] = bytes[i];
        if (ends || output->len == HOOK_OUTPUT_LINE)
            pass_on(output, shown, ends);
    }
}

static void take_all(struct hook_output *output, struct shown *shown)
{
    char bytes[16384];
    for (int reads = 0; reads < READS_A_LOOK; reads++) {
        ssize_t got = read(output->fd, bytes, sizeof bytes);
        if (got <= 0)
            return;
        take(output, shown, bytes, (size_t)got);
    }
}

void hook_output_look(struct hook_output *output, int to)
{
    struct shown shown = {.to = to};
    take_all(output, &shown);
    flush(&shown);
}

void hook_output_close(struct hook_output *output, int to)
{
    struct shown shown = {.to = to};
    take_all(output, &shown);
    if (output->len > 0)
        pass_on(output, &shown, true);
    flush(&shown);
    close(output->fd);
    output->fd = -1;
}
