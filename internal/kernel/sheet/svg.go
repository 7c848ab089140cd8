package sheet

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"image/jpeg"
	"io"

	"outcry/internal/kernel/lang"
)

// SVG writes the sheet as one picture of outlines; its words are its description. It holds no script, no style and no address but those of [Sheet.Link].
func (s *Sheet) SVG(w io.Writer) error {
	out := bufio.NewWriter(w)
	width, height := s.whole()
	m := s.margin()
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" role="img" xml:lang="%s" direction="%s" width="%spt" height="%spt" viewBox="%s %s %s %s">`+"\n",
		escaped(string(s.Lang)), lang.Dir(s.Lang), shortest(width, 2), shortest(height, 2), shortest(-m, 2), shortest(-m, 2), shortest(width, 2), shortest(height, 2))
	fmt.Fprintf(out, "<title>%s</title>\n<desc>%s</desc>\n", escaped(s.Title), escaped(s.Alt))
	edge := Box{-s.Bleed, -s.Bleed, s.W + 2*s.Bleed, s.H + 2*s.Bleed}
	if s.Bleed > 0 {
		drawn(out, boxed(Box{-m, -m, width, height}), Ink{255, 255, 255})
	}
	drawn(out, boxed(edge), s.toned(s.Paper))
	for _, k := range s.marks {
		switch {
		case k.path != nil:
			drawn(out, k.path, s.toned(k.ink))
		case k.picture != nil:
			var b bytes.Buffer
			if err := jpeg.Encode(&b, k.picture, &jpeg.Options{Quality: 88}); err != nil {
				return err
			}
			fmt.Fprintf(out, `<image x="%s" y="%s" width="%s" height="%s" preserveAspectRatio="none" href="data:image/jpeg;base64,%s"/>`+"\n",
				shortest(k.box.X, 2), shortest(k.box.Y, 2), shortest(k.box.W, 2), shortest(k.box.H, 2), base64.StdEncoding.EncodeToString(b.Bytes()))
		case k.link != "":
			fmt.Fprintf(out, `<a href="%s"><rect x="%s" y="%s" width="%s" height="%s" fill-opacity="0"/></a>`+"\n",
				escaped(k.link), shortest(k.box.X, 2), shortest(k.box.Y, 2), shortest(k.box.W, 2), shortest(k.box.H, 2))
		}
	}
	if s.Bleed > 0 {
		drawn(out, s.crop(), Ink{})
	}
	fmt.Fprintln(out, "</svg>")
	return out.Flush()
}

func drawn(out *bufio.Writer, p *Path, ink Ink) {
	fmt.Fprintf(out, `<path fill="#%02x%02x%02x" d="`, ink.R, ink.G, ink.B)
	p.walk(1, 0, 0, func(v verb, at []float64) {
		out.WriteByte("MLQCZ"[v])
		for i, n := range at {
			if i > 0 {
				out.WriteByte(' ')
			}
			out.Write(shortest(n, 2))
		}
	})
	out.WriteString("\"/>\n")
}

func escaped(s string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(s)) // into memory: it can't fail
	return b.String()
}
