package receipt

import (
	"reflect"
	"testing"
)

// A text that the site says it shows no more is told of, and the log is recounted to its end; one that is only not there, or anything else that is gone, is missing.
func TestTextsTakenOut(t *testing.T) {
	text := "/letters/" + letterA.String() + "/2.txt"
	answers := func(path string, code int) lie {
		return func(p string, body []byte, was int) ([]byte, int) {
			if p == path {
				return nil, code
			}
			return body, was
		}
	}
	for _, tt := range []struct {
		path string
		code int
		kind FaultKind // empty: it holds
	}{
		{text, 410, ""}, {text, 404, FaultMissing}, {"/letters.json", 410, FaultMissing}, {"/log/tile/entries/001", 410, FaultMissing}, {"/log/tile/0/001", 410, FaultMissing},
	} {
		s := newSite(t, 600)
		s.lies(answers(tt.path, tt.code))
		r, err := Recount(t.Context(), s.options())
		if tt.kind != "" {
			if faultOf(t, err).Kind != tt.kind || r.OK {
				t.Errorf("%s with %d: %+v, %v", tt.path, tt.code, r, err)
			}
			continue
		}
		if err != nil || !r.OK || len(r.TakenOut) != 1 || !reflect.DeepEqual(r.TakenOut[0], TakenOut{letterA, 2, 60}) {
			t.Errorf("%s with %d: %+v, %v", tt.path, tt.code, r, err)
		}
	}
}
