// Repeats work on several threads for a time, and prints how often a second it was done and what it cost.
#pragma once
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

struct loop {
    // Prepares a thread's own state; NULL ends the program.
    void *(*begin)(void);
    // Does the work; returns how often.
    long (*repeat)(void *state);
    double seconds;
};

struct loop_thread {
    pthread_t thread;
    const struct loop *loop;
    long count;
    double rate;
};

static double loop_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *loop_run(void *argument) {
    struct loop_thread *own = argument;
    void *state = own->loop->begin();
    if (!state) exit(1);
    double begin = loop_now(), end;
    do {
        own->count += own->loop->repeat(state);
        end = loop_now();
    } while (end - begin < own->loop->seconds);
    // The last work ends after the time is up, on each thread by another bit: each thread's own rate counts.
    own->rate = (double)own->count / (end - begin);
    return NULL;
}

static int loop_print(const struct loop *loop, int threads) {
    struct loop_thread *all = calloc((size_t)threads, sizeof *all);
    if (!all) return 1;
    for (int index = 0; index < threads; index++) {
        all[index].loop = loop;
        if (pthread_create(&all[index].thread, NULL, loop_run, &all[index])) return 1;
    }
    double rate = 0;
    long total = 0;
    for (int index = 0; index < threads; index++) {
        pthread_join(all[index].thread, NULL);
        rate += all[index].rate;
        total += all[index].count;
    }
    free(all);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + (double)usage.ru_utime.tv_usec +
                 (double)usage.ru_stime.tv_usec;
    printf("{\"rate\": %.3f, \"count\": %ld, \"cpu\": %.3f}\n", rate, total, cpu / (double)total);
    return 0;
}
