package letter_test

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/receipt"
)

// telling are words that would say to a gateway or an employer what the mail is for.
var telling = regexp.MustCompile(`(?i)sign|petition|letter|campaign|prison|support|protest|orlov|court|home|committee|` +
	`подпис|петици|открыт|письмо в|кампани|заключ|поддерж|орлов|суд\b|домой|комитет`)

func TestMailSaysNothing(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		for tongue, address := range map[lang.Tag]string{"en": "Zinaida+x@example.org", "ru": "zinaida2@example.org"} {
			_, err := s.Book.Begin(t.Context(), lettertest.Case, lettertest.Slug, 1, address, tongue)
			lettertest.Must(t, err)
			s.Post(t)
			m := s.Mailbox.Last(address)
			if m == nil || m.Lang != string(tongue) || len(m.ID) != 32 {
				t.Fatalf("%s: no mail in that language, to the address as typed", tongue)
			}
			p := s.Words.Printer(tongue)
			code, link := lettertest.Code(m), lettertest.Link(m)
			for _, want := range []string{p.T("mail.confirm.hello"), p.T("mail.confirm.not_you"), p.T("mail.confirm.valid"), code, link} {
				if want == "" || !strings.Contains(m.Text, want) {
					t.Errorf("%s: the text lacks %q", tongue, want)
				}
			}
			if !strings.HasPrefix(link, lettertest.MailURL+"/confirm?") || m.Subject != p.T("mail.confirm.subject") {
				t.Errorf("%s: subject %q, link %q", tongue, m.Subject, link)
			}
			if !strings.Contains(m.HTML, code) || !strings.Contains(m.HTML, lettertest.Token(m)) || !strings.Contains(m.HTML, `lang="`+string(tongue)+`"`) {
				t.Errorf("%s: the HTML lacks code, link or language", tongue)
			}
			for part, text := range map[string]string{"subject": m.Subject, "text": m.Text, "HTML": m.HTML} {
				text = strings.ReplaceAll(text, lettertest.Token(m), "")
				if w := telling.FindString(text); w != "" {
					t.Errorf("%s: the %s says %q", tongue, part, w)
				}
				if strings.Contains(strings.ToLower(text), "zinaida") || strings.Contains(text, s.Letter.ID.String()) {
					t.Errorf("%s: the %s names the address or the letter", tongue, part)
				}
			}
		}
		if telling.FindString(lettertest.File().Title["en"]) == "" || telling.FindString(lettertest.File().Title["ru"]) == "" {
			t.Fatal("the words that are looked for would not be found")
		}
	})
}

// An ask writes one sealed job and nothing else; once mailed, nothing is left of it.
func TestAskLeavesOneJob(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		before := tables(t, s)
		w := s.Ask(t, " Anna@example.org ")
		if w.Version != 1 || w.Address.Reveal() != "Anna@example.org" || w.Letter.ID != s.Letter.ID || w.Token == "" {
			t.Fatalf("%+v", w)
		}
		asked := tables(t, s)
		if len(asked) != len(before)+1 || len(of("job", asked)) != 1 {
			t.Fatalf("%d rows more, %d jobs", len(asked)-len(before), len(of("job", asked)))
		}
		s.Post(t)
		if after := tables(t, s); strings.Join(after, "\n") != strings.Join(before, "\n") {
			t.Fatal("the mail was sent and something is left")
		}
		again, err := s.Book.Reopen(t.Context(), w.Token)
		if err != nil || again.Address.Reveal() != "Anna@example.org" || again.Token != w.Token || again.Version != 1 {
			t.Fatal("the waiting page does not come back", err)
		}
	})
}

func TestConfirmByCode(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		w, m := s.Mailed(t, "Anna+x@example.org")
		c, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		lettertest.Must(t, err)
		if want := time.Date(2026, 11, 20, 12, 10, 0, 0, time.UTC); !c.By.Equal(want) || c.Letter.ID != s.Letter.ID {
			t.Errorf("counted by %v, want %v", c.By, want)
		}
		if s.Counted() != 0 || s.Grow(t) != 0 {
			t.Fatal("counted before its batch")
		}
		if n := s.GrowAll(t); n != 1 || s.Counted() != 1 {
			t.Fatalf("%d entries, %d counted", n, s.Counted())
		}
		sign := s.Entries(t)[1].(receipt.Sign)
		own := mine(t, s, c)
		if own.Ended || !own.First || own.Lock != sign.Lock || own.Letter.ID != s.Letter.ID {
			t.Errorf("%+v", own)
		}
		sign.Lock, sign.Commitment = receipt.Lock{}, receipt.Commitment{}
		if want := (receipt.Sign{Campaign: s.Letter.Campaign, Letter: s.Letter.ID, Version: 1, Assurance: receipt.Email}); sign != want {
			t.Errorf("%+v, want %+v", sign, want)
		}
		if got := number(t, s, "SELECT day FROM letter_signature"); got != time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).Unix()/86400 {
			t.Errorf("day %d", got)
		}
	})
}

