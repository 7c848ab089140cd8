// Package seal keeps the secrets and what is sealed with them.
//
//	U, the unlock secret      typed, a credential or a file outside the data folder; in memory while the server runs
//	  ├─ wraps day keys       one random key a day, kept 96 hours; they seal queued mails and tokens that live 72
//	  ├─ wraps the log's key
//	  └─ with a share file    = the pepper of one letter; the share is unlinked when the letter closes
//
// Whoever has the disk but not U, reads nothing that was sealed here. U and the shares lie outside the data folder and outside any backup. U can be changed
// without the peppers changing: rotate.go.
//
// All that is AES-256-GCM with a random nonce, bound to a purpose: what was sealed for one purpose does not open for another. What only a campaign's
// organisers may read is sealed by age to a [Recipient], whose secret half is on no server.
package seal
