/* Writes a simulated feed: all at once, or at a rate for somebody to follow. */
#include "core/clock.h"
#include "feeds/simulator.h"
#include "tui/command.h"
#include "tui/command_stop.h"
#include "tui/command_target.h"
#include "tui/output_file.h"

#include <errno.h>
#include <string.h>

enum { RECORDS_DEFAULT = 200, NS_PER_SECOND = 1000000000 };

/* Sleeps until record `n` is due; false when asked to stop. */
static bool wait_turn(struct wake *bell, mono_ns started, uint64_t n, double rate)
{
    wake_clear(bell);
    if (!command_stopped())
        wake_wait(bell, started + (mono_ns)((double)n * NS_PER_SECOND / rate));
    return !command_stopped();
}

static enum status write_records(const struct options *options, struct simulator *simulator,
                                 FILE *out, struct error *error)
{
    char record[SIMULATED_RECORD_MAX];
    epoch_ms time;
    size_t len;
    struct wake bell;
    struct clock *clock = clock_new_real();
    mono_ns started = clock_mono(clock);
    wake_init(&bell);
    command_stop_on_signals(&bell);
    fputs(simulator_header(simulator), out);
    for (uint64_t n = 0; (len = simulator_next(simulator, record, &time)) > 0; n++) {
        if (options->rate > 0) {
            if (fflush(out) != 0 || !wait_turn(&bell, started, n, options->rate))
                break;
        }
        if (fwrite(record, 1, len, out) != len || command_stopped())
            break;
    }
    wake_fini(&bell);
    clock_free(clock);
    if (out == stdout) {
        command_flush(); /* main says what came of it */
        return STATUS_OK;
    }
    if (fflush(out) != 0 || ferror(out))
        return error_set_errno(error, STATUS_IO, errno ? errno : EIO, "%s: could not be written",
                               options->output);
    return STATUS_OK;
}

/* What comes at a rate is followed while it grows; else the file is there when all of it is. */
static enum status write_file(const struct options *options, struct simulator *simulator,
                              struct error *error)
{
    struct output_file output;
    bool growing = options->rate > 0;
    enum status status = output_file_open(&output, options->output, growing, error);
    if (status != STATUS_OK)
        return status;
    status = write_records(options, simulator, output.stream, error);
    if (status == STATUS_OK && command_stopped() && !growing)
        status = error_set(error, STATUS_CLOSED, "stopped before %s was complete", options->output);
    return output_file_close(&output, status, error);
}

int command_simulate(const struct options *options)
{
    struct error error = {.text = ""};
    /* A rate without a number of records goes on day after day. */
    struct simulator_config config = {
        .profile = options->arguments[0],
        .seed = options->seed,
        .day = options->day == INT32_MIN ? simulator_default_day() : options->day,
        .records = options->records || options->rate > 0 ? options->records : RECORDS_DEFAULT,
        .format = options->format == OUTPUT_JSONL ? SIMULATED_JSONL : SIMULATED_CSV};
    if (simulated_faults_parse(options->faults ? options->faults : "none", &config.faults,
                               &error) != STATUS_OK)
        return command_failed(&error);
    const struct command_target target = {.options = options};
    if (options->output &&
        command_target_check(&target, "-o", options->output, &error) != STATUS_OK)
        return command_failed(&error);
    struct simulator *simulator = simulator_new(&config, &error);
    if (!simulator)
        return command_failed(&error);
    enum status status = options->output ? write_file(options, simulator, &error)
                                         : write_records(options, simulator, stdout, &error);
    simulator_free(simulator);
    return status == STATUS_OK ? 0 : command_failed(&error);
}
