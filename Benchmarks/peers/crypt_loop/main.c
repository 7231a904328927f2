// Hashes one password at bcrypt cost 12, on as many threads as told, and prints hashes per second: what the machine can
// do at most for signing in.
//   crypt_loop SECONDS THREADS
#include "../loop.h"

#include <crypt.h>
#include <string.h>

static const char setting[] = "$2b$12$abcdefghijklmnopqrstuu";

static void *begin(void) { return calloc(1, sizeof(struct crypt_data)); }

static long hash(void *data) {
    const char *hash = crypt_r("correct horse battery", setting, data);
    if (!hash || strncmp(hash, "$2b$12$", 7)) {
        fprintf(stderr, "crypt_r does not do bcrypt here\n");
        exit(1);
    }
    return 1;
}

int main(int count, char **arguments) {
    int threads = count == 3 ? atoi(arguments[2]) : 0;
    struct loop loop = {.begin = begin, .repeat = hash, .seconds = count == 3 ? atof(arguments[1]) : 0};
    if (loop.seconds <= 0 || threads < 1 || threads > 1024) {
        fprintf(stderr, "usage: crypt_loop SECONDS THREADS\n");
        return 2;
    }
    return loop_print(&loop, threads);
}
