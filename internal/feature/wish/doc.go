// Package wish is for the people who bind a campaign: the prisoner, the family and the lawyer. Each has a private link with two verbs for each thing that is
// done in the prisoner's name, *I agree* and *stop*; a lawyer has a third, *this harms the defence*. Each takes effect at once, and none asks for a reason.
//
//	Make    a link for a capacity   → told once; its hash is kept
//	Open    the link                → what holds, and what is public now
//	Do      one act                 → the stop is laid or lifted, and pages follow before the answer
//	Undo    within ten minutes      → that capacity's word is what it was before
//
// Who may do what is one pure table ([decide]): a stop holds until whoever gave it lifts it, or the prisoner does; agreeing never lifts another's stop; nobody
// but the prisoner lifts the prisoner's. Stopping is never refused. Once the person is out of custody, what family and lawyer agree to counts no more: it is the
// person's own word that is asked for.
//
// Stops are kept by casefile, for they bind every page. Here are the links (hash, case, capacity, day made, last day) and agreements (case, capacity, item,
// day). No name, no address, no reason, no time finer than a day, and no record of who opened what when. A capacity is not a person: two links for the family
// speak with one voice.
//
// It works while the server is locked, for it needs no key: whoever must stop something can do it then too.
//
// The aftercare page is here as well: what still binds a person after a release, and what not to send, tag or ask.
package wish
