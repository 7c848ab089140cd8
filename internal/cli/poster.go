package cli

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/feature/poster"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

func posterCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "poster COMMAND",
		Short: "Posters to print, and cards for a screen",
		Long: `Sheets with which a letter goes on without a screen, and cards that stand for it
on one: who it is about, since when and where the person is held, what is asked,
who says so, and where the letter can be read.`,
		Example: `  outcry poster make anna/release --lang en,ru -o poster.pdf --data ./data --secret-file ./secret`,
		Args:    takes(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(posterMakeCommand(s))
	return cmd
}

// posterDone is the JSON of poster make.
type posterDone struct {
	Letter    string   `json:"letter"`
	File      string   `json:"file"`
	Size      string   `json:"size"`
	Format    string   `json:"format"`
	Languages []string `json:"languages"`
	Text      string   `json:"text"` // every word on it
}

func posterMakeCommand(s *streams) *cobra.Command {
	var c app.Config
	var o poster.Order
	var size, format, out, photo, fonts string
	var tongues []string
	var asJSON, faceless bool
	cmd := &cobra.Command{
		Use:   "make CASE/LETTER",
		Short: "Make a poster or a card of a letter",
		Long: `Writes one sheet to FILE. Its kind is the end of the file's name (.pdf, .png,
.svg, .txt), or --format. The same letter gives the same bytes.

Sizes: a4, a3 and letter (US) are for paper; square (1080 by 1080 pixels), story
(1080 by 1920) and card (1200 by 630) for screens. Up to four languages stand on
one sheet, in the order of --lang; the letter has to be there in each.

A text that does not fit is set in smaller letters, and refused with its name in
the campaign file where even the smallest do not fit. Nothing is cut off. Letters
of further scripts are taken from --fonts, a folder of .ttf and .otf files, or
from the folder fonts in the data folder.

--gray is for printers without colours: no dark fields. --without-link is for
places where a link is a crime: no code, and no address of anything, in the words
of the letter neither. --bleed adds 3 mm at each side and marks where to cut.

Words on a poster are outlines: nobody can select them or have them read aloud.
--format txt has every word; put it beside the picture wherever that is shown.

The photograph of the campaign stands on it where a consent is for it; --photo
puts another in its place, --without-photo none. Nothing is made of a letter that
was stopped by those who bind the campaign, or of a photograph that nobody agreed
to.`,
		Example: `  outcry poster make anna/release -o poster.pdf --data ./data --secret-file ./secret
  outcry poster make anna/release --lang en,ru --size a3 --bleed -o a3.pdf --data ./data --secret-file ./secret
  outcry poster make anna/release --gray --without-link -o copy.pdf --data ./data --secret-file ./secret
  outcry poster make anna/release --size card --format png -o - --data ./data --secret-file ./secret > card.png`,
		Args: takes("CASE/LETTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needs("out", out); err != nil {
				return err
			}
			as, err := posterFormat(format, out)
			if err != nil {
				return err
			}
			o.Size = poster.Size(size)
			if known := o.Size.Known(); !slices.Contains(known, size) {
				return usage("--size takes %s, not %q", strings.Join(known, ", "), size)
			}
			for _, t := range tongues {
				o.Languages = append(o.Languages, lang.Tag(t))
			}
			if faceless && photo != "" {
				return usage("--without-photo and --photo say two things; give one")
			}
			if o.PhotoAlt != "" && photo == "" {
				return usage("--photo-alt goes with --photo")
			}
			if photo != "" {
				if strings.TrimSpace(o.PhotoAlt) == "" {
					return usage("--photo-alt is needed: say what is to be seen, for whoever can't see it")
				}
				if o.Photo, err = photograph(photo); err != nil {
					return err
				}
			}
			c.Look = true
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				l, err := a.Letter(cmd.Context(), args[0])
				if errors.Is(err, app.ErrWhich) {
					return failed(exitNotFound, "%w", err)
				}
				if err != nil {
					return err
				}
				made, err := a.Poster(cmd.Context(), l, o, faceless, fonts)
				if err != nil {
					return posterRefused(err)
				}
				var b bytes.Buffer
				if err := made.Write(&b, as); err != nil {
					return err
				}
				if out == "-" {
					if asJSON {
						return usage("--json and -o - both want the standard output; name a file")
					}
					_, err := s.out.Write(b.Bytes())
					return err
				}
				if err := writeNew(out, b.Bytes()); errors.Is(err, os.ErrExist) {
					return failed(exitConflict, "%s is there already; name another file", out)
				} else if err != nil {
					return err
				}
				s.say("Wrote %s, %d kB.", out, (b.Len()+1023)/1024)
				if !l.State.Shown() && !o.Linkless {
					s.say("The letter is not published yet (%s): its address shows nothing until it is.", l.State)
				}
				if asJSON {
					done := posterDone{Letter: address(l), File: out, Size: size, Format: string(as), Text: made.Text}
					for _, tag := range made.Languages {
						done.Languages = append(done.Languages, string(tag))
					}
					return s.json(done)
				}
				return nil
			})
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.StringVarP(&out, "out", "o", "", "`FILE` to write; - is standard output (required)")
	f.StringSliceVar(&tongues, "lang", nil, "`LANGUAGES` on the sheet, the first first; without, the site's own")
	f.StringVar(&size, "size", "a4", "`SIZE`: a4, a3, letter, square, story or card")
	f.StringVar(&format, "format", "", "`FORM` of the file: pdf, png, svg or txt; without, as the file's name ends")
	f.BoolVar(&o.Gray, "gray", false, "for a printer without colours")
	f.BoolVar(&o.Linkless, "without-link", false, "without a code and any address")
	f.BoolVar(&o.Bleed, "bleed", false, "3 mm more at each side, and marks where to cut; paper sizes only")
	f.StringVar(&photo, "photo", "", "`FILE` of a photograph: JPEG, PNG or WebP; without, the campaign's own")
	f.BoolVar(&faceless, "without-photo", false, "without the campaign's photograph")
	f.StringVar(&o.PhotoAlt, "photo-alt", "", "what is to be seen on the photograph, a `TEXT`")
	f.StringVar(&fonts, "fonts", "", "`FOLDER` of faces for further scripts; without, fonts in the data folder")
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}

// posterFormat is the format that was asked for, or the one that the file's name ends in.
func posterFormat(format, out string) (poster.Format, error) {
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(out)), ".")
	}
	if known := poster.Format("").Known(); !slices.Contains(known, format) {
		return "", usage("--format takes %s; say one, or let the file's name end in it", strings.Join(known, ", "))
	}
	return poster.Format(format), nil
}

// photograph opens one; what can't be read is wrong usage.
func photograph(path string) (image.Image, error) {
	img, err := app.OpenPhoto(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, usage("--photo: %w", err)
	}
	return img, err
}

// posterRefused gives a refusal its exit code: what can be mended in the order is wrong usage, but a text that does not fit is a failure.
func posterRefused(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	if said := sentence(f); f.Kind == fault.Invalid && (f.Field == "lang" || f.Field == "size") {
		return usage("%s", said)
	} else if f.Kind == fault.Gone || f.Kind == fault.Refused {
		return failed(exitConflict, "%s", said)
	}
	return fmt.Errorf("%w", err)
}
