package app

import "outcry/internal/kernel/db"

// backupTables says of every table what a backup keeps. A table or a column that stands nowhere here stops the tests, and the backup too: whoever adds one
// asks first what it would prolong that should die, and what a copy without it would lose. docs/adr/0020-backup.md gives the reasons at length.
//
// The log's own tables come first: a database that holds a part of a backup then has the log's size, and no server starts on it.
var backupTables = []db.Table{
	{Name: "log_key", Key: []string{"one"}, Keep: []string{"one", "vkey", "wrapped"}, Why: "the log goes on under its key; wrapped by the unlock secret"},
	{Name: "log_state", Key: []string{"one"}, Keep: []string{"one", "size", "root", "note"}, Why: "what the rows are held against"},
	{Name: "log_entry", Key: []string{"idx"}, Keep: []string{"idx", "ref", "data"}, Why: "public"},
	{Name: "log_tile", Key: []string{"level", "n"}, Keep: []string{"level", "n", "data"}, Why: "public"},
	{Name: "log_queue", Key: []string{"ref"}, Keep: []string{"ref", "data", "of_ref", "pool"}, Fill: map[string]int64{"not_before": 0},
		Why: "a signature and its leaf belong together; when it came would tell its mail, so what waits leaves at once and in one shuffled batch"},

	{Name: "casefile", Key: []string{"slug"}, Keep: []string{"slug", "doc", "revision"}, Why: "the organisers' own words"},
	{Name: "casefile_stop", Since: 4, Key: []string{"casefile", "kind", "name", "giver"}, Keep: []string{"casefile", "kind", "name", "giver", "harm", "day"},
		Why: "what the person stopped must not be shown by a restored server; it says in which capacity, and by nobody's name"},
	{Name: "casefile_change", Since: 4, Key: []string{"casefile", "revision", "section", "name", "kind"}, Keep: []string{"casefile", "revision", "day", "section", "name", "kind"},
		Why: "public, and by it addresses of events are known for life"},
	{Name: "casefile_photo", Since: 9, Key: []string{"sha256"}, Keep: []string{"sha256", "bytes", "width", "height", "day"},
		Why: "pixels alone, shown where it is agreed to; one that was taken out later stays in older backups"},
	{Name: "letter", Key: []string{"id"}, Keep: []string{"id", "campaign", "casefile", "slug", "state", "version", "pace", "dated", "about"}, Why: "likewise"},
	{Name: "letter_text", Key: []string{"letter", "version", "lang"}, Keep: []string{"letter", "version", "lang", "title", "body", "demand", "addressee", "sha"}, Why: "likewise"},
	{Name: "letter_signature", Key: []string{"lock"}, Keep: []string{"lock", "letter", "tag", "version", "assurance", "state", "link_hash", "day"},
		Why: "without tags an address would count twice, and no mailbox could withdraw; they say nothing without secret and share, and nothing to anyone once the letter is closed"},
	{Name: "letter_report", Key: []string{"id"}, Keep: []string{"id", "letter", "kind", "value", "comparator", "as_of", "source", "nature", "note", "counted_by"},
		Later: map[string]int64{"counted_by": 2}, Why: "public"},
	{Name: "letter_name", Since: 2, Key: []string{"lock"}, Keep: []string{"lock", "letter", "name", "affiliation", "salt", "script", "sort_key", "idx", "earlier", "removed"},
		Why: "shown by their signers' wish; one that is hidden later stays in older backups"},
	{Name: "letter_word", Since: 2, Key: []string{"word", "lock"}, Keep: []string{"word", "lock"}, Why: "of the same names"},
	{Name: "letter_prominent", Since: 2, Key: []string{"lock"}, Keep: []string{"lock", "checked_by_role", "note"}, Why: "of the same names"},
	{Name: "letter_suppressed", Since: 2, Key: []string{"letter", "tag"}, Keep: []string{"letter", "tag"},
		Why: "who wants no mail must get none from a restored server either; under the letter's pepper, like tags"},
	{Name: "letter_removal", Since: 2, Key: []string{"id"}, Keep: []string{"id", "letter", "reason", "words", "role", "day"}, Why: "public"},
	{Name: "letter_removed", Since: 2, Key: []string{"lock"}, Keep: []string{"lock", "removal"}, Why: "public"},
	{Name: "letter_certificate", Since: 2, Key: []string{"letter"}, Keep: []string{"letter", "note"}, Why: "public"},
	{Name: "news", Since: 2, Key: []string{"id"}, Keep: []string{"id", "casefile", "sealed", "unsub_hash"},
		Why: "the only list that a campaign can't make again, sealed to its organisers; who ended it later is in older backups"},

	{Name: "news_key", Since: 10, Key: []string{"casefile", "recipient"}, Keep: []string{"casefile", "recipient", "chosen"},
		Why: "public halves; without it a campaign that is published after restoring would take no address, or one under a key that nobody has tried"},

	{Name: "wish_link", Since: 5, Key: []string{"hash"}, Keep: []string{"hash", "casefile", "capacity", "made", "until"},
		Why: "whoever binds the campaign must be able to stop a restored site at once; a hash opens nothing, and one that was revoked later is in older backups: revoke it again"},
	{Name: "wish_word", Since: 5, Key: []string{"casefile", "capacity", "kind", "name"}, Keep: []string{"casefile", "capacity", "kind", "name", "agreed", "turns"},
		Why: "what was agreed to; without it a page could rest on less than it says"},

	{Name: "organiser_committee", Since: 6, Key: []string{"id"}, Keep: []string{"id", "name", "made"}, Fill: map[string]int64{"locked": 0},
		Why: "whose desk a case is on, and whose trail; who was locked out has to join anew in any case"},
	{Name: "organiser_case", Since: 6, Key: []string{"casefile"}, Keep: []string{"casefile", "committee"}, Why: "without it a committee's cases would be another's"},
	{Name: "organiser_trail", Since: 6, Key: []string{"committee", "n"}, Keep: []string{"committee", "n", "hour", "role", "act", "object", "prev", "hash"},
		Why: "a chain that goes on must hold what it follows; it names roles and nobody, and a backup that is kept as long as is advised outlives its thirty days by as much"},
	{Name: "organiser_cut", Since: 6, Key: []string{"committee", "day"}, Keep: []string{"committee", "day", "n", "hash"}, Why: "likewise"},
	{Name: "organiser_key", Since: 6, Why: "nothing that it opens is kept"},
	{Name: "organiser", Since: 6, Why: "who was ended must not come back with an old copy, and a copy must not be a list of those who did it: on a restored server people join anew, by outcry organiser invite"},
	{Name: "organiser_passkey", Since: 6, Why: "likewise"},
	{Name: "organiser_recovery", Since: 6, Why: "likewise; and a code that was used must not open again"},
	{Name: "organiser_invitation", Since: 6, Why: "likewise"},
	{Name: "organiser_session", Since: 6, Why: "likewise"},
	{Name: "organiser_ceremony", Since: 6, Why: "lives for minutes"},
	{Name: "organiser_proposal", Since: 6, Why: "waits for people who have to join anew"},
	{Name: "organiser_errand", Since: 8, Why: "was decided for the server that was; who restores one decides anew"},

	{Name: "mailproof", Since: 11, Why: "a restored server is to prove its own mail; letters that are open stay open"},
	{Name: "mailproof_test", Since: 11, Why: "lives for two hours"},
	{Name: "casefile_before", Since: 11, Why: "lives for ten minutes, and holds what was taken from the public"},

	{Name: "draft_key", Since: 7, Key: []string{"one"}, Keep: []string{"one", "wrapped"}, Why: "opens the drafts; wrapped by the unlock secret"},
	{Name: "draft", Since: 7, Key: []string{"slug"}, Keep: []string{"slug", "head", "last", "published", "earlier", "applied", "looked"},
		Why: "the organisers' own words, which are nowhere else until they are published"},
	{Name: "draft_revision", Since: 7, Key: []string{"slug", "n"}, Keep: []string{"slug", "n", "base", "role", "what", "made", "aside", "doc"},
		Why: "likewise, sealed; a history that was forgotten stays in older backups"},
	{Name: "draft_review", Since: 7, Key: []string{"slug"}, Keep: []string{"slug", "n", "role", "remark", "made", "back"}, Why: "likewise"},
	{Name: "draft_translation", Since: 7, Key: []string{"slug", "tongue", "part"}, Keep: []string{"slug", "tongue", "part", "hour", "turn", "kept"},
		Why: "which translations have gone stale; nobody could tell again"},
	{Name: "draft_guest", Since: 7, Why: "a link that was taken back must not open again; a translator gets another one"},

	{Name: "letter_removing", Since: 10, Why: "a removal that was cut off is what was done of it: who decided it decides anew"},
	{Name: "news_drill", Since: 10, Why: "lives for a day"},
	{Name: "news_export", Since: 10, Why: "a list that was fetched must not be fetched again, and whom it waits for joins anew"},

	{Name: "log_cosigned", Since: 3, Why: "what witnesses sign now is what matters after restoring: they are asked anew"},
	{Name: "log_recount", Since: 3, Why: "likewise"},
	{Name: "day_key", Why: "opens mails and tokens of the last days: it must die in its time everywhere"},
	{Name: "job", Why: "mails that wait, addresses in them: who waits asks again"},
	{Name: "letter_used", Why: "used tokens: none of them opens any more where the keys of the day are not"},
}
