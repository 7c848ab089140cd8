package casefile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Designated is an organisation's address that an authority has listed: in that country a link to it can be a crime (R14).
type Designated struct {
	Domain   string // example.org, or t.me/example for a channel of a platform that is itself not listed
	Name     string // of the organisation, as the register prints it
	Country  string // ISO 3166, two letters
	Register string // the list's name
	Listed   Date
	Removed  Date // the first day on which it is not listed any more; zero while it is
}

// Registry is a list of designated organisations, kept by the committee from the authorities' own lists. The nil Registry is empty.
type Registry struct {
	list []Designated
	at   map[string][]int // by the host, and by the host as an eye reads it: a page asks of each of its links, and lists have thousands of lines
}

// registryHeader is the first line of a registry's file, in any order.
var registryHeader = []string{"domain", "name", "country", "register", "listed_on", "removed_on"}

// registryMost is the size in bytes beyond which no registry is read: the longest official list has some thousands of lines.
const registryMost = 4 << 20

// ReadRegistry reads a registry: CSV with the columns domain, name, country, register, listed_on, removed_on. All errors come at once as [Problems], by line.
func ReadRegistry(in io.Reader) (*Registry, error) {
	limited := &io.LimitedReader{R: in, N: registryMost + 1}
	r := csv.NewReader(limited)
	r.FieldsPerRecord, r.TrimLeadingSpace, r.Comment = -1, true, '#'
	reg, problems := &Registry{at: map[string][]int{}}, Problems{}
	var at map[string]int
	for {
		row, err := r.Read()
		if limited.N <= 0 {
			return nil, Problems{{Say: "the file is larger than 4 MiB; it is no registry"}}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, append(problems, Problem{Line: broken.Line, Column: broken.Column, Say: "this is not CSV: put a value with a quote or a comma in quotes"})
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if at == nil {
			if at, err = columnsOf(row); err != nil {
				return nil, Problems{{Line: line, Column: 1, Say: err.Error()}}
			}
			continue
		}
		d, say := designation(func(name string) string {
			if i := at[name]; i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		})
		for _, s := range say {
			problems = append(problems, Problem{Line: line, Column: 1, Say: s})
		}
		if where, ok := locate(d.Domain); ok {
			for _, host := range spellings(where.host) {
				reg.at[host] = append(reg.at[host], len(reg.list))
			}
		}
		reg.list = append(reg.list, d)
	}
	switch {
	case len(problems) > 0:
		return nil, problems
	case at == nil:
		return nil, Problems{{Line: 1, Column: 1, Say: "the file is empty; its first line is " + strings.Join(registryHeader, ",")}}
	}
	return reg, nil
}

func columnsOf(row []string) (map[string]int, error) {
	at := map[string]int{}
	for i, name := range row {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	for _, name := range registryHeader {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("the column %s is missing; the first line is %s", name, strings.Join(registryHeader, ","))
		}
	}
	return at, nil
}

func designation(cell func(name string) string) (d Designated, say []string) {
	where, ok := locate(cell("domain"))
	d = Designated{Domain: where.String(), Name: cell("name"), Country: cell("country"), Register: cell("register")}
	if !ok {
		say = append(say, fmt.Sprintf("%q is no domain; write it as example.org, or t.me/example for a channel", cell("domain")))
	}
	if !countryForm.MatchString(d.Country) {
		say = append(say, fmt.Sprintf("%q is not a country; write its two capital letters, for example RU", d.Country))
	}
	if d.Name == "" || d.Register == "" {
		say = append(say, "the organisation's name and the register's are needed: readers are told which list it is")
	}
	for _, x := range []struct {
		name string
		to   *Date
	}{{"listed_on", &d.Listed}, {"removed_on", &d.Removed}} {
		text := cell(x.name)
		if text == "" {
			continue
		}
		var err error
		if *x.to, err = ParseDate(text); err != nil {
			say = append(say, x.name+": "+err.Error())
		}
	}
	if d.Listed == (Date{}) {
		say = append(say, "listed_on is missing; write the day on which it was listed, or as much of it as is known")
	}
	return d, say
}

// Size is how many addresses the registry lists, those that were removed among them.
func (r *Registry) Size() int {
	if r == nil {
		return 0
	}
	return len(r.list)
}

// Newest is the latest day that the registry tells of: how old it is at least.
func (r *Registry) Newest() (newest Date) {
	if r == nil {
		return newest
	}
	for _, d := range r.list {
		for _, on := range []Date{d.Listed, d.Removed} {
			if on.Compare(newest) > 0 {
				newest = on
			}
		}
	}
	return newest
}

// Flagged are the organisations listed on a day whose address it is: that domain or one below it, however it is spelled (capitals, a final dot, a port, a name and
// password before it, Punycode, percent signs, look-alike letters), also where another address carries it openly, as web.archive.org/web/2023/https://… does.
// Countries narrow it to their lists; without any it is all of them, and on the zero Date all that were ever listed and not removed. What a shortened or
// redirecting address leads to is not known here: nothing is ever fetched.
func (r *Registry) Flagged(address string, on Date, countries ...string) (found []Designated) {
	if r == nil || len(r.list) == 0 {
		return nil
	}
	for _, place := range carried(address) {
		for _, i := range r.near(place.host) {
			d := r.list[i]
			if len(countries) > 0 && !slices.Contains(countries, d.Country) || slices.Contains(found, d) || !d.stands(on) {
				continue
			}
			if listed, _ := locate(d.Domain); place.under(listed) {
				found = append(found, d)
			}
		}
	}
	return found
}

// near are the lines of a host and of the domains above it, in the list's order.
func (r *Registry) near(host string) (lines []int) {
	for _, h := range spellings(host) {
		for more := true; more; _, h, more = strings.Cut(h, ".") {
			lines = append(lines, r.at[h]...)
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// spellings are a host and, where that is another, the host as an eye reads it.
func spellings(host string) []string {
	if s := skeleton(host); s != host {
		return []string{host, s}
	}
	return []string{host}
}

// stands tells whether it is listed on a day; a date without its day is taken at its earliest when listed and at its latest when removed, so in doubt it stands.
func (d Designated) stands(on Date) bool {
	if on == (Date{}) {
		return d.Removed == (Date{})
	}
	return d.Listed.First().Compare(on.Last()) <= 0 && (d.Removed == (Date{}) || on.First().Compare(d.Removed.Last()) < 0)
}

// Links warns of every address of a designated organisation in the file: in any text, link, source or contact, each with its path. It is a warning, not a
// fault: what is lawful to link to is for who is where to judge.
func (r *Registry) Links(f *File, on Date, countries ...string) (warnings Problems) {
	root := plant(reflect.ValueOf(f))
	if r.Size() == 0 || root == nil {
		return nil
	}
	leaves(root, "", func(path, text string) {
		for _, address := range addresses(text) {
			for _, d := range r.Flagged(address, on, countries...) {
				p := Problem{Path: path, Say: fmt.Sprintf("%s leads to %s, which %s lists (%s, since %s): a link to it can be a crime there", address, d.Name, d.Country, d.Register, d.Listed)}
				if !slices.ContainsFunc(warnings, p.same) {
					warnings = append(warnings, p)
				}
			}
		}
	})
	return warnings
}

// Place gives problems that were found in what a campaign file says their lines in it. into is a pointer to what the file was read into; it is filled again.
func Place(src []byte, into Checker, p Problems) Problems {
	root, bad := readYAML(src)
	if len(bad) > 0 {
		return p
	}
	b := binder{spots: map[string]spot{}}
	b.bind("", root, reflect.ValueOf(into).Elem())
	for i := range p {
		b.place(&p[i])
	}
	return p.sorted()
}

// place is where an address leads, as far as its text tells: a host in ASCII, and the parts of the path.
type place struct {
	host string
	path []string
}

func (p place) String() string { return strings.Join(append([]string{p.host}, p.path...), "/") }

// under tells whether a place is a listed one or below it.
func (p place) under(listed place) bool {
	if listed.host == "" {
		return false
	}
	same := func(a, b string) bool { return a == b || strings.HasSuffix(a, "."+b) }
	if !same(p.host, listed.host) && !same(skeleton(p.host), skeleton(listed.host)) {
		return false
	}
	parts := p.path
	if len(parts) > 0 && parts[0] == "s" && len(listed.path) > 0 && listed.path[0] != "s" { // t.me/s/channel is the same channel, to be read without an account
		parts = parts[1:]
	}
	return len(parts) >= len(listed.path) && slices.EqualFunc(parts[:len(listed.path)], listed.path, func(a, b string) bool {
		return strings.EqualFold(strings.TrimPrefix(a, "@"), strings.TrimPrefix(b, "@"))
	})
}

var hostForm = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// locate reads an address as browsers do, which forgive more than the standard: blanks and line ends inside, backslashes, percent signs in the host.
func locate(address string) (place, bool) {
	s := strings.Map(func(r rune) rune {
		if r < ' ' || unicode.Is(unicode.Cf, r) { // invisible, and dropped by browsers
			return -1
		}
		return r
	}, strings.TrimSpace(address))
	s = strings.ReplaceAll(s, `\`, "/")
	if m := schemeForm.FindStringSubmatch(s); m != nil {
		s = s[len(m[0]):]
	} else if rest, ok := cutFold(s, "mailto:"); ok {
		s = rest
	}
	s = strings.TrimLeft(s, "/")
	end := strings.IndexAny(s, "/?#")
	host, rest := s, ""
	if end >= 0 {
		host, rest = s[:end], s[end:]
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	if plain, err := url.PathUnescape(host); err == nil {
		host = plain
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Trim(host[i+1:], "0123456789") == "" {
		host = host[:i]
	}
	ascii, err := hostForm.ToASCII(dotWords.Replace(host))
	if err != nil {
		ascii = strings.ToLower(host)
	}
	ascii = strings.TrimRight(ascii, ".")
	path, _, _ := strings.Cut(rest, "#")
	path, _, _ = strings.Cut(path, "?")
	p := place{host: strings.TrimPrefix(ascii, "www.")}
	for part := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		if part != "" && part != "." {
			p.path = append(p.path, part)
		}
	}
	return p, strings.Contains(p.host, ".") && !strings.ContainsAny(p.host, " <>\"'")
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

var schemeForm = regexp.MustCompile(`^(?i)[a-z][a-z0-9+.-]{1,20}:[/\\]+`)

// carried are the place of an address and those of the addresses that stand openly in it, as they are and behind percent signs.
func carried(address string) (places []place) {
	seen := map[string]bool{}
	var look func(s string, deep int)
	look = func(s string, deep int) {
		if seen[s] || deep > 4 {
			return
		}
		seen[s] = true
		if p, ok := locate(s); ok {
			places = append(places, p)
		}
		for i := range s {
			if i > 0 && (strings.HasPrefix(s[i:], "http:") || strings.HasPrefix(s[i:], "https:")) {
				look(s[i:], deep+1)
			}
		}
		if _, query, ok := strings.Cut(s, "?"); ok { // ?u=example.org needs no http
			for part := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' || r == '#' }) {
				if _, value, ok := strings.Cut(part, "="); ok {
					look(value, deep+1)
				}
			}
		}
		if plain, err := url.PathUnescape(s); err == nil && plain != s {
			look(plain, deep+1)
		}
	}
	look(address, 0)
	return places
}

// lookalikes are letters of other scripts that fonts draw as Latin ones: with them a link reads as one address and is another.
var lookalikes = strings.NewReplacer("а", "a", "в", "b", "е", "e", "ё", "e", "ѕ", "s", "і", "i", "ї", "i", "ј", "j", "к", "k", "м", "m", "н", "h", "о", "o", "р", "p", "с", "c", "т", "t", "у", "y",
	"х", "x", "ԁ", "d", "ԛ", "q", "ԝ", "w", "һ", "h", "ӏ", "l", "г", "r", "п", "n", "α", "a", "β", "b", "ε", "e", "η", "n", "ι", "i", "κ", "k", "ν", "v", "ο", "o", "ρ", "p", "τ", "t", "υ", "u", "χ", "x",
	"ı", "i", "ɡ", "g", "ӧ", "o", "0", "o", "1", "l")

// skeleton is a host as an eye reads it.
func skeleton(host string) string {
	if u, err := idna.ToUnicode(host); err == nil {
		host = u
	}
	return lookalikes.Replace(host)
}

// What in a text leads somewhere. A host's name is labels of letters, digits and hyphens with a dot, or what stands for one, between them.
var (
	hostWord = regexp.MustCompile(`[\p{L}\p{N}\p{M}_-]+(?:(?:\.|。|．|｡|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\))[\p{L}\p{N}\p{M}_-]+)+`)
	openWord = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]{1,20}:(?:/|\\)+[^\s<>"«»“”]+|(?:mailto|tel|sms|tg|magnet|xmpp|sip|bitcoin):[^\s<>"«»“”]+|www\.[^\s<>"«»“”]+`)
	mailWord = regexp.MustCompile(`[^\s<>"«»“”()\[\],;:@]+@[\p{L}\p{N}\p{M}_-]+(?:\.[\p{L}\p{N}\p{M}_-]+)+`)
	nameWord = regexp.MustCompile(`(^|[^\p{L}\p{N}_.@/-])@[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?`) // @channel
	ipWord   = regexp.MustCompile(`\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]{1,5})?\b`)                   // an address in numbers
	dotWords = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "。", ".", "．", ".", "｡", ".")
)

// addresses are what in a text leads somewhere, or reads as if it did.
func addresses(text string) (list []string) {
	add := func(found []string) {
		for _, a := range found {
			a = strings.TrimRight(a, ".,;:!?…)]}'*_`")
			if !slices.Contains(list, a) {
				list = append(list, a)
			}
		}
	}
	clean := invisible(text)
	add(openWord.FindAllString(clean, -1))
	rest := openWord.ReplaceAllString(clean, " ")
	add(mailWord.FindAllString(rest, -1))
	for _, name := range pathWord.FindAllString(mailWord.ReplaceAllString(rest, " "), -1) {
		add([]string{dotWords.Replace(name)})
	}
	return list
}

// pathWord is a host's name with the path behind it, if there is one.
var pathWord = regexp.MustCompile(hostWord.String() + `(?:/[^\s<>"«»“”]*)?`)

// invisible drops what nobody sees and what splits an address for a program alone. What joins letters in Persian or an emoji stays: see [Plain].
func invisible(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 0x00ad, 0x180e, 0x200b, 0x200e, 0x200f, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff:
			return -1
		}
		return r
	}, text)
}

// resolvable tells a name that the network could look up from an abbreviation: its last part is a top-level domain.
func resolvable(name string) bool {
	ascii, err := hostForm.ToASCII(strings.TrimRight(dotWords.Replace(name), "."))
	if err != nil {
		ascii = strings.ToLower(name)
	}
	last := ascii[strings.LastIndexByte(ascii, '.')+1:]
	if strings.Trim(last, "0123456789") == "" {
		return false
	}
	if last == "onion" || last == "i2p" || last == "eth" || last == "bit" {
		return true
	}
	_, icann := publicsuffix.PublicSuffix(last)
	return icann
}
