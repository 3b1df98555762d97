/*
 * A libnftables as it is on a kernel that lacks masquerading: nothing exists yet, and what needs the expression is refused in the
 * words of nft(8).
 */
#include <string.h>

static const char *message = "";

void *nft_ctx_new(unsigned int flags) { (void)flags; return &message; }
void nft_ctx_free(void *context) { (void)context; }
int nft_ctx_buffer_error(void *context) { (void)context; return 0; }
int nft_ctx_buffer_output(void *context) { (void)context; return 0; }
void nft_ctx_output_set_flags(void *context, unsigned int flags) { (void)context; (void)flags; }
const char *nft_ctx_get_output_buffer(void *context) { (void)context; return ""; }
const char *nft_ctx_get_error_buffer(void *context) { (void)context; return message; }

int nft_run_cmd_from_buffer(void *context, const char *commands)
{
    (void)context;
    message = strncmp(commands, "list", 4) == 0 || strstr(commands, "masquerade") ? "Error: Could not process rule: No such file or directory\n" : "";
    return *message ? -1 : 0;
}
