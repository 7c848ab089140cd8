package wish

import (
	"fmt"
	"slices"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

var (
	photo  = Item{casefile.StopScope, "photo"}
	letter = Item{casefile.StopScope, "letter"}
	pardon = Item{casefile.StopAsk, "clemency"}
	raid   = Item{casefile.StopEvent, "raid"}
)

// Who may do what, and what it comes to: the whole rule.
func TestDecide(t *testing.T) {
	others := []casefile.Giver{Lawyer}
	for _, c := range []struct {
		name   string
		by     casefile.Giver
		item   Item
		own    Word
		others []casefile.Giver
		act    Act
		spent  bool

		want    Word
		lifts   []casefile.Giver
		outcome Outcome // empty: refused
	}{
		{"the family stops", Family, photo, Silent, nil, Stop, false, Stopped, nil, DidStop},
		{"the prisoner stops what they agreed to", Prisoner, photo, Agreed, nil, Stop, false, Stopped, nil, DidStop},
		{"the lawyer stops what another has stopped", Lawyer, photo, Silent, []casefile.Giver{Family}, Stop, false, Stopped, nil, DidStop},
		{"stopping twice is stopping once", Family, photo, Stopped, nil, Stop, false, Stopped, nil, AlreadySo},
		{"whoever is out of custody: stopping is never refused", Family, photo, Agreed, nil, Stop, true, Stopped, nil, DidStop},
		{"the family agrees", Family, photo, Silent, nil, Agree, false, Agreed, nil, DidAgree},
		{"agreeing lifts one's own stop", Family, photo, Stopped, nil, Agree, false, Agreed, nil, DidAgree},
		{"agreeing lifts nobody else's", Family, photo, Stopped, others, Agree, false, Agreed, nil, AgreedUnder},
		{"nor the prisoner's", Family, photo, Silent, []casefile.Giver{Prisoner}, Agree, false, Agreed, nil, AgreedUnder},
		{"nor does the prisoner's agreeing", Prisoner, photo, Silent, others, Agree, false, Agreed, nil, AgreedUnder},
		{"agreeing twice is agreeing once", Family, photo, Agreed, nil, Agree, false, Agreed, nil, AlreadySo},
		{"agreeing twice under another's stop too", Family, photo, Agreed, others, Agree, false, Agreed, nil, AlreadySo},
		{"the prisoner lifts what others stopped", Prisoner, photo, Silent, []casefile.Giver{Family, Lawyer}, Lift, false, Silent, []casefile.Giver{Family, Lawyer}, DidLift},
		{"and keeps their own stop", Prisoner, photo, Stopped, others, Lift, false, Stopped, others, LiftedTheir},
		{"there is nothing to lift", Prisoner, photo, Silent, nil, Lift, false, Silent, nil, AlreadySo},
		{"the family lifts nobody's", Family, photo, Silent, others, Lift, false, Silent, nil, ""},
		{"the lawyer neither", Lawyer, photo, Silent, []casefile.Giver{Family}, Lift, false, Silent, nil, ""},
		{"out of custody the family agrees for nobody", Family, photo, Silent, nil, Agree, true, Silent, nil, NotYours},
		{"but takes back its stop", Family, photo, Stopped, nil, Agree, true, Silent, nil, DidLift},
		{"under another's too", Lawyer, photo, Harmful, []casefile.Giver{Family}, Agree, true, Silent, nil, LiftedOwn},
		{"the person does agree", Prisoner, photo, Stopped, nil, Agree, true, Agreed, nil, DidAgree},
		{"the letter harms the defence", Lawyer, letter, Agreed, nil, Harm, false, Harmful, nil, DidHarm},
		{"so does an ask", Lawyer, pardon, Silent, nil, Harm, false, Harmful, nil, DidHarm},
		{"a picture is stopped without that word", Lawyer, photo, Silent, nil, Harm, false, Silent, nil, ""},
		{"only a lawyer says it", Family, letter, Silent, nil, Harm, false, Silent, nil, ""},
		{"nor does the prisoner", Prisoner, letter, Silent, nil, Harm, false, Silent, nil, ""},
		{"a stop becomes one for the defence", Lawyer, letter, Stopped, nil, Harm, false, Harmful, nil, DidHarm},
		{"and back", Lawyer, letter, Harmful, nil, Stop, false, Stopped, nil, DidStop},
		{"an event harms the defence", Lawyer, raid, Silent, nil, Harm, false, Harmful, nil, DidHarm},
		{"and no more", Lawyer, raid, Harmful, nil, Agree, false, Silent, nil, DidLift},
		{"out of custody, too", Lawyer, raid, Harmful, nil, Agree, true, Silent, nil, DidLift},
		{"nobody agrees to an event", Lawyer, raid, Silent, nil, Agree, false, Silent, nil, AlreadySo},
		{"nor stops one by another word", Lawyer, raid, Silent, nil, Stop, false, Silent, nil, ""},
		{"the family has no word on events", Family, raid, Silent, nil, Harm, false, Silent, nil, ""},
		{"nor has it any to stop them", Family, raid, Silent, nil, Stop, false, Silent, nil, ""},
		{"the prisoner has the event told again", Prisoner, raid, Silent, others, Lift, false, Silent, others, DidLift},
		{"an act that is none", Prisoner, photo, Silent, nil, "open", false, Silent, nil, ""},
		{"a kind that is none", Prisoner, Item{"case", "anna"}, Silent, nil, Stop, false, Silent, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Standing{Item: c.item, Own: c.own, Others: c.others}
			have, err := decide(c.by, s, c.act, c.spent)
			if c.outcome == "" {
				if !fault.Is(err, fault.Refused) || have.own != Silent || len(have.lift) > 0 {
					t.Fatalf("it is not refused: %+v, %v", have, err)
				}
				return
			}
			if err != nil || have.own != c.want || have.outcome != c.outcome || !slices.Equal(have.lift, c.lifts) {
				t.Errorf("%+v, %v", have, err)
			}
		})
	}
}

