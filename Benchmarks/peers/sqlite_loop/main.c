// Reads one user's 20 newest tasks from a Latchkey database again and again, on as many threads as told, each with its
// own connection and one prepared statement, and looks at every column: what SQLite costs at least.
//   sqlite_loop DATABASE USER_ID SECONDS THREADS
#include "../loop.h"

#include <sqlite3.h>

static const char statement_text[] =
    "SELECT user_id, id, title, description, completed_at, created_at, updated_at FROM tasks "
    "WHERE user_id = ? AND deleted_at = 0 ORDER BY id DESC LIMIT 20";
static const char *path, *user;

struct reader {
    sqlite3 *database;
    sqlite3_stmt *statement;
    unsigned long sum;  // keeps the compiler from leaving the reads out
};

static void *begin(void) {
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader && (sqlite3_open_v2(path, &reader->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ||
                   sqlite3_prepare_v3(reader->database, statement_text, -1, SQLITE_PREPARE_PERSISTENT,
                                      &reader->statement, NULL))) {
        fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(reader->database));
        return NULL;
    }
    return reader;
}

static long read_pages(void *state) {
    struct reader *reader = state;
    sqlite3_stmt *statement = reader->statement;
    for (int repeat = 0; repeat < 100; repeat++) {
        sqlite3_bind_text(statement, 1, user, -1, SQLITE_STATIC);
        int rows = 0;
        while (sqlite3_step(statement) == SQLITE_ROW) {
            rows++;
            for (int column = 0; column < 4; column++) {
                const unsigned char *text = sqlite3_column_text(statement, column);
                if (text) reader->sum += text[0] + (unsigned long)sqlite3_column_bytes(statement, column);
            }
            for (int column = 4; column < 7; column++)
                reader->sum += (unsigned long)sqlite3_column_int64(statement, column);
        }
        if (rows != 20) {
            fprintf(stderr, "20 rows were due, not %d\n", rows);
            exit(1);
        }
        sqlite3_reset(statement);
    }
    return 100;
}

int main(int count, char **arguments) {
    int threads = count == 5 ? atoi(arguments[4]) : 0;
    struct loop loop = {.begin = begin, .repeat = read_pages, .seconds = count == 5 ? atof(arguments[3]) : 0};
    if (loop.seconds <= 0 || threads < 1 || threads > 1024) {
        fprintf(stderr, "usage: sqlite_loop DATABASE USER_ID SECONDS THREADS\n");
        return 2;
    }
    path = arguments[1];
    user = arguments[2];
    return loop_print(&loop, threads);
}
