// Package organiser is who shares a desk: committees, their people under pseudonyms, what each role may do, how they prove who they are, and the trail of what
// was done.
//
//	Invite    a link for a role          → told once; its hash is kept, for 72 hours, once
//	Join      the link, a pseudonym      → an organiser: password and authenticator, ten recovery codes
//	SignIn    by those, or by a passkey  → a session: a token in a cookie, its hash kept
//	Prove     the same again             → five minutes in which grave acts may be done, under a new token
//	Do        one deed                   → May, Steps, Pair; an errand, or a proposal, and its line in the trail in one transaction
//	Approve   a proposal                 → the errand, decided by a second person
//	Due, Take, Ended                     → an errand is carried out, by one node at a time, until it is done, has failed, or 72 hours are over
//	Lock, Reopen, HandOver               → bad days
//
// What may be done is one pure table ([May]); what needs a fresh proof another ([Steps]); what needs two people from the third organiser on a third ([Pair]).
//
// Kept of a person: a committee, a role, inside or abroad, the day they joined, and, sealed, the pseudonym, the password's hash and the authenticator's secret. No
// name, no address, no telephone, no network address, no browser. What a deed holds is sealed, and deleted once it is done. The trail keeps roles and hours, never who; thirty days later its
// days are sealed to the committee's keys, which are not on the server, or deleted where there is none, and a dated cut of its chain stays ([Book.Sweep], [OpenSealed]).
//
// Nothing here opens while the server is locked.
package organiser
