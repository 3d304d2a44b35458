package store

// SQLite counts every allocation under one lock that all connections share, for statistics that nobody asks for. It can
// be told to leave that only before it is first used, and the driver has no way to say so: its own copy of SQLite is
// linked into the program, and this runs before main. The symbol is weak because cgo also links each package by itself,
// where it is missing.

/*
extern int sqlite3_config(int, ...) __attribute__((weak));

enum { configMemstatus = 9 }; // SQLITE_CONFIG_MEMSTATUS

__attribute__((constructor)) static void countNothing(void) {
	if (sqlite3_config) {
		sqlite3_config(configMemstatus, 0);
	}
}
*/
import "C"