func TestConfirmByLink(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		w, m := s.Mailed(t, "anna@example.org")
		before := tables(t, s)
		for range 3 { // a scanner follows it as often as it likes
			l, err := s.Book.Follow(t.Context(), lettertest.Token(m))
			if err != nil || l.Letter.ID != s.Letter.ID || l.Version != 1 {
				t.Fatal(l, err)
			}
		}
		if strings.Join(tables(t, s), "\n") != strings.Join(before, "\n") {
			t.Fatal("following the link has changed something")
		}
		c, err := s.Book.ConfirmLink(t.Context(), lettertest.Token(m))
		lettertest.Must(t, err)
		// The code of the same mail is the same use.
		again, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		lettertest.Must(t, err)
		s.Grow(t)
		if s.Counted() != 1 || mine(t, s, again).First || number(t, s, "SELECT count(*) FROM letter_used") != 1 {
			t.Fatal("code and link of one mail are two uses")
		}
		_, err = s.Book.Mine(t.Context(), c.Secret)
		refused(t, err, fault.NotFound, "fault.link.none")
	})
}

// A code as people type it.
func TestTypedCodes(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		w, m := s.Mailed(t, "anna@example.org")
		code := lettertest.Code(m)
		bare := strings.ReplaceAll(code, "-", "")
		lookalike := strings.NewReplacer("0", "o", "1", "l", "V", "u")
		for _, typed := range []string{code, bare, strings.ToLower(code), " " + code + "\r\n", code[:4] + " " + code[5:], "\u00a0" + code, strings.Join(strings.Split(bare, ""), " "),
			lookalike.Replace(bare), strings.ToUpper(lookalike.Replace(bare)), strings.ReplaceAll(bare, "1", "i")} {
			if _, err := s.Book.ConfirmCode(t.Context(), w.Token, typed); err != nil {
				t.Errorf("%q for %q: %v", typed, code, err)
			}
		}
		first := map[bool]string{true: "1", false: "0"}[bare[0] == '0']
		for typed, key := range map[string]string{"": "missing", " - ": "missing", bare[:7]: "wrong", bare + "0": "wrong", first + bare[1:]: "wrong", "@@@@@@@@": "wrong", strings.Repeat("0", 1<<16): "wrong"} {
			_, err := s.Book.ConfirmCode(t.Context(), w.Token, typed)
			refused(t, err, fault.Invalid, "fault.code."+key)
			if f := fault.Of(err); f.Field != "code" || f.Args != nil {
				t.Errorf("%.10q: %+v", typed, f)
			}
		}
	})
}

// Whoever types a stranger's address has a page's token, and no more.
func TestPageAloneNeverConfirms(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		w := s.Ask(t, "stranger@example.org")
		own, m := s.Mailed(t, "own@example.org")
		for _, code := range []string{lettertest.Code(m), "00000000", "ZZZZ-ZZZZ"} {
			_, err := s.Book.ConfirmCode(t.Context(), w.Token, code)
			refused(t, err, fault.Invalid, "fault.code.wrong")
		}
		_, err := s.Book.ConfirmLink(t.Context(), w.Token)
		refused(t, err, fault.Gone, "fault.token.link_expired")
		_, err = s.Book.Follow(t.Context(), w.Token)
		refused(t, err, fault.Gone, "fault.token.link_expired")
		// Nor does a link serve as a page.
		_, err = s.Book.ConfirmCode(t.Context(), lettertest.Token(m), lettertest.Code(m))
		refused(t, err, fault.Gone, "fault.token.expired")
		_, err = s.Book.Reopen(t.Context(), lettertest.Token(m))
		refused(t, err, fault.Gone, "fault.token.expired")
		if number(t, s, "SELECT count(*) FROM letter_signature")+number(t, s, "SELECT count(*) FROM letter_used") != 0 {
			t.Fatal("something was written")
		}
		_, err = s.Book.ConfirmCode(t.Context(), own.Token, lettertest.Code(m))
		lettertest.Must(t, err)
	})
}

