#include <sqlite3.h>

/* What a savepoint needs to be undone stays in memory up to so many bytes, and goes to a temporary file beyond; and
   SQLite keeps no count of its memory, which takes a lock at each allocation. To be called before the first database
   is opened. SQLite takes both as variadic arguments, which Swift cannot pass. */
static inline int lunad_sqlite_set_up(int savepoint_bytes) {
    int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return code == SQLITE_OK ? sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, savepoint_bytes) : code;
}
