package sheet

import (
	"rsc.io/qr"

	"outcry/internal/kernel/fault"
)

// quiet is how many modules stay empty around a code: scanners need them.
const quiet = 4

// QR draws an address as a QR code that stays readable with a quarter of it damaged (level Q), on ground of its own, so that it can stand on any colour. The
// box is a square, its empty margin included. An address too long for a code is a fault of kind TooLarge.
func (s *Sheet) QR(address string, b Box, ink, ground Ink) error {
	code, err := qr.Encode(address, qr.Q)
	if err != nil {
		return fault.New(fault.TooLarge, "fault.sheet.address").Because(err)
	}
	s.Band(b, ground)
	module := b.W / float64(code.Size+2*quiet)
	p := &Path{} // one outline: where modules meet no seam can be seen
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				p.Rect(Box{b.X + float64(quiet+from)*module, b.Y + float64(quiet+y)*module, float64(x-from) * module, module})
			}
		}
	}
	s.Fill(p, ink)
	return nil
}
