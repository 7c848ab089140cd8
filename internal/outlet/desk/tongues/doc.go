// Package tongues is the translation desk: the texts of a draft side by side in two languages.
//
// Every text of a campaign is a piece with a path that stays the same while lists grow. What is known of a piece beside the draft (who translated it, from which words) is
// kept in draft.Tongue; from that, and from what the source says now, follows whether the translation is missing, done, or older than its source.
//
// A draft can be published at any time, so it never holds half a translation. Texts of a language that is not offered yet, and of a letter that is not whole in a language, wait
// beside it; they go in together, once they are whole.
//
// Two people at the same piece lose nothing: the text that was there first stays, the other stands beside it until somebody chooses. The same holds for a file that was taken
// along and comes back. Whoever is no organiser translates by a private link, which opens the pieces of one language of one case and nothing else of the desk.
package tongues
