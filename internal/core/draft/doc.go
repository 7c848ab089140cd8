// Package draft keeps what a committee writes before it is public: of each case one document (canonical JSON) in a chain of revisions.
//
//	Begin, Open   the draft of a case; what was applied elsewhere since is merged in
//	Save          three-way: the revision that a form was filled in from, what was typed, and the newest
//	History, At   what it said before; Restore adds, and takes nothing away
//	AskReview     somebody else reads it; SendBack answers with a remark
//	MarkPublished says which revision is public
//
// Nothing that was typed is lost. Where two changed the same value, the draft keeps what was there first, the other one's document is kept whole as a revision
// aside, and each such place is told as a [Conflict]. Whoever saves again sends the revision that they were answered with as their base: with an older one they would be
// in conflict with themselves.
//
// Documents and remarks are sealed under a key that the unlock secret wraps; whoever has the disk sees which case was worked on, by which role, in which hour.
// Nothing opens while the server is locked. What is kept, and for how long, is said at [Book.Sweep].
package draft
