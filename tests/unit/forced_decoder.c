/*
 * The unit tests by one decoder: TAILRACE_DECODER, which the program heeds by itself, is taken here
 * for the definitions that tests compile. Linked into each of them with --wrap; a test that says
 * afterwards which decoder it means is not overruled.
 */
#include "core/definition.h"

#include <stdlib.h>
#include <string.h>

enum status __real_definition_compile(struct definition *definition, struct error *error);

enum status __wrap_definition_compile(struct definition *definition, struct error *error)
{
    static const char *const names[] = {
        [DECODER_PORTABLE] = "portable", [DECODER_LIBRARY] = "library"};
    const char *wanted = getenv("TAILRACE_DECODER");
    for (size_t n = DECODER_PORTABLE; wanted && n < sizeof names / sizeof *names; n++)
        if (strcmp(wanted, names[n]) == 0)
            definition->decoder = (enum decoder_choice)n;
    return __real_definition_compile(definition, error);
}
