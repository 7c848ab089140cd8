package seizure

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// least is the fewest bytes that a pattern may have: below it, chance would find it.
const least = 6

type pattern struct {
	bytes    []byte
	canary   int
	encoding string
}

// patterns makes all that is searched for: each form of each canary in each encoding. Where two encodings give the same bytes, the first names them.
func patterns(canaries []Canary) []pattern {
	var all []pattern
	for i, c := range canaries {
		seen := map[string]bool{}
		add := func(encoding, bytes string) {
			if len(bytes) >= least && !seen[bytes] {
				seen[bytes] = true
				all = append(all, pattern{[]byte(bytes), i, encoding})
			}
		}
		for _, f := range forms(c) {
			for _, e := range encodings {
				for _, bytes := range e.encode(f.text) {
					add(strings.TrimSpace(e.name+" "+f.name), bytes)
				}
			}
		}
	}
	return all
}

type form struct{ name, text string }

// forms are the spellings of a value: as planted, by case, and those that the caller adds, as its folded form.
func forms(c Canary) []form {
	list := []form{{"", c.Value}}
	add := func(name, text string) {
		if !slices.ContainsFunc(list, func(f form) bool { return f.text == text }) {
			list = append(list, form{name, text})
		}
	}
	add("(lower case)", strings.ToLower(c.Value))
	add("(upper case)", strings.ToUpper(c.Value))
	add("(title case)", title(c.Value))
	for _, text := range c.Also {
		add("(another form)", text)
		add("(another form, lower case)", strings.ToLower(text))
	}
	return list
}

func title(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		start = !unicode.IsLetter(r)
		if was {
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, s)
}

type encoding struct {
	name   string
	encode func(string) []string
}

// one makes an encoding that has a single spelling.
func one(name string, f func(string) string) encoding {
	return encoding{name, func(s string) []string { return []string{f(s)} }}
}

func eachByte(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, format, s[i])
		}
		return b.String()
	}
}

// only encodes the bytes that fits picks, and leaves the others.
func only(fits func(byte) bool, format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if fits(s[i]) {
				fmt.Fprintf(&b, format, s[i])
			} else {
				b.WriteByte(s[i])
			}
		}
		return b.String()
	}
}

func special(b byte) bool { return b >= 0x80 || !(b >= '0' && b <= '9' || b|32 >= 'a' && b|32 <= 'z') }
func foreign(b byte) bool { return b >= 0x80 || b == '=' || b < 0x20 }
func mailish(b byte) bool { return foreign(b) || b == '@' || b == '.' || b == '_' || b == '?' }

// eachUnit formats the UTF-16 units that fits picks.
func eachUnit(fits func(uint16) bool, format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			if fits(u) {
				fmt.Fprintf(&b, format, u)
			} else {
				b.WriteRune(rune(u))
			}
		}
		return b.String()
	}
}

// eachRune formats the characters that fits picks.
func eachRune(fits func(rune) bool, format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, r := range s {
			if fits(r) {
				fmt.Fprintf(&b, format, r)
			} else {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
}

func always[T any](T) bool        { return true }
func beyondASCII16(u uint16) bool { return u >= 0x80 }
func beyondASCII(r rune) bool     { return r >= 0x80 }
func punctuation(r rune) bool     { return r >= 0x80 || special(byte(r)) }

func utf16Bytes(order binary.AppendByteOrder) func(string) string {
	return func(s string) string {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = order.AppendUint16(b, u)
		}
		return string(b)
	}
}

func utf32Bytes(order binary.AppendByteOrder) func(string) string {
	return func(s string) string {
		var b []byte
		for _, r := range s {
			b = order.AppendUint32(b, uint32(r))
		}
		return string(b)
	}
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

func rot13(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+13)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+13)%26
		}
		return r
	}, s)
}

// aligned encodes s as it would look inside a longer base64 or base32 text, with each number of bytes before it; characters that depend on a neighbour are cut off.
func aligned(group, bits int, encode func([]byte) string) func(string) []string {
	return func(s string) []string {
		var all []string
		for before := range group {
			text := encode(append(make([]byte, before), s...))
			from := (before*8 + bits - 1) / bits
			to := (before + len(s)) * 8 / bits
			all = append(all, text[from:to])
		}
		return all
	}
}

// digests writes a hash in the ways that programs write one. Sixteen bytes of it are enough: so a hash cut short is found too.
func digests(sum func([]byte) []byte) func(string) []string {
	return func(s string) []string {
		var all []string
		for _, text := range []string{s, s + "\n"} {
			d := sum([]byte(text))[:16]
			h := hex.EncodeToString(d)
			all = append(all, string(d), h, strings.ToUpper(h), base64.RawStdEncoding.EncodeToString(d)[:21],
				base64.RawURLEncoding.EncodeToString(d)[:21], base32.StdEncoding.EncodeToString(d)[:25],
				strings.ToLower(base32.StdEncoding.EncodeToString(d))[:25])
		}
		return all
	}
}

