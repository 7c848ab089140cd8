package organiser

import (
	"slices"
	"strings"
	"testing"
)

// The whole table as it was agreed: who may do what. + may, - may not; the acts stand in the order of Acts.
const table = `
               look trail own edit translate review publish withhold show_name moderate remove delete export key invite people settings fund report lock unlock purge handover enter prove leave
lead           +    +     +   +    +         +      +       +        +         +        +      +      +      +   +      +      +        +    +      +    +      +     +        +     +     +
editor         +    +     +   +    +         +      +       +        +         -        -      -      -      -   -      -      -        -    +      +    -      -     -        +     +     +
translator     +    +     +   -    +         -      -       -        -         -        -      -      -      -   -      -      -        -    -      -    -      -     -        +     +     +
moderator      +    +     +   -    -         -      -       +        -         +        +      -      -      -   -      -      -        -    -      +    -      -     -        +     +     +
treasurer      +    +     +   -    -         -      -       -        -         -        -      -      -      -   -      -      -        +    -      -    -      -     -        +     +     +
court_reporter +    +     +   -    -         -      -       -        -         -        -      -      -      -   -      -      -        -    +      -    -      -     -        +     +     +
reader         +    +     +   -    -         -      -       -        -         -        -      -      -      -   -      -      -        -    -      -    -      -     -        +     +     +
nobody         -    -     -   -    -         -      -       -        -         -        -      -      -      -   -      -      -        -    -      -    -      -     -        -     -     -
steps          -    -     +   -    -         -      +       -        +         -        +      +      +      +   +      +      -        -    -      -    +      +     +        -     -     -
pair           -    -     -   -    -         -      +       -        +         -        +      +      +      +   -      -      -        -    -      -    -      -     -        -     -     -`

func TestWhoMayDoWhat(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(table), "\n")
	var acts []Act
	for _, a := range strings.Fields(rows[0]) {
		acts = append(acts, Act(a))
	}
	if !slices.Equal(acts, Acts()) {
		t.Fatalf("the table is about %v, the acts are %v", acts, Acts())
	}
	var roles []Role
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		if len(cells) != len(acts)+1 {
			t.Fatalf("%s has %d cells", cells[0], len(cells)-1)
		}
		for i, a := range acts {
			want := cells[i+1] == "+"
			switch cells[0] {
			case "steps":
				if Steps(a) != want {
					t.Errorf("%s needs a fresh proof: %v", a, !want)
				}
			case "pair":
				if Pair(a, 3) != want || Pair(a, 20) != want || Pair(a, 2) || Pair(a, 1) || Pair(a, 0) {
					t.Errorf("%s needs two people: %v", a, !want)
				}
			case "nobody":
				if May("", a) || May("nobody", a) {
					t.Errorf("who has no role may %s", a)
				}
			default:
				if May(Role(cells[0]), a) != want {
					t.Errorf("%s may %s: %v", cells[0], a, !want)
				}
			}
		}
		if cells[0] != "steps" && cells[0] != "pair" && cells[0] != "nobody" {
			roles = append(roles, Role(cells[0]))
		}
	}
	if !slices.Equal(roles, Roles()) {
		t.Errorf("the table is about %v, the roles are %v", roles, Roles())
	}
	for _, r := range append(Roles(), "") {
		for _, a := range []Act{"", "anything", "Look"} {
			if May(r, a) {
				t.Errorf("%s may %q", r, a)
			}
		}
	}
}

// Whatever needs two people needs a fresh proof of each: else a stolen session would be the second person.
func TestPairsAreStepped(t *testing.T) {
	for _, a := range Acts() {
		if Pair(a, pairFrom) && !Steps(a) {
			t.Errorf("%s", a)
		}
	}
}