// A code is of one letter and one address.
func TestCodesOfAnotherLetter(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		one, oneMail := s.Mailed(t, "anna@example.org")
		first := s.Letter
		s.Letter = s.Apply(t, edited(func(f *letter.File) { f.Slug = "other" }))
		two, twoMail := s.Mailed(t, "anna@example.org")
		if lettertest.Code(oneMail) == lettertest.Code(twoMail) {
			t.Fatal("two letters, one code")
		}
		_, err := s.Book.ConfirmCode(t.Context(), one.Token, lettertest.Code(twoMail))
		refused(t, err, fault.Invalid, "fault.code.wrong")
		_, err = s.Book.ConfirmCode(t.Context(), two.Token, lettertest.Code(oneMail))
		refused(t, err, fault.Invalid, "fault.code.wrong")
		c, err := s.Book.ConfirmLink(t.Context(), lettertest.Token(twoMail))
		lettertest.Must(t, err)
		s.GrowAll(t)
		if c.Letter.ID == first.ID || s.Book.Count(first.ID).Counted != 0 || s.Counted() != 1 {
			t.Fatal("the mail of one letter has signed another")
		}
		// One mailbox, two letters, two tags: nobody without a pepper sees that they are one.
		if _, err := s.Book.ConfirmCode(t.Context(), one.Token, lettertest.Code(oneMail)); err != nil {
			t.Fatal(err)
		}
		if number(t, s, "SELECT count(DISTINCT tag) FROM letter_signature") != 2 {
			t.Fatal("one tag in two letters")
		}
	})
}

func TestAlteredTokens(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		w, m := s.Mailed(t, "anna@example.org")
		page, link := w.Token, lettertest.Token(m)
		raw, err := base64.RawURLEncoding.DecodeString(link)
		lettertest.Must(t, err)
		for i := range raw {
			raw[i] ^= 1
			_, err := s.Book.ConfirmLink(t.Context(), base64.RawURLEncoding.EncodeToString(raw))
			refused(t, err, fault.Gone, "fault.token.link_expired")
			raw[i] ^= 1
		}
		for token, key := range map[string]string{"": "broken", strings.Repeat("A", 1<<20): "broken", "A": "broken", page[:len(page)/2]: "broken", page[:len(page)-4]: "expired", page + "AAAA": "expired", page + "=": "expired",
			page[4:]: "expired", "\x00": "broken"} {
			_, err := s.Book.ConfirmCode(t.Context(), token, lettertest.Code(m))
			if f := fault.Of(err); f == nil || f.Key != "fault.token."+key {
				t.Errorf("%.20q: %v, want %s", token, err, key)
			}
			if _, err := s.Book.Reopen(t.Context(), token); err == nil {
				t.Errorf("%.20q opens", token)
			}
		}
		if _, err := s.Book.ConfirmLink(t.Context(), link); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTokensLive72Hours(t *testing.T) {
	for age, live := range map[time.Duration]bool{71*time.Hour + 59*time.Minute: true, 72 * time.Hour: false, 90 * time.Hour: false, 200 * time.Hour: false} {
		t.Run(age.String(), func(t *testing.T) {
			each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
				w, m := s.Mailed(t, "anna@example.org")
				s.Clock.Add(age)
				_, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
				_, linkErr := s.Book.ConfirmLink(t.Context(), lettertest.Token(m))
				if live {
					lettertest.Must(t, err)
					lettertest.Must(t, linkErr)
					return
				}
				refused(t, err, fault.Gone, "fault.token.expired")
				refused(t, linkErr, fault.Gone, "fault.token.link_expired")
				if number(t, s, "SELECT count(*) FROM letter_signature") != 0 {
					t.Fatal("counted all the same")
				}
			})
		})
	}
}

