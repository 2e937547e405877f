#include "tui/compare_page.h"
void compare_html(FILE *out, const struct compare_page *page)
{
    (void)out;
    (void)page;
}
