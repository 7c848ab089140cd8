package casefile

import (
	"html"
	"regexp"
	"strings"

	"outcry/internal/kernel/markup"
)

// gone stands where an address was: that something was left out is not hidden.
const gone = "…"

// Plain is a text for places where a link is a crime: Markdown in, paragraphs of plain text out, without a link, an address, a mailbox, a number to call or the name
// of a channel. The words of a link stay; a name that reads as a domain does not. In doubt it takes out too much: "the court.The" with a blank forgotten keeps
// its words only where no top-level domain is called so. Nothing in the answer is Markdown or HTML any more; whoever shows it escapes it as any text.
func Plain(markdown string) string {
	var paragraphs []string
	text := block.ReplaceAllString(markup.HTML(markdown), blockEnd)
	text = html.UnescapeString(tag.ReplaceAllString(text, ""))
	for p := range strings.SplitSeq(text, blockEnd) {
		if p = plainLine(p); p != "" && p != gone {
			paragraphs = append(paragraphs, p)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// blockEnd stands between paragraphs while a text is taken apart: no text holds it.
const blockEnd = "\x00"

var (
	block  = regexp.MustCompile(`</?(?:p|ul|ol|li|blockquote|h3|h4|hr)(?:\s[^>]*)?>`)
	tag    = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
	dots   = regexp.MustCompile(`…(?:\s*…)+`)
	brace  = regexp.MustCompile(`\s*[(\[<]\s*…?\s*[)\]>]`)
)

// plainLine takes out until nothing is left to take: what goes may have stood between the halves of an address.
func plainLine(p string) string {
	for before := ""; p != before; {
		before, p = p, withoutAddresses(p)
	}
	return p
}

func withoutAddresses(p string) string {
	p = invisible(p)
	p = openWord.ReplaceAllStringFunc(p, leave)
	p = mailWord.ReplaceAllStringFunc(p, leave)
	p = nameWord.ReplaceAllString(p, "${1}"+gone)
	p = ipWord.ReplaceAllString(p, gone)
	p = withoutHosts(p)
	p = brace.ReplaceAllString(p, "")
	p = dots.ReplaceAllString(p, gone)
	return strings.TrimSpace(spaces.ReplaceAllString(p, " "))
}

func withoutHosts(p string) string {
	return pathWord.ReplaceAllStringFunc(p, func(name string) string {
		if host, rest, ok := strings.Cut(name, "/"); !resolvable(host) {
			if ok {
				return host + "/" + withoutHosts(rest)
			}
			return name
		}
		return leave(name)
	})
}

// leave puts the mark in place of an address, and keeps the sentence's signs after it.
func leave(address string) string {
	return gone + address[len(strings.TrimRight(address, ".,;:!?…)]}»”")):]
}
