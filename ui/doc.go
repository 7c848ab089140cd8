// Package ui is what every public page looks like: the layout, the components, one sheet of style and one small script.
//
// It knows no campaign words and no requests. A component gets a [lang.Printer] named p and values; whole sentences come
// from the catalogue or from the caller, never glued here. Values are data: templ escapes them, addresses lose schemes that
// could run a script, and what an organiser or a reader typed stands in an element of its own direction (dir=auto or bdi).
//
// No component is inlined (go:noinline): the program would hold the code of each as often as it is used.
//
// Pages that use it need style-src, script-src, img-src and connect-src 'self', and nothing else: nothing is inline, nothing
// comes from others. [Asset] gives the address of a file of ours; [Assets] gives the files to serve there, for ever.
//
// # Classes for the markup of features
//
// Words: kicker (the line above a title), lead (the one-sentence why), asof and small (soft and small), unseen (for screen
// readers only), mono, details.contents > ul (what is on a long page), div.spread (a page of two columns
// on a large screen, in this order on a phone; its div.aside stands beside the words), div.card (what one comes to do: a letter to sign, the form).
//
// Letter: section.letter with its own lang and dir is the sheet of paper; inside it p.to (addressee) and p.demand.
//
// Forms: form, div.field (and bad), label, .hint, .wrong, .check (a box and its label), .button with quiet, grave or jump,
// p.after or ul.after (what follows a press, below its button), input.code, div.decoy (a field for machines, out of sight and reach).
//
// Case: ol.timeline > li holding .when first, and ul.positions > li with p.what; in their lists a few words share a line and li.whole has its own; .tag (a small outlined word: it says by words what it means, never by colour);
// ul.answers (explanations side by side, one below the other on a phone); ul.positions, ul.measures and ul.cases (ruled lists);
// dl.facts > div > dt + dd; p.report (one sourced line) with .source; ol.sources.
//
// A person's pages: figure.photo with its figcaption, .status (where the person stands) over details.why, which says from what it follows: ul.from; .taken (struck, with the reason), .gap (what is not
// known or not translated), p.more (a link to all of it), .entry (one event on a page of its own) with details.evidence, details.fold (what unfolds without a
// line round it) and .refs (numbers of sources, on paper only), .beforeafter (the events around it), ul.follow (feed, calendar, paper), form.choose (what to list).
//
// .hash (the sum of a copy that is kept), ul.groups (what sort of events, to choose from).
//
// The list of people: form.filters, dl.brief (a few facts in a line), ul.short (links in a line), figure.map with its .land.
//
// Wishes: .verbs (two or three buttons of equal rank).
//
// Paper: article.a4 (printed on A4 without the frame of the site; with takeaway one tap selects all of it), .blank (a line to write on), label.tick (a box and its words),
// ol.written (sources with their addresses as text), .cite (their numbers).
//
// Blocks: .notice with danger or done, div.counts of .count, .number, .label, .goal, .copy, .share, ol.steps (li.past, aria-current=step), ul.names
// (in columns; .small is what stands beside a name), nav.pager > ul (the pages of a long list).
package ui
