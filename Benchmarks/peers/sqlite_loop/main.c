// Reads one user's 20 newest tasks from a Latchkey database again and again, on as many threads as told, each with its
// own connection and one prepared statement, and looks at every column: what SQLite costs at least.
//   sqlite_loop DATABASE USER_ID SECONDS THREADS
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static const char statement_text[] =
    "SELECT user_id, id, title, description, completed_at, created_at, updated_at FROM tasks "
    "WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT 20";
static const char *path, *user;
static double seconds;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct work {
    pthread_t thread;
    long count;
    double rate;
    unsigned long sum;  // keeps the compiler from leaving the reads out
};

static void *read_pages(void *argument) {
    struct work *work = argument;
    sqlite3 *database;
    sqlite3_stmt *statement;
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ||
        sqlite3_prepare_v3(database, statement_text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL)) {
        fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(database));
        exit(1);
    }
    double begin = now(), end = begin;
    do {
        for (int repeat = 0; repeat < 100; repeat++, work->count++) {
            sqlite3_bind_text(statement, 1, user, -1, SQLITE_STATIC);
            sqlite3_bind_text(statement, 2, "~", -1, SQLITE_STATIC);
            int rows = 0;
            while (sqlite3_step(statement) == SQLITE_ROW) {
                rows++;
                for (int column = 0; column < 4; column++) {
                    const unsigned char *text = sqlite3_column_text(statement, column);
                    if (text) work->sum += text[0] + (unsigned long)sqlite3_column_bytes(statement, column);
                }
                for (int column = 4; column < 7; column++)
                    work->sum += (unsigned long)sqlite3_column_int64(statement, column);
            }
            if (rows != 20) {
                fprintf(stderr, "20 rows were due, not %d\n", rows);
                exit(1);
            }
            sqlite3_reset(statement);
        }
        end = now();
    } while (end - begin < seconds);
    work->rate = (double)work->count / (end - begin);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count == 5 ? atoi(arguments[4]) : 0;
    seconds = count == 5 ? atof(arguments[3]) : 0;
    if (seconds <= 0 || threads < 1 || threads > 1024) {
        fprintf(stderr, "usage: sqlite_loop DATABASE USER_ID SECONDS THREADS\n");
        return 2;
    }
    path = arguments[1];
    user = arguments[2];
    struct work *all = calloc((size_t)threads, sizeof *all);
    if (!all) return 1;
    for (int index = 0; index < threads; index++)
        if (pthread_create(&all[index].thread, NULL, read_pages, &all[index])) return 1;
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
    printf("{\"rate\": %.1f, \"count\": %ld, \"cpu\": %.3f}\n", rate, total, cpu / (double)total);
    return 0;
}
