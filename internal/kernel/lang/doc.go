// Package lang is the interface's languages: catalogues that translators edit, plurals, numbers and dates as each language writes
// them, and a matcher that never hands a reader a neighbouring language.
//
// A language is complete or absent: [Load] refuses a catalogue that lacks a key, a placeholder or a plural form. Messages are
// plain text; their placeholders are filled in as they stand and never interpreted. The content of a campaign has its own
// languages and does not pass through here, but for its direction.
package lang
