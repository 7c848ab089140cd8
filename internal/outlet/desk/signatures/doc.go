// Package signatures is the desk's part for a letter's signatures and a campaign's followers: what is held, what is taken out and put back, which names are shown, which
// counts stand apart, the committee's own key, and the sealed list.
//
//	/desk/c/{case}/signatures                    each letter as the log counts it; pause, release, undo
//	/desk/c/{case}/signatures/{letter}/remove    a rule, how many it means, what the public number would be; then the errand
//	/desk/c/{case}/signatures/{letter}/names     shown names, by keyboard: hide, put a checked one first
//	/desk/c/{case}/signatures/{letter}/report    a count kept elsewhere, on paper, or vouched for
//	/desk/c/{case}/followers                     the committee's key, its drill, the sealed list
//
// All that changes something is an errand, which may be carried out again after a crash: a removal bears a name that follows from its errand's. Taking out, the key and
// the list need a fresh proof, and a second person from the third organiser on. Undoing a removal needs the proof alone: ten minutes are too short for two.
//
// Nothing here reads an address. The server has none to show; the list that leaves it is sealed to the committee's key.
package signatures
