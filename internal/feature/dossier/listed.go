package dossier

import (
	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// flagged are the designated organisations to which an address leads (R14), whatever country lists them: who reads is not known, and is not asked.
func (v View) flagged(address string) []casefile.Designated {
	if address == "" {
		return nil
	}
	return v.lists.Flagged(address, v.Today)
}

// listing is why an organisation's address is no link, in the words of whoever lists it and never in ours.
func listing(p *lang.Printer, d casefile.Designated) []fragment {
	return sentence(p, "listed.entry", "Country", p.Country(d.Country), "Name", fragment{text: d.Name, isolated: true}, "Register", fragment{text: d.Register, isolated: true}, "Date", d.Listed.Words(p))
}

// cleared are lines for whoever passes them on: without the addresses of designated organisations, and at their end why.
func (v View) cleared(p *lang.Printer, lines ...string) []string {
	var found []casefile.Designated
	for i, line := range lines {
		clear, list := v.lists.Cleared(line, v.Today)
		lines[i], found = clear, append(found, list...)
	}
	return append(lines, reasons(p, found)...)
}

// reasons say that addresses were left out, and which lists have them; each organisation once.
func reasons(p *lang.Printer, list []casefile.Designated) (lines []string) {
	seen := map[casefile.Designated]bool{}
	for _, d := range list {
		if len(seen) == 0 {
			lines = append(lines, p.T("listed.left_out"))
		}
		if !seen[d] {
			lines, seen[d] = append(lines, dotted([][]fragment{listing(p, d)})), true
		}
	}
	if len(lines) > 0 {
		lines = append(lines, p.T("listed.whose"))
	}
	return lines
}
