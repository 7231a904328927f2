#include "postgres.h"

#include <dlfcn.h>
#include <stdio.h>

// Each function once: result, name, parameters, arguments.
#define FUNCTIONS(F)                                                                                                  \
    F(PGconn *, PQconnectStartParams, (const char *const *k, const char *const *v, int e), (k, v, e))                 \
    F(PostgresPollingStatusType, PQconnectPoll, (PGconn * c), (c))                                                    \
    F(ConnStatusType, PQstatus, (const PGconn *c), (c))                                                               \
    F(char *, PQerrorMessage, (const PGconn *c), (c))                                                                 \
    F(int, PQsocket, (const PGconn *c), (c))                                                                          \
    F(int, PQbackendPID, (const PGconn *c), (c))                                                                      \
    F(PGVerbosity, PQsetErrorVerbosity, (PGconn * c, PGVerbosity v), (c, v))                                          \
    F(int, PQsetnonblocking, (PGconn * c, int on), (c, on))                                                           \
    F(PGTransactionStatusType, PQtransactionStatus, (const PGconn *c), (c))                                           \
    F(PQnoticeProcessor, PQsetNoticeProcessor, (PGconn * c, PQnoticeProcessor p, void *a), (c, p, a))                 \
    F(PGcancel *, PQgetCancel, (PGconn * c), (c))                                                                     \
    F(int, PQcancel, (PGcancel * c, char *m, int s), (c, m, s))                                                       \
    F(PQconninfoOption *, PQconninfoParse, (const char *t, char **m), (t, m))                                         \
    F(int, PQsendQuery, (PGconn * c, const char *t), (c, t))                                                          \
    F(int, PQsendPrepare, (PGconn * c, const char *n, const char *t, int k, const Oid *o), (c, n, t, k, o))           \
    F(int, PQsendQueryPrepared,                                                                                       \
      (PGconn * c, const char *n, int k, const char *const *v, const int *l, const int *f, int r),                    \
      (c, n, k, v, l, f, r))                                                                                          \
    F(int, PQsendQueryParams,                                                                                         \
      (PGconn * c, const char *t, int k, const Oid *o, const char *const *v, const int *l, const int *f, int r),      \
      (c, t, k, o, v, l, f, r))                                                                                       \
    F(int, PQenterPipelineMode, (PGconn * c), (c))                                                                    \
    F(int, PQexitPipelineMode, (PGconn * c), (c))                                                                     \
    F(int, PQpipelineSync, (PGconn * c), (c))                                                                         \
    F(int, PQsendFlushRequest, (PGconn * c), (c))                                                                     \
    F(int, PQflush, (PGconn * c), (c))                                                                                \
    F(int, PQconsumeInput, (PGconn * c), (c))                                                                         \
    F(int, PQisBusy, (PGconn * c), (c))                                                                               \
    F(PGresult *, PQgetResult, (PGconn * c), (c))                                                                     \
    F(PGnotify *, PQnotifies, (PGconn * c), (c))                                                                      \
    F(ExecStatusType, PQresultStatus, (const PGresult *r), (r))                                                       \
    F(char *, PQresultErrorField, (const PGresult *r, int f), (r, f))                                                 \
    F(int, PQntuples, (const PGresult *r), (r))                                                                       \
    F(int, PQgetisnull, (const PGresult *r, int i, int j), (r, i, j))                                                 \
    F(char *, PQgetvalue, (const PGresult *r, int i, int j), (r, i, j))                                               \
    F(int, PQgetlength, (const PGresult *r, int i, int j), (r, i, j))                                                 \
    F(char *, PQcmdTuples, (PGresult * r), (r))                                                                       \
    F(char *, PQcmdStatus, (PGresult * r), (r))

#define PROCEDURES(F)                                                                                                 \
    F(PQfinish, (PGconn * c), (c))                                                                                    \
    F(PQfreeCancel, (PGcancel * c), (c))                                                                              \
    F(PQconninfoFree, (PQconninfoOption * o), (o))                                                                    \
    F(PQfreemem, (void *m), (m))                                                                                      \
    F(PQclear, (PGresult * r), (r))

#define DEFINE_FUNCTION(result, name, parameters, arguments)                                                          \
    static __typeof__(name) *found_##name;                                                                            \
    result latchkey_##name parameters { return found_##name arguments; }
#define DEFINE_PROCEDURE(name, parameters, arguments)                                                                 \
    static __typeof__(name) *found_##name;                                                                            \
    void latchkey_##name parameters { found_##name arguments; }
FUNCTIONS(DEFINE_FUNCTION)
PROCEDURES(DEFINE_PROCEDURE)

static char problem[256];

static int find(void *library, const char *name, void **function) {
    *function = dlsym(library, name);
    if (*function) return 1;
    snprintf(problem, sizeof problem, "libpq has no %s; it is too old.", name);
    return 0;
}

const char *latchkey_pq_load(void) {
    static int is_loaded;
    if (is_loaded) return NULL;
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(problem, sizeof problem, "libpq.so.5 cannot be loaded (Debian's package libpq5): %s", dlerror());
        return problem;
    }
#define FIND_FUNCTION(result, name, parameters, arguments)                                                            \
    if (!find(library, #name, (void **)&found_##name)) return problem;
#define FIND_PROCEDURE(name, parameters, arguments)                                                                   \
    if (!find(library, #name, (void **)&found_##name)) return problem;
    FUNCTIONS(FIND_FUNCTION)
    PROCEDURES(FIND_PROCEDURE)
    is_loaded = 1;
    return NULL;
}
