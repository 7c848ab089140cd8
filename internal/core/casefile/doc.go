// Package casefile is a person's case as a committee tells it: who is held, the dated events of what happened and who says
// so, the organisations' positions, the open question, the sources. Every feature refers to it; it refers to none.
//
// A case comes from a campaign file (YAML, docs/scenario.md walks through one) and is read-only here: the committee edits
// the file and applies it again. [Decode] reads a file strictly and tells all its errors at once, each with its place;
// [Marshal] writes one back; [Diff] tells two apart; [Book] keeps the applied ones.
//
// What this package holds to:
//   - Nothing is shown unless the file says "public" and says who agreed, or why nobody could be asked (R1, R2).
//   - Private persons appear by role; a name needs a public function and a source (R4).
//   - An event says who says so; a count says as of when; money is shown as stated, never converted (R5).
//   - Nothing is concluded: no cause is computed, speculation stays out of titles and summaries, and what is derived
//     (days held, restrictions in force) is a pure function of the events.
//   - Texts are whole strings per language; the program inflects and glues nothing.
package casefile
