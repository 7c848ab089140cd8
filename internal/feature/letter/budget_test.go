package letter

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// tagOf is a made-up tag.
func tagOf(n int) (t seal.Tag) {
	copy(t[:], fmt.Sprint(n))
	return t
}

func TestUsualBudgets(t *testing.T) {
	want := Budgets{FirstAgain: time.Minute, LaterAgain: 10 * time.Minute, PerDay: 3, DomainHour: 300, LargeHour: 20_000, LetterHour: 50_000, TriesHour: 100,
		Burst: 100, LargeBurst: 10_000, ThrowBurst: 10}
	if got := Usual(); got != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
}

// One address: again after a minute, then ten minutes apart, three a day.
func TestMailsToOneAddress(t *testing.T) {
	type ask struct {
		after time.Duration // since the first
		sent  bool
	}
	day := 24 * time.Hour
	for name, asks := range map[string][]ask{
		"at once":                {{0, true}, {0, false}, {time.Second, false}},
		"before a minute":        {{0, true}, {59 * time.Second, false}},
		"after a minute":         {{0, true}, {time.Minute, true}},
		"asking does not delay":  {{0, true}, {30 * time.Second, false}, {60 * time.Second, true}},
		"third before ten":       {{0, true}, {time.Minute, true}, {2 * time.Minute, false}, {11*time.Minute - time.Second, false}},
		"third after ten":        {{0, true}, {time.Minute, true}, {11 * time.Minute, true}},
		"no fourth":              {{0, true}, {time.Minute, true}, {11 * time.Minute, true}, {21 * time.Minute, false}, {11 * time.Hour, false}},
		"the next day":           {{0, true}, {time.Minute, true}, {11 * time.Minute, true}, {12 * time.Hour, true}, {12*time.Hour + 10*time.Minute, true}},
		"three the next day":     {{0, true}, {day, true}, {day + time.Hour, true}, {day + 2*time.Hour, true}, {day + 3*time.Hour, false}},
		"the clock is set back":  {{0, true}, {-time.Hour, true}},
		"and back by days":       {{0, true}, {-3 * day, true}, {-3*day + time.Second, false}},
		"midnight is no minute":  {{12*time.Hour - time.Second, true}, {12 * time.Hour, false}, {12*time.Hour + 59*time.Second, true}},
		"nor ten minutes, later": {{12*time.Hour - 3*time.Minute, true}, {12*time.Hour - 2*time.Minute, true}, {12*time.Hour - 2*time.Minute + 30*time.Second, false}, {12 * time.Hour, false}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBudgets(Usual())
			for _, a := range asks {
				if got := b.mail(toSign, receipt.Letter{}, tagOf(1), "example.org", noon.Add(a.after)); got != a.sent {
					t.Fatalf("after %v sent: %t, want %t", a.after, got, a.sent)
				}
			}
		})
	}
}

// Whatever is asked and when, an address gets what the budget allows and no more.
func TestMailsToOneAddressHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, now := newBudgets(Usual()), noon.Add(time.Duration(rapid.IntRange(11*60, 12*60).Draw(t, "start"))*time.Minute)
		var sent []time.Time
		perDay := map[int64]int{}
		for range rapid.IntRange(1, 200).Draw(t, "asks") {
			now = now.Add(rapid.OneOf(
				rapid.Just(time.Duration(0)), rapid.Custom(func(t *rapid.T) time.Duration {
					return time.Duration(rapid.Int64Range(0, 90).Draw(t, "s")) * time.Second
				}),
				rapid.Custom(func(t *rapid.T) time.Duration {
					return time.Duration(rapid.Int64Range(0, 7*60).Draw(t, "m")) * time.Minute
				})).Draw(t, "later"))
			if b.mail(toSign, receipt.Letter{}, tagOf(1), "example.org", now) {
				sent = append(sent, now)
				perDay[seal.Day(now)]++
			}
		}
		if len(sent) == 0 {
			t.Fatal("the first mail was not sent")
		}
		for day, n := range perDay {
			if n > 3 {
				t.Fatalf("%d mails on day %d", n, day)
			}
		}
		for i := 1; i < len(sent); i++ {
			if gap := sent[i].Sub(sent[i-1]); gap < time.Minute {
				t.Fatalf("mails %v apart: %v", gap, sent)
			}
		}
		for i := 2; i < len(sent); i++ { // one resend may come after a minute; two can't within ten
			if gap := sent[i].Sub(sent[i-2]); gap < 11*time.Minute {
				t.Fatalf("three mails within %v: %v", gap, sent)
			}
		}
	})
}

func TestAddressesHaveBudgetsOfTheirOwn(t *testing.T) {
	b := newBudgets(Usual())
	for i := range 10 {
		if !b.mail(toSign, receipt.Letter{}, tagOf(i), "example.org", noon) {
			t.Fatalf("address %d gets none", i)
		}
	}
	if !b.mail(toSign, receipt.Letter{1}, tagOf(0), "example.org", noon) {
		t.Fatal("another letter is the same budget")
	}
}

