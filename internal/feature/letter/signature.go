package letter

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// Address is an e-mail address as it was typed, checked, and never folded: a folded one may be another person's.
type Address = seal.Private[string]

const (
	addressMost = 254 // RFC 5321, 4.5.3.1.3
	localMost   = 64
)

var (
	errNoAddress  = fault.New(fault.Invalid, "fault.email.missing").At("email")
	errIncomplete = fault.New(fault.Invalid, "fault.email.incomplete").At("email")
	errLong       = fault.New(fault.Invalid, "fault.email.long").At("email")
)

// ParseAddress checks what was typed into the one field. The faults name the field and say what to do, and never quote it.
func ParseAddress(typed string) (Address, error) {
	s := strings.TrimSpace(typed)
	switch {
	case s == "":
		return Address{}, errNoAddress
	case len(s) > addressMost:
		return Address{}, errLong
	case !utf8.ValidString(s) || strings.IndexFunc(s, hidden) >= 0:
		return Address{}, errIncomplete
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || !norm.NFC.IsNormalString(s) {
		return Address{}, errIncomplete
	}
	local, domain, _ := cutLast(s)
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !isHost(ascii) || strings.HasPrefix(domain, "[") || strings.ContainsRune(local, '"') || len(local) > localMost {
		return Address{}, errIncomplete
	}
	return seal.Hide(s), nil
}

// isHost tells whether mail can be sent to a domain: two labels at least, none empty or over 63 bytes, the last no number.
func isHost(ascii string) bool {
	labels := strings.Split(ascii, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return false
		}
	}
	return len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// hidden are characters that nobody sees, and white space.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) || r == utf8.RuneError
}

func cutLast(s string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(s, '@')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// dotless are domains whose mailboxes ignore dots.
var dotless = map[string]string{"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}

// Fold is what two spellings of one mailbox share. It is for the tag and for nothing else: nothing is ever sent to it.
// Folding too much only merges two signers, so it is broad: lower case, NFKC, no +extension, no dots where they don't count.
func Fold(a Address) seal.Private[string] {
	local, domain, _ := cutLast(a.Reveal())
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	domain = strings.ToLower(domain)
	local = strings.ToLower(norm.NFKC.String(strings.ToLower(norm.NFKC.String(local))))
	if i := strings.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	if one, ok := dotless[domain]; ok {
		local, domain = strings.ReplaceAll(local, ".", ""), one
	}
	return seal.Hide(local + "@" + domain)
}

// Domain is an address's domain in lower-case ASCII, as far as somebody registered it, for budgets in memory. It is a copy: a part of the folded
// address would keep the whole of it in memory for as long as a budget remembers the domain.
func Domain(a Address) string {
	_, domain, _ := cutLast(Fold(a).Reveal()) // folding may have made another @ of a full-width one
	if one, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		domain = one // whoever has a name has all names below it
	}
	return strings.Clone(domain)
}

// Slips are domains often mistyped; the waiting page suggests the other.
var slips = map[string]string{
	"gmail.ocm": "gmail.com", "gmail.con": "gmail.com", "gmial.com": "gmail.com", "gmai.com": "gmail.com", "gamil.com": "gmail.com", "gmail.co": "gmail.com",
	"hotmail.con": "hotmail.com", "hotmial.com": "hotmail.com", "yahoo.con": "yahoo.com", "outlook.con": "outlook.com",
	"yandex.con": "yandex.com", "yandx.ru": "yandex.ru", "mial.ru": "mail.ru", "protonmail.con": "protonmail.com", "proton.em": "proton.me",
}

// Suggest corrects a domain that is often mistyped; empty if there is nothing to say.
func Suggest(a Address) string {
	local, domain, _ := cutLast(a.Reveal())
	if better := slips[strings.ToLower(domain)]; better != "" {
		return local + "@" + better
	}
	return ""
}

// claim is what a page's and a link's token hold, sealed: everything that confirming needs and that is kept nowhere else.
type claim struct {
	ask     [16]byte // this asking; its code and its link are one use
	letter  receipt.Letter
	version Version
	tag     seal.Tag
	expires int64 // Unix seconds
	lang    lang.Tag
	address Address
}

const claimSize = 16 + 16 + 2 + 32 + 8 + 2 + 36 + addressMost + 8 // with room; every token is equally long

func newClaim(l *Letter, version Version, tag seal.Tag, tongue lang.Tag, a Address, now time.Time) claim {
	c := claim{letter: l.ID, version: version, tag: tag, expires: now.Add(seal.TokenLife).Unix(), lang: tongue, address: a}
	rand.Read(c.ask[:])
	return c
}

// bytes is the claim, padded to one size.
func (c claim) bytes() []byte {
	b := append([]byte(nil), c.ask[:]...)
	b = append(b, c.letter[:]...)
	b = binary.BigEndian.AppendUint16(b, c.version)
	b = append(b, c.tag[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.expires))
	b = append(b, byte(len(c.lang)))
	b = append(b, c.lang...)
	b = append(b, c.address.Reveal()...)
	return seal.Padded(b, claimSize)
}

func parseClaim(padded []byte) (c claim, ok bool) {
	b, err := seal.Unpadded(padded)
	if err != nil || len(b) < 75 {
		return c, false
	}
	copy(c.ask[:], b)
	copy(c.letter[:], b[16:])
	c.version = binary.BigEndian.Uint16(b[32:])
	copy(c.tag[:], b[34:])
	c.expires = int64(binary.BigEndian.Uint64(b[66:]))
	n := int(b[74])
	if len(b) < 75+n {
		return c, false
	}
	c.lang, c.address = lang.Tag(b[75:75+n]), seal.Hide(string(b[75+n:]))
	return c, true
}

// used is what is remembered of a claim once it has been used.
func (c claim) used() []byte {
	sum := sha256.Sum256(c.ask[:])
	return sum[:]
}

// expiryDay is the day on which the claim ends: no finer time stands in the letter's tables.
func (c claim) expiryDay() int64 { return seal.Day(time.Unix(c.expires, 0)) }

// Secret is the private link's: 32 random bytes that the server tells once and does not keep.
type Secret struct{ s seal.Private[[]byte] }

func newSecret() Secret {
	s := make([]byte, 32)
	rand.Read(s)
	return Secret{seal.Hide(s)}
}

// Text is the secret as the private link's address holds it.
func (s Secret) Text() string { return base64.RawURLEncoding.EncodeToString(s.s.Reveal()) }

// ParseSecret reads it back from an address.
func ParseSecret(text string) (Secret, bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	return Secret{seal.Hide(b)}, err == nil && len(b) == 32 && base64.RawURLEncoding.EncodeToString(b) == text
}

// preimage opens the lock of the entry that this secret was made for.
func (s Secret) preimage() receipt.Preimage {
	return receipt.Preimage(seal.Derive(s.s.Reveal(), "withdraw"))
}

// hash is what is kept of a secret that replaced an earlier one.
func (s Secret) hash() []byte {
	sum := sha256.Sum256(s.s.Reveal())
	return sum[:]
}

// commitment binds a signature to its address and text version. Its salt is derived from the secret and stored nowhere, so that only
// the signer can ever open it.
func (s Secret) commitment(a Address, v Version) receipt.Commitment {
	salt := seal.Derive(s.s.Reveal(), "audit")
	return seal.Commit(salt, []byte(Fold(a).Reveal()), binary.BigEndian.AppendUint16(nil, v))
}
