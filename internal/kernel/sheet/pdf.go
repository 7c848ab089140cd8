package sheet

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"io"
	"slices"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// undated stands in a PDF's two dates: when it was made is not said, and the same sheet is the same file.
var undated = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// PDF writes the sheet as one page of outlines, with its trim and bleed boxes. Its words are in the file's description (Subject), for they can't be selected on the
// page.
func (s *Sheet) PDF(w io.Writer) error {
	width, height := s.whole()
	doc := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: width, Ht: height}})
	doc.SetCreationDate(undated)
	doc.SetModificationDate(undated)
	doc.SetCatalogSort(true)
	doc.SetProducer("Outcry", false)
	doc.SetTitle(s.Title, true)
	doc.SetSubject(s.Alt, true)
	doc.SetLang(string(s.Lang))
	doc.SetAutoPageBreak(false, 0)
	m := s.margin()
	if s.Bleed > 0 {
		doc.SetPageBox("trim", m, m, s.W, s.H)
		doc.SetPageBox("bleed", markSpace, markSpace, s.W+2*s.Bleed, s.H+2*s.Bleed)
	}
	doc.AddPage()
	p := pen{top: height, move: m, gray: s.Gray}
	p.text("q ")
	edge := Box{-s.Bleed, -s.Bleed, s.W + 2*s.Bleed, s.H + 2*s.Bleed}
	p.outline(boxed(edge))
	p.text("W n\n")
	p.fill(boxed(edge), s.toned(s.Paper))
	for i, k := range s.marks {
		switch {
		case k.path != nil:
			p.fill(k.path, s.toned(k.ink))
		case k.picture != nil:
			var b bytes.Buffer
			if err := jpeg.Encode(&b, k.picture, &jpeg.Options{Quality: 88}); err != nil {
				return err
			}
			p.flush(doc)
			name := fmt.Sprintf("picture %d", i)
			doc.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "JPEG"}, &b)
			doc.ImageOptions(name, k.box.X+m, k.box.Y+m, k.box.W, k.box.H, false, fpdf.ImageOptions{ImageType: "JPEG"}, 0, "")
		case k.link != "":
			doc.LinkString(k.box.X+m, k.box.Y+m, k.box.W, k.box.H, k.link)
		}
	}
	p.text("Q\n")
	if s.Bleed > 0 {
		p.fill(s.crop(), Ink{})
	}
	p.flush(doc)
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		return err
	}
	inOrder(out.Bytes())
	_, err := w.Write(out.Bytes())
	return err
}

// inOrder puts a page's two boxes into one order: fpdf keeps them in a map. Nothing else moves.
func inOrder(pdf []byte) {
	bleed, trim := bytes.Index(pdf, []byte("/BleedBox [")), bytes.Index(pdf, []byte("/TrimBox ["))
	if bleed < 0 || trim < 0 || trim < bleed {
		return
	}
	end := trim + bytes.IndexByte(pdf[trim:], '\n')
	both := slices.Concat(pdf[trim:end], pdf[trim-1:trim], pdf[bleed:trim-1])
	copy(pdf[bleed:end], both)
}

// pen writes the page's own language: fpdf's calls would repeat the colour for each outline.
type pen struct {
	b    bytes.Buffer
	top  float64 // of the page; y grows upwards in a PDF
	move float64
	gray bool
	ink  *Ink
}

func (p *pen) text(s string) { p.b.WriteString(s) }

func (p *pen) flush(doc *fpdf.Fpdf) {
	doc.RawWriteBuf(bytes.NewReader(p.b.Bytes()))
	p.b.Reset()
	p.ink = nil
}

func (p *pen) number(v float64, decimals int) {
	p.b.Write(shortest(v, decimals))
	p.b.WriteByte(' ')
}

// shortest writes a number without needless zeros.
func shortest(v float64, decimals int) []byte {
	b := strconv.AppendFloat(nil, v, 'f', decimals, 64)
	if decimals > 0 {
		b = bytes.TrimRight(b, "0")
		b = bytes.TrimSuffix(b, []byte("."))
	}
	if string(b) == "-0" {
		b = b[1:]
	}
	return b
}

func (p *pen) fill(path *Path, ink Ink) {
	if p.ink == nil || *p.ink != ink {
		p.ink = &ink
		if p.gray || ink.R == ink.G && ink.G == ink.B {
			p.number(float64(ink.R)/255, 4)
			p.text("g\n")
		} else {
			for _, v := range []uint8{ink.R, ink.G, ink.B} {
				p.number(float64(v)/255, 4)
			}
			p.text("rg\n")
		}
	}
	p.outline(path)
	p.text("f\n")
}

func (p *pen) outline(path *Path) {
	var x, y float64
	point := func(px, py float64) {
		p.number(px, 2)
		p.number(p.top-py, 2)
	}
	path.walk(1, p.move, p.move, func(v verb, at []float64) {
		switch v {
		case move:
			point(at[0], at[1])
			p.text("m ")
		case line:
			point(at[0], at[1])
			p.text("l ")
		case quad: // there are only cubic ones in a PDF
			point(x+(at[0]-x)*2/3, y+(at[1]-y)*2/3)
			point(at[2]+(at[0]-at[2])*2/3, at[3]+(at[1]-at[3])*2/3)
			point(at[2], at[3])
			p.text("c ")
		case cubic:
			for i := 0; i < 6; i += 2 {
				point(at[i], at[i+1])
			}
			p.text("c ")
		case shut:
			p.text("h\n")
		}
		if n := len(at); n > 0 {
			x, y = at[n-2], at[n-1]
		}
	})
}
