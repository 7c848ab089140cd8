// Package archive is how campaigns leave an installation and enter another: one file with all that a campaign is but no personal data, so that another committee
// can carry on; and tables for spreadsheets, in and out.
//
// An archive is a tar file, the same bytes for the same campaigns on the same day: members in the order of their names behind the manifest, of fixed mode and owner,
// without times. docs/archive.md is its description, and manifest.json in it says what each member's SHA-256 is. Every member is public or the organisers' own:
//
//	manifest.json                        the day, and every other member with its size and hash
//	schema/case.json                     the JSON Schema of cases/*.json
//	cases/SLUG.json                      a case's canonical document (casefile.Document)
//	stops/SLUG.json                      what the person, the family or the lawyer stopped: in which capacity, never who
//	letters/SLUG/LETTER.json             a letter as a campaign file has it, a canonical document too
//	letters/SLUG/LETTER.count.json       what was counted, of one that was open
//	letters/SLUG/LETTER.VERSION.txt      its texts, exactly the bytes whose hash is in the log
//	letters/SLUG/LETTER.certificate      the certificate of a closed one
//	log.json                             the log's key and newest checkpoint, if it counted anything
//	sources/SHA256                       the committee's own copy of a source
//	photos/SHA256.jpg                    the photograph that a case names: pixels, and nothing beside them
//	earlier/ID/…                         the last seven of an installation from which these campaigns came
//
// What is not in it: signers, names, addresses, tags, any secret or private key, private links, followers, and what is sealed, which is never kept.
package archive