func TestMailsToDomainsAndForLetters(t *testing.T) {
	small := Budgets{FirstAgain: time.Minute, LaterAgain: time.Minute, PerDay: 3, DomainHour: 5, LargeHour: 8, LetterHour: 1000, TriesHour: 1}
	spend := func(b *budgets, id receipt.Letter, domain string, from int, now time.Time) (n int) {
		for n < 5000 && b.mail(toSign, id, tagOf(from+n), domain, now) {
			n++
		}
		return n
	}
	b := newBudgets(small)
	for i, d := range []struct {
		name string
		want int
	}{{"example.org", 5}, {"example.net", 5}, {"gmail.com", 8}, {"mail.ru", 8}} {
		if got := spend(b, receipt.Letter{}, d.name, 10*i, noon); got != d.want {
			t.Errorf("%s: %d at once, want %d", d.name, got, d.want)
		}
	}
	if got := spend(b, receipt.Letter{1}, "example.org", 100, noon); got != 5 {
		t.Errorf("another letter: %d, want 5", got)
	}
	if got := spend(b, receipt.Letter{}, "example.org", 200, noon.Add(30*time.Minute)); got != 2 {
		t.Errorf("after half an hour: %d, want 2", got)
	}
	if got := spend(b, receipt.Letter{}, "example.org", 300, noon.Add(10*time.Hour)); got != 5 {
		t.Errorf("after a night: %d, want 5", got)
	}
	if !b.mail(toSign, receipt.Letter{2}, tagOf(5), "example.org", noon) {
		t.Error("who was refused for a domain is refused in another letter")
	}

	small.LetterHour = 12
	b = newBudgets(small)
	total := 0
	for i := range 10 {
		total += spend(b, receipt.Letter{}, fmt.Sprintf("d%d.example", i), 1000*i, noon)
	}
	if total != 12 {
		t.Errorf("one letter: %d mails at once, want 12", total)
	}
	if got := spend(b, receipt.Letter{9}, "d99.example", 0, noon); got != 5 {
		t.Errorf("another letter: %d, want 5", got)
	}
	// A clock set back neither locks out nor fills up.
	if got := spend(b, receipt.Letter{}, "d0.example", 90_000, noon.Add(-time.Hour)); got != 0 {
		t.Errorf("the clock set back gave %d more", got)
	}
}

func TestTries(t *testing.T) {
	b := newBudgets(Usual())
	hour := noon.Truncate(time.Hour)
	for i := range 100 {
		if !b.try(toSign, receipt.Letter{}, tagOf(1), hour.Add(time.Duration(i)*time.Second)) {
			t.Fatalf("try %d is refused", i+1)
		}
	}
	for range 3 {
		if b.try(toSign, receipt.Letter{}, tagOf(1), hour.Add(30*time.Minute)) {
			t.Fatal("the 101st try of an hour")
		}
	}
	if !b.try(toSign, receipt.Letter{}, tagOf(2), hour) || !b.try(toSign, receipt.Letter{1}, tagOf(1), hour) {
		t.Fatal("another address or letter is refused")
	}
	if !b.try(toSign, receipt.Letter{}, tagOf(1), hour.Add(time.Hour)) {
		t.Fatal("refused an hour later")
	}
	if !b.mail(toSign, receipt.Letter{}, tagOf(1), "example.org", hour) {
		t.Fatal("tries spend mails")
	}
}

// Memory is bounded, whoever asks for whatever; those of today are forgotten last.
func TestBudgetsForget(t *testing.T) {
	few := Usual()
	few.remembering, few.LetterHour = 100, 1_000_000
	b := newBudgets(few)
	for i := range 90 {
		b.mail(toSign, receipt.Letter{}, tagOf(i), "old.example", noon)
	}
	today := noon.Add(24 * time.Hour)
	b.mail(toSign, receipt.Letter{}, tagOf(1000), "example.org", today)
	for i := range 50 {
		b.mail(toSign, receipt.Letter{}, tagOf(2000+i), "example.org", today)
	}
	if b.mail(toSign, receipt.Letter{}, tagOf(1000), "example.org", today) {
		t.Fatal("one of today was forgotten while there were older ones")
	}
	for i := range 5000 {
		b.mail(toSign, receipt.Letter{byte(i), byte(i >> 8)}, tagOf(10_000+i), fmt.Sprintf("d%d.example", i), today)
		b.try(toSign, receipt.Letter{}, tagOf(100_000+i), today)
		if len(b.tags) > 100 || len(b.domains) > 100 || len(b.letters) > 100 {
			t.Fatalf("remembers %d addresses, %d domains, %d letters", len(b.tags), len(b.domains), len(b.letters))
		}
	}
}