// Whatever is pressed in whatever order, nobody but the prisoner ever lifts another's stop, and nothing lifts the prisoner's but the prisoner.
func TestNobodyLiftsAnothersStop(t *testing.T) {
	givers, acts := Capacities(), []Act{Agree, Stop, Harm, Lift}
	words := []Word{Silent, Agreed, Stopped, Harmful}
	n := 0
	for _, by := range givers {
		for _, item := range []Item{photo, letter, pardon, raid} {
			for _, own := range words {
				for _, others := range [][]casefile.Giver{nil, {Prisoner}, {Family}, {Lawyer}, {Family, Lawyer}} {
					if slices.Contains(others, by) {
						continue
					}
					for _, act := range acts {
						for _, spent := range []bool{false, true} {
							c, err := decide(by, Standing{Item: item, Own: own, Others: others}, act, spent)
							at := fmt.Sprint(by, item, own, others, act, spent, c)
							n++
							switch {
							case err != nil:
								continue
							case by != Prisoner && len(c.lift) > 0:
								t.Errorf("%s: another's stop is lifted", at)
							case act == Agree && len(c.lift) > 0:
								t.Errorf("%s: agreeing lifts another's stop", at)
							case slices.Contains(c.lift, by):
								t.Errorf("%s: it lifts itself", at)
							case (act == Stop || act == Harm) && c.own != Stopped && c.own != Harmful:
								t.Errorf("%s: stopping is refused", at)
							case spent && by != Prisoner && c.own == Agreed && own != Agreed:
								t.Errorf("%s: others agree for a person who can be asked", at)
							case c.moves(Standing{Own: own}) == (c.outcome == AlreadySo || c.outcome == NotYours):
								t.Errorf("%s: what is said is not what is done", at)
							}
						}
					}
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d were tried", n)
	}
}

func TestUndo(t *testing.T) {
	for _, c := range []struct {
		by       casefile.Giver
		item     Item
		own, was Word
		spent    bool
		want     Word
		outcome  Outcome
	}{
		{Family, photo, Stopped, Silent, false, Silent, DidUndo},
		{Family, photo, Stopped, Agreed, false, Agreed, DidUndo},
		{Family, photo, Stopped, Agreed, true, Silent, DidUndo}, // an agreement that is spent does not come back
		{Prisoner, photo, Stopped, Agreed, true, Agreed, DidUndo},
		{Family, photo, Agreed, Stopped, false, Stopped, DidUndo},
		{Lawyer, letter, Agreed, Harmful, false, Harmful, DidUndo},
		{Lawyer, raid, Harmful, Silent, false, Silent, DidUndo},
		{Lawyer, raid, Harmful, Agreed, false, "", ""}, // nobody agrees to an event
		{Family, letter, Agreed, Harmful, false, "", ""},
		{Family, raid, Silent, Silent, false, "", ""},
		{Family, photo, Stopped, "lift", false, "", ""},
		{Prisoner, photo, Stopped, "lift", false, "", ""}, // no word, though an act
		{Family, photo, Stopped, "nonsense", false, "", ""},
		{Family, photo, Stopped, Stopped, false, Stopped, AlreadySo},
	} {
		have, err := undo(c.by, Standing{Item: c.item, Own: c.own}, c.was, c.spent)
		if c.outcome == "" {
			if !fault.Is(err, fault.Refused) {
				t.Errorf("%+v: %+v, %v", c, have, err)
			}
			continue
		}
		if err != nil || have.own != c.want || have.outcome != c.outcome || len(have.lift) > 0 {
			t.Errorf("%+v: %+v, %v", c, have, err)
		}
	}
}

// A link is 32 random bytes, told once: what is kept can't be turned back into it, and nothing prints it.
func TestTokens(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token := newToken()
		text := token.Text()
		if seen[text] || len(text) != 43 {
			t.Fatalf("%q", text)
		}
		seen[text] = true
		if back, ok := ParseToken(text); !ok || string(back.hash()) != string(token.hash()) {
			t.Error("it is another one when it is read")
		}
		if printed := fmt.Sprintf("%v %+v %#v %v", token, token, token, []Token{token}); len(printed) == 0 || containsAny(printed, text, string(token.b.Reveal())) {
			t.Errorf("it prints: %s", printed)
		}
	}
	good := newToken().Text()
	for _, bad := range []string{"", "x", good[:42], good + "A", good + "=", good[:42] + "/", " " + good, good[:42] + "\n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"} {
		if _, ok := ParseToken(bad); ok {
			t.Errorf("%q is read", bad)
		}
	}
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		for i := 0; i+len(p) <= len(s); i++ {
			if s[i:i+len(p)] == p {
				return true
			}
		}
	}
	return false
}

func hidden(b []byte) seal.Private[[]byte] { return seal.Hide(b) }
