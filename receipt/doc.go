// Package receipt holds the public formats of an Outcry log and the means to check them: what an entry is, how a number comes
// of entries, what a signer's proof says, and how an outsider recounts a whole site. It trusts nobody: whoever runs the site is
// the one being checked. It imports the standard library, golang.org/x/mod and filippo.io/torchwood, and keeps no global state.
//
// # What is where
//
// Under the public URL of a site, by GET:
//
//	/log/key                          the log's verifier key, one line              c2sp.org/signed-note
//	/log/checkpoint                   the signed size and root of the log           c2sp.org/tlog-checkpoint
//	/log/newest                       the newest of these, without witnesses        c2sp.org/tlog-checkpoint
//	/log/tile/<L>/<N>[.p/<W>]         hashes of the tree, 256 in a tile             c2sp.org/tlog-tiles
//	/log/tile/entries/<N>[.p/<W>]     entries, 256 in a bundle                      c2sp.org/tlog-tiles
//	/letters.json                     the numbers the site shows, and at which size [Published]
//	/letters/<id>/<version>.txt       the manifest a text entry holds the hash of
//	/letters/<id>/certificate.txt     what a closed letter's count was, signed         [Certificate]
//
// The origin, which is also the name of the log's key, is the public URL without scheme and trailing slash, and "/log".
//
// # Entries
//
// An entry is "outcry1", a type byte, 16 bytes of campaign and a body; integers are big endian. Its leaf hash is that of
// RFC 6962: SHA-256 of a zero byte and the entry ([LeafHash]).
//
//	1 text      letter 16 | version 2 | SHA-256 of the manifest 32                      74 bytes
//	2 sign      letter 16 | version 2 | assurance 1 | commitment 32 | lock 32          107 bytes
//	3 withdraw  preimage of the lock 32 | index of the sign entry 8                     64 bytes
//	4 remove    reason 1 | index of the sign entry 8                                    33 bytes
//	5 show      HMAC-SHA256(salt, the name as shown) 32 | index of the sign entry 8     64 bytes
//	6 hide      index of the sign entry 8                                               32 bytes
//	7 restore   index of the sign entry 8                                               32 bytes
//	8 report    letter 16 | kind 1 | as of 4 | value 8 | SHA-256 of the line 32         85 bytes
//	10 close    letter 16                                                               40 bytes
//	11 key      kind 1 | SHA-256 of the key 32                                          57 bytes
//
// Types not in this list come with later versions (9 is kept for fund, 12 for audit): they are counted by number and never at
// fault. No entry holds a name, an address, a hash of either without its salt, or a time finer than a day. How a number comes of
// entries is [Tally]'s to say, in the server as for an auditor.
//
// # Proofs, promises and certificates
//
// A proof is a c2sp.org/tlog-proof whose extra data is the entry: checked by [VerifyProof] without a network, for good.
// A promise is what a signer holds until the next batch: a signed note of the same Ed25519 key under the name origin/promise,
// saying by when a leaf will be in the log ([OpenPromise]). A certificate is a signed note of that key under the name
// origin/certificate, saying what a letter's count was when it was closed ([OpenCertificate]).
//
// # Witnesses
//
// A witness co-signs checkpoints (c2sp.org/tlog-cosignature, [WitnessKey.Cosign]); a [Policy] says whose cosignatures a reader wants and how many.
// What a witness counted anew is a signed note of its key under the name witness/recount ([Recounted], [OpenRecount]).
//
// # Recounting
//
// [Recount] downloads everything, hashes every entry up to the signed root, folds the numbers and compares them with those the
// site shows. It proves that the number is the log's and, with what it remembers from last time, that nothing was taken out or
// rewritten since. It does not prove that signers are distinct people, and one reader without witnesses can't see what others are shown.
package receipt
