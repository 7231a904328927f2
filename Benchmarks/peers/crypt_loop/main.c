// Hashes one password at bcrypt cost 12, on as many threads as told, and prints hashes per second: what the machine can
// do at most for signing in.
//   crypt_loop SECONDS THREADS
#define _GNU_SOURCE
#include <crypt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char setting[] = "$2b$12$abcdefghijklmnopqrstuu";
static double seconds;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct work {
    pthread_t thread;
    double rate;  // hashes per second
    long count;
};

static void *hash(void *argument) {
    struct work *work = argument;
    struct crypt_data *data = calloc(1, sizeof *data);
    double begin = now(), end;
    do {
        const char *hash = data ? crypt_r("correct horse battery", setting, data) : NULL;
        if (!hash || strncmp(hash, "$2b$12$", 7)) {
            fprintf(stderr, "crypt_r does not do bcrypt here\n");
            exit(1);
        }
        work->count++;
        end = now();
    } while (end - begin < seconds);
    // The last hash ends after the time is up, on each thread by another bit: each thread's own rate counts.
    work->rate = (double)work->count / (end - begin);
    free(data);
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count == 3 ? atoi(arguments[2]) : 0;
    seconds = count == 3 ? atof(arguments[1]) : 0;
    if (seconds <= 0 || threads < 1 || threads > 1024) {
        fprintf(stderr, "usage: crypt_loop SECONDS THREADS\n");
        return 2;
    }
    struct work *all = calloc((size_t)threads, sizeof *all);
    if (!all) return 1;
    for (int index = 0; index < threads; index++)
        if (pthread_create(&all[index].thread, NULL, hash, &all[index])) return 1;
    double rate = 0;
    long total = 0;
    for (int index = 0; index < threads; index++) {
        pthread_join(all[index].thread, NULL);
        rate += all[index].rate;
        total += all[index].count;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + (double)usage.ru_utime.tv_usec +
                 (double)usage.ru_stime.tv_usec;
    printf("{\"rate\": %.3f, \"count\": %ld, \"cpu\": %.1f}\n", rate, total, cpu / (double)total);
    return 0;
}
