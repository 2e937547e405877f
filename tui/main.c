/* Wiring only: parses the command line and hands over to the command. */
#include "core/sometimes.h"
#include "tui/command.h"
#include "tui/dumps.h"
#include "tui/safe_text.h"
#include "tui/standard_output.h"

#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int command_failed(const struct error *error)
{
    command_note("%s", error->text);
    switch (error->code) {
    case STATUS_USAGE:
    case STATUS_BAD_DEFINITION:
        return 2;
    case STATUS_LOCKED:
        return 3;
    case STATUS_DAMAGED:
        return 4;
    default:
        return 1;
    }
}

void command_note(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fputs("tailrace: ", stderr);
    safe_print(stderr, text, strlen(text));
    fputc('\n', stderr);
}

static int write_errno;

void command_flush(void)
{
    errno = 0;
    /* a line longer than the stream's buffer may have failed before */
    if ((fflush(stdout) != 0 || ferror(stdout)) && !write_errno)
        write_errno = errno ? errno : EIO;
}

bool command_write_failed(void)
{
    return write_errno != 0;
}

/* Data that could not be written is a failure: a full disk must not look like success. */
static int finish(int status)
{
    command_flush();
    if (write_errno == 0 && !ferror(stdout))
        return status;
    if (standard_output_errno())
        write_errno = standard_output_errno(); /* of the first that failed */
    if (write_errno == ETIMEDOUT)
        command_note("standard output was not read any more: the rest of the answer is not there");
    else
        command_note("standard output could not be written: %s",
                     strerror(write_errno ? write_errno : EIO));
    return status ? status : 1;
}

/* Bytes of a feed as they are may go into a file, but never to a terminal (D-01). */
static bool is_raw_terminal(const struct options *options)
{
    return options->raw && !options->output && isatty(STDOUT_FILENO);
}

static int run(const struct options *options)
{
    switch (options->command) {
    case COMMAND_STREAM:
        return command_stream(options);
    case COMMAND_BATCH:
        return command_batch(options);
    case COMMAND_COMPARE:
        return command_compare(options);
    case COMMAND_REPLAY:
        return command_replay(options);
    case COMMAND_REJECTS:
        return command_rejects(options);
    case COMMAND_SIMULATE:
        return command_simulate(options);
    case COMMAND_SAVEPOINT:
        return command_savepoint(options);
    case COMMAND_WATCH:
    case COMMAND_COUNT:
        break;
    }
    return command_watch(options);
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error = {.text = ""};
    SOMETIMES(program_started); /* says that the marks are in this build */
    dumps_forbid();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    if (options_parse(argc, argv, &options, &error) != STATUS_OK)
        return command_failed(&error);
    if (options.help) {
        bool named = argc > 1 && strcmp(argv[1], command_name(options.command)) == 0;
        options_help(stdout, named ? options.command : COMMAND_COUNT);
        return finish(0);
    }
    if (options.version) {
        puts("tailrace " TAILRACE_VERSION);
        return finish(0);
    }
    /* What is printed for machines does not depend on the terminal's character set. */
    if (options.command != COMMAND_WATCH) {
        setlocale(LC_CTYPE, "C.UTF-8");
        standard_output_start();
    }
    if (is_raw_terminal(&options)) {
        error_set(&error, STATUS_USAGE, "--raw: not to a terminal; redirect it to a file");
        return command_failed(&error);
    }
    return finish(run(&options));
}