var encodings = []encoding{
	one("plain", func(s string) string { return s }),
	one("URL query", url.QueryEscape),
	one("URL query, lower-case digits", func(s string) string { return only(special, "%%%02x")(s) }),
	one("URL path", url.PathEscape),
	one("URL, all but letters and digits", only(special, "%%%02X")),
	one("URL, every byte", eachByte("%%%02X")),
	one("URL, every byte, lower-case digits", eachByte("%%%02x")),
	one("quoted-printable", only(foreign, "=%02X")),
	one("quoted-printable, lower-case digits", only(foreign, "=%02x")),
	one("quoted-printable header", only(mailish, "=%02X")),
	one("quoted-printable, every byte", eachByte("=%02X")),
	one("JSON", eachUnit(beyondASCII16, `\u%04x`)),
	one("JSON, upper-case digits", eachUnit(beyondASCII16, `\u%04X`)),
	one("JSON, every character", eachUnit(always, `\u%04x`)),
	one("JSON, every character, upper-case digits", eachUnit(always, `\u%04X`)),
	one("JSON, special characters", eachUnit(func(u uint16) bool { return punctuation(rune(u)) }, `\u%04x`)),
	one("HTML", html.EscapeString),
	one("HTML decimal, beyond ASCII", eachRune(beyondASCII, "&#%d;")),
	one("HTML decimal, special characters", eachRune(punctuation, "&#%d;")),
	one("HTML decimal, every character", eachRune(always, "&#%d;")),
	one("HTML hexadecimal, beyond ASCII", eachRune(beyondASCII, "&#x%x;")),
	one("HTML hexadecimal, special characters", eachRune(punctuation, "&#x%x;")),
	one("HTML hexadecimal, every character", eachRune(always, "&#x%x;")),
	one("HTML hexadecimal, every character, upper-case digits", eachRune(always, "&#x%X;")),
	one("hex", eachByte("%02x")),
	one("hex, upper-case", eachByte("%02X")),
	one("hex with spaces", func(s string) string { return fmt.Sprintf("% x", s) }),
	one("hex with spaces, upper-case", func(s string) string { return fmt.Sprintf("% X", s) }),
	one("hex with colons", func(s string) string { return strings.ReplaceAll(fmt.Sprintf("% x", s), " ", ":") }),
	one("hex dump of 16-bit words", hexWords),
	one(`\x of each byte`, eachByte(`\x%02x`)),
	one(`\x beyond ASCII`, only(foreign, `\x%02x`)),
	one("octal beyond ASCII", only(foreign, `\%03o`)),
	one("octal of each byte", eachByte(`\%03o`)),
	one("bytes as numbers, with spaces", func(s string) string { return strings.Trim(fmt.Sprint([]byte(s)), "[]") }),
	one("bytes as numbers, with commas", func(s string) string { return strings.ReplaceAll(strings.Trim(fmt.Sprint([]byte(s)), "[]"), " ", ",") }),
	{"base64", aligned(3, 6, base64.RawStdEncoding.EncodeToString)},
	{"base64url", aligned(3, 6, base64.RawURLEncoding.EncodeToString)},
	{"base32", aligned(5, 5, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString)},
	{"base32, lower-case", aligned(5, 5, func(b []byte) string {
		return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
	})},
	{"base32hex", aligned(5, 5, base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString)},
	one("UTF-16LE", utf16Bytes(binary.LittleEndian)),
	one("UTF-16BE", utf16Bytes(binary.BigEndian)),
	one("UTF-32LE", utf32Bytes(binary.LittleEndian)),
	one("UTF-32BE", utf32Bytes(binary.BigEndian)),
	one("reversed", reversed),
	one("rot13", rot13),
	{"SHA-256", digests(func(b []byte) []byte { d := sha256.Sum256(b); return d[:] })},
	{"SHA-512", digests(func(b []byte) []byte { d := sha512.Sum512(b); return d[:] })},
	{"SHA-1", digests(func(b []byte) []byte { d := sha1.Sum(b); return d[:] })},
	{"MD5", digests(func(b []byte) []byte { d := md5.Sum(b); return d[:] })},
}

// hexWords is how xxd groups bytes, from an even place on.
func hexWords(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && i%2 == 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%02x", s[i])
	}
	return b.String()
}