// Asking twice does not break the first mail: either code works on either page, for 72 hours.
func TestAskingTwice(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		pages, codes := []string{}, []string{}
		for range 3 {
			w, m := s.Mailed(t, "anna@example.org")
			pages, codes = append(pages, w.Token), append(codes, lettertest.Code(m))
			s.Clock.Add(23*time.Hour + 30*time.Minute)
		}
		if codes[0] == codes[1] || codes[1] == codes[2] {
			t.Fatal("two days, one code: a code that never changes can be tried for ever")
		}
		for _, page := range pages {
			for _, code := range codes {
				if _, err := s.Book.ConfirmCode(t.Context(), page, code); err != nil {
					t.Error(err)
				}
			}
		}
		s.Grow(t)
		if s.Counted() != 1 {
			t.Fatalf("%d counted", s.Counted())
		}
	})
}

func TestTriesAtACode(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		s.Clock.Set(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
		w, m := s.Mailed(t, "anna@example.org")
		for range 100 {
			_, err := s.Book.ConfirmCode(t.Context(), w.Token, "00000000")
			refused(t, err, fault.Invalid, "fault.code.wrong")
		}
		_, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		refused(t, err, fault.TooMany, "fault.code.tries")
		other, otherMail := s.Mailed(t, "other@example.org")
		_, err = s.Book.ConfirmCode(t.Context(), other.Token, lettertest.Code(otherMail))
		lettertest.Must(t, err)
		if _, err := s.Book.Follow(t.Context(), lettertest.Token(m)); err != nil {
			t.Fatal("the link is dead as well:", err)
		}
		s.Clock.Add(time.Hour)
		_, err = s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		lettertest.Must(t, err)
	})
}

// A letter that is open no more counts nobody, even if this process has not noticed.
func TestConfirmNeedsAnOpenLetter(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		w, m := s.Mailed(t, "anna@example.org")
		exec(t, s, "UPDATE letter SET state = 'closing'")
		_, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		refused(t, err, fault.Refused, "fault.letter.closed")
		_, err = s.Book.ConfirmLink(t.Context(), lettertest.Token(m))
		refused(t, err, fault.Refused, "fault.letter.closed")
		if number(t, s, "SELECT count(*) FROM letter_signature")+number(t, s, "SELECT count(*) FROM letter_used") != 0 {
			t.Fatal("something was written")
		}
		exec(t, s, "UPDATE letter SET state = 'open'")
		_, err = s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		lettertest.Must(t, err)
	})
}

func TestBeginRefuses(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		for _, c := range []struct {
			caseSlug, slug, typed string
			kind                  fault.Kind
			key                   string
		}{
			{"petrov", lettertest.Slug, "anna@example.org", fault.NotFound, "fault.letter.none"},
			{lettertest.Case, "nothing", "anna@example.org", fault.NotFound, "fault.letter.none"},
			{lettertest.Case, lettertest.Slug, "", fault.Invalid, "fault.email.missing"},
			{lettertest.Case, lettertest.Slug, "anna@localhost", fault.Invalid, "fault.email.incomplete"},
			{lettertest.Case, lettertest.Slug, strings.Repeat("a", 300) + "@example.org", fault.Invalid, "fault.email.long"},
		} {
			w, err := s.Book.Begin(t.Context(), c.caseSlug, c.slug, 1, c.typed, "en")
			refused(t, err, c.kind, c.key)
			if w.Token != "" {
				t.Error("refused with a token")
			}
		}
		if number(t, s, "SELECT count(*) FROM job") != 0 {
			t.Fatal("what was refused sends mail")
		}
		w := s.Ask(t, "anna@gmial.com")
		if w.Suggest != "anna@gmail.com" {
			t.Errorf("suggests %q", w.Suggest)
		}
	})
}

// What a tag forgets of an address can't be guessed from the log either: two signers with the same address in two letters share nothing.
func TestEntriesShareNothing(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		s.Letter = s.Apply(t, edited(func(f *letter.File) {
			f.Slug, f.Pace, f.RunBy = "other", letter.Immediate, casefile.Text{"en": "x", "ru": "x"}
		}))
		s.Sign(t, "anna@example.org")
		s.Grow(t)
		var signs []receipt.Sign
		for _, e := range s.Entries(t) {
			if sign, ok := e.(receipt.Sign); ok {
				signs = append(signs, sign)
			}
		}
		if len(signs) != 2 || signs[0].Commitment == signs[1].Commitment || signs[0].Lock == signs[1].Lock {
			t.Fatal("one address can be followed from letter to letter")
		}
	})
}
