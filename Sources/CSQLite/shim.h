#include <sqlite3.h>

/* Of variable arguments, so Swift cannot call it itself. To be called before any other function of SQLite. */
static inline int latchkey_sqlite_keeps_no_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
