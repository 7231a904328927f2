// libpq, loaded when it is first needed.
//
// A server on SQLite would pay 3 MiB of memory and some milliseconds of its start for a library, and a dozen behind
// it, that it never calls. So nothing is linked: `latchkey_pq_load` opens libpq, and each `latchkey_PQ…` is the
// function of that name (postgresql.org/docs/current/libpq.html). Calling one before the library was loaded is an
// error of the program.

#ifndef LATCHKEY_POSTGRES_H
#define LATCHKEY_POSTGRES_H

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif

#pragma clang assume_nonnull begin

/// Loads libpq; safe to call again, not from two threads at once.
/// Returns NULL, or what went wrong.
const char *_Nullable latchkey_pq_load(void);

// Connecting
PGconn *_Nullable latchkey_PQconnectStartParams(
    const char *_Nullable const *_Nonnull keywords, const char *_Nullable const *_Nonnull values, int expand_dbname);
PostgresPollingStatusType latchkey_PQconnectPoll(PGconn *connection);
ConnStatusType latchkey_PQstatus(const PGconn *connection);
char *latchkey_PQerrorMessage(const PGconn *connection);
int latchkey_PQsocket(const PGconn *connection);
int latchkey_PQbackendPID(const PGconn *connection);
PGVerbosity latchkey_PQsetErrorVerbosity(PGconn *connection, PGVerbosity verbosity);
int latchkey_PQsetnonblocking(PGconn *connection, int on);
PGTransactionStatusType latchkey_PQtransactionStatus(const PGconn *connection);
void latchkey_PQfinish(PGconn *connection);
PGcancel *_Nullable latchkey_PQgetCancel(PGconn *connection);
int latchkey_PQcancel(PGcancel *cancel, char *message, int message_size);
void latchkey_PQfreeCancel(PGcancel *_Nullable cancel);
PQnoticeProcessor _Nullable latchkey_PQsetNoticeProcessor(
    PGconn *connection, PQnoticeProcessor _Nullable processor, void *_Nullable argument);
PQconninfoOption *_Nullable latchkey_PQconninfoParse(const char *text, char *_Nullable *_Nonnull message);
void latchkey_PQconninfoFree(PQconninfoOption *_Nullable options);

// Asking
int latchkey_PQsendQuery(PGconn *connection, const char *text);
int latchkey_PQsendPrepare(
    PGconn *connection, const char *name, const char *text, int count, const Oid *_Nullable types);
int latchkey_PQsendQueryPrepared(
    PGconn *connection, const char *name, int count, const char *_Nullable const *_Nullable values,
    const int *_Nullable lengths, const int *_Nullable formats, int result_format);
int latchkey_PQsendQueryParams(
    PGconn *connection, const char *text, int count, const Oid *_Nullable types,
    const char *_Nullable const *_Nullable values, const int *_Nullable lengths, const int *_Nullable formats,
    int result_format);
int latchkey_PQenterPipelineMode(PGconn *connection);
int latchkey_PQexitPipelineMode(PGconn *connection);
int latchkey_PQpipelineSync(PGconn *connection);
int latchkey_PQsendFlushRequest(PGconn *connection);
int latchkey_PQflush(PGconn *connection);
int latchkey_PQconsumeInput(PGconn *connection);
int latchkey_PQisBusy(PGconn *connection);
PGresult *_Nullable latchkey_PQgetResult(PGconn *connection);
PGnotify *_Nullable latchkey_PQnotifies(PGconn *connection);
void latchkey_PQfreemem(void *_Nullable memory);

// Answers
ExecStatusType latchkey_PQresultStatus(const PGresult *result);
char *_Nullable latchkey_PQresultErrorField(const PGresult *result, int field);
int latchkey_PQntuples(const PGresult *result);
int latchkey_PQgetisnull(const PGresult *result, int row, int column);
char *latchkey_PQgetvalue(const PGresult *result, int row, int column);
int latchkey_PQgetlength(const PGresult *result, int row, int column);
char *latchkey_PQcmdTuples(PGresult *result);
char *latchkey_PQcmdStatus(PGresult *result);
void latchkey_PQclear(PGresult *result);

#pragma clang assume_nonnull end

/// Characters that Swift does not import as numbers.
static const int latchkey_diagnostic_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int latchkey_diagnostic_sqlstate = PG_DIAG_SQLSTATE;
static const int latchkey_diagnostic_message = PG_DIAG_MESSAGE_PRIMARY;

#endif
