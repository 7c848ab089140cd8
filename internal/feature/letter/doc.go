// Package letter is the open letter: its texts, its signatures, its count, and its whole life.
//
//	draft → opening → open ⇄ paused → closing → closed
//
// A signature is asked for, and is nowhere but in a sealed mail until it is confirmed; confirmed it is counted (or held: counted in a line apart,
// while a burst lasts); its signer may withdraw it, organisers may take it out for a public reason, and put it back.
//
//	Begin      one address    → a sealed mail, the waiting page's token
//	Confirm    code or link   → {tag, row, leaf} in one transaction; a private link, told once
//	Show Hide  private link   → {name, words, entry}; the name is seen once its entry is in the log
//	Withdraw   private link   → {state, tag and name forgotten, entry}
//	Leave      mailbox code   → the same, and the log says that the mailbox asked
//	Never      mailed link    → no more mail to that tag
//	Receipt    lock           → a promise while it waits, the proof once it is in the log
//	Apply Pause Resume Remove Restore Release Close: the committee's
//
// Private: the address (in memory and inside ciphertext only), the private link's secret (nowhere). Kept: a lock, a tag under a pepper that
// is not on this disk, the version, how it was confirmed, a day; of who shows a name, the name, its salt and its folded words. Destroyed at
// closing: the pepper's share, tags, used tokens, suppressed tags. Logged: text, sign, show, hide, withdraw, remove, restore, report, close. The
// count is folded from the log's entries by receipt.Tally, here as in outcry verify; there is no counter.
//
// Of one signature at most one leaf about its standing and one about its name wait for the log: a newer word drops the older one, for the order
// within a batch is drawn.
//
// The path is settled in the order of docs/architecture.md; this package is the pattern for every other feature: rules in letter.go,
// signature.go and name.go (no clock, no SQL, no HTTP), verbs in book.go and its neighbours (ask, mine, shown, life, close, remove), statements in
// store*.go, pages in public*.go.
package letter
