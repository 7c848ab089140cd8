// Package journey tests the program as it is run: the binary as a process of its own, a browser's requests over HTTP, a mail server that speaks SMTP, SQLite in
// a folder or a PostgreSQL server of the test's own, and an auditor on another machine. Processes are killed, disks fill up, a liar stands before the server.
//
// There are tests only. With OUTCRY_PROVE=1 they run at full length.
package journey
