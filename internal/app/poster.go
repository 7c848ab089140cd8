package app

import (
	"context"
	"errors"
	"image"
	"io/fs"
	"os"
	"path/filepath"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/poster"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/photo"
	"outcry/internal/kernel/sheet"
	"outcry/internal/kernel/web"
	"outcry/locales"
)

// fontsName is the folder of faces for further scripts, in the data folder.
const fontsName = "fonts"

// maker draws posters; folder is where faces for further scripts are, the data folder's own if it is empty.
func (a *App) maker(folder string) (*poster.Maker, error) {
	words, err := lang.Load(locales.FS)
	if err != nil {
		return nil, err
	}
	var faces fs.FS
	if folder == "" {
		own := filepath.Join(a.Data, fontsName)
		if _, err := os.Stat(own); err == nil {
			folder = own
		}
	}
	if folder != "" {
		faces = os.DirFS(folder)
	}
	f, err := sheet.Load(faces)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuse(ErrAbsent, "there is no folder %s", folder)
	}
	if err != nil {
		return nil, err
	}
	return &poster.Maker{Words: words, Faces: f}, nil
}

// posted is a letter as posters have it.
func (a *App) posted(l *letter.Letter) poster.Letter {
	p := poster.Letter{Title: casefile.Text{}, Demand: casefile.Text{}, Addressee: casefile.Text{}, Open: l.State == letter.Open, Stopped: a.stopped(l),
		URL: func(tag lang.Tag) string { return a.URL + letter.Path(tag, l) }}
	for tag, w := range l.Texts {
		p.Title[tag], p.Demand[tag], p.Addressee[tag] = w.Title, w.Demand, w.Addressee
	}
	return p
}

// paperPages are the posters that the site offers, under the letters' addresses.
func (a *App) paperPages(cache *web.Cache, maker func() (*poster.Maker, error)) *poster.Pages {
	return poster.NewPages(poster.Pages{Maker: maker, Cache: cache, Case: a.site.Case, Letter: func(caseSlug, slug string) (poster.Letter, error) {
		l, err := a.Book.Letter(caseSlug, slug)
		if err != nil {
			return poster.Letter{}, err
		}
		return a.posted(l), nil
	}, Photo: a.portrait})
}

// Poster makes a sheet of a letter in any state; who prints one of a draft knows that its address shows nothing yet. fonts is a folder of faces for further
// scripts; empty is the folder "fonts" in the data folder. The case's own photograph stands on it where it is agreed to and the order has none; not if it is to be
// faceless. A fault says why it can't be made.
func (a *App) Poster(ctx context.Context, l *letter.Letter, o poster.Order, faceless bool, fonts string) (*poster.Made, error) {
	if a.URL == "" && !o.Linkless {
		return nil, refuse(ErrSetting, "the address on the poster is not known: say the public URL once with outcry serve --url, or use --without-link")
	}
	if _, err := a.reload(ctx); err != nil {
		return nil, err
	}
	f, err := a.site.Case(l.Case)
	if err != nil {
		return nil, err
	}
	m, err := a.maker(fonts)
	if err != nil {
		return nil, err
	}
	p := a.posted(l)
	if len(o.Languages) == 0 {
		if tag, ok := p.Spoken(a.Language, f, m.Words); ok {
			o.Languages = []lang.Tag{tag}
		}
	}
	if own := f.Person.Photo; own != nil && o.Photo == nil && !faceless && len(o.Languages) > 0 {
		img, err := a.portrait(ctx, own.SHA256)
		if err != nil {
			return nil, err
		}
		o.Picture(f, img)
	}
	return m.Make(f, p, o)
}

// photoSide is how many pixels the longer side of a photograph on a poster has at most: its place on A3 in print.
const photoSide = 2400

// OpenPhoto reads a photograph for a poster (JPEG, PNG or WebP), as it is to be looked at; of what is in the file beside the picture nothing is kept.
func OpenPhoto(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return photo.Open(f, photoSide)
}
