package desk

import (
	"fmt"
	"strings"

	"rsc.io/qr"

	"outcry/internal/core/organiser"
)

// picture is a QR code as one path of squares, in a margin of four.
type picture struct {
	size int
	path string
}

// drawn is an authenticator's secret as its application reads it with a camera.
func drawn(s organiser.Secret) (p picture, err error) {
	code, err := qr.Encode(organiser.SecretURL(s), qr.M)
	if err != nil {
		return p, err
	}
	const margin = 4
	var b strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+margin, y+margin)
			}
		}
	}
	return picture{code.Size + 2*margin, b.String()}, nil
}

func (p picture) box() string { return fmt.Sprintf("0 0 %d %d", p.size, p.size) }

// grouped is a secret as it is typed by hand: in fours.
func grouped(s organiser.Secret) string {
	var parts []string
	for text := s.Reveal(); text != ""; {
		n := min(4, len(text))
		parts, text = append(parts, text[:n]), text[n:]
	}
	return strings.Join(parts, " ")
}
