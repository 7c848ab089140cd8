// Package mailproof holds the proof that mail leaves this installation: before the first letter of a committee can be signed, one test mail each has reached two
// mailboxes at two domains, neither of them the sender's, and the two codes were typed back.
//
//	Begin   two addresses → two mails, one row of two hashes
//	Prove   two codes     → the day, under a digest of how mail is sent; once
//	Proven  by this way of sending
//	Take    one more test mail of a committee, of those that may begin in an hour
//
// Kept: a day and a digest of server and sender, and for an hour how many test mails a committee has begun. An address is in memory while its mail is sent, and nowhere else; its domain is looked at and forgotten. Another mail
// server, or another sender, is to be proven anew.
package mailproof
