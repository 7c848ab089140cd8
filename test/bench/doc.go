// Package bench measures the program as it is deployed: the built binary in a process of its own, all rules and sealing on, a real
// SMTP peer, a durable database, over the loopback.
//
// One machine carries client, server, database and mailbox at once, and machines differ. So a rate is told as a ratio to what a bare
// net/http server in a process of its own answers to the same client just before and just after; and as the CPU time that the server and its
// database take for one accepted request, from /proc, which hardly moves with noise. `make bench` prints the table; docs/performance.md keeps one,
// and says what limits each line. TestFloors holds half of the most important floors at every `make test`.
package bench
