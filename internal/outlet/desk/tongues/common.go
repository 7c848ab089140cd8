package tongues

import (
	"context"
	"slices"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk"
)

// commonTongues are those that are offered by name: of countries where people are held for what they say, and of those where letters for them are signed. Any other is
// added by its code.
var commonTongues = []lang.Tag{"am", "ar", "az", "be", "bg", "bn", "bo", "ca", "ckb", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "ga", "he", "hi", "hr", "hu", "hy", "id",
	"is", "it", "ja", "ka", "kk", "km", "ko", "ku", "ky", "lo", "lt", "lv", "mk", "mn", "ms", "my", "nb", "ne", "nl", "pl", "ps", "pt", "ro", "ru", "rw", "si", "sk", "sl", "so", "sq", "sr", "sv", "sw",
	"ta", "tg", "th", "ti", "tk", "tr", "tt", "ug", "uk", "ur", "uz", "vi", "zh-Hans", "zh-Hant"}

// common are those of them that the case does not have yet, by their own names.
func (s shelf) common() (list []lang.Tag) {
	for _, tag := range commonTongues {
		if !slices.ContainsFunc(s.list, func(w *work) bool { return w.tag == tag }) {
			list = append(list, tag)
		}
	}
	slices.SortFunc(list, func(x, y lang.Tag) int { return s.P.Compare(tongueName(x), tongueName(y)) })
	return list
}

// today is what is older than its source. Only languages that somebody has opened here are looked at: of the others nothing is known that could be.
func (b *bench) today(ctx context.Context, v *desk.Visit) (list []desk.Task, err error) {
	if !organiser.May(v.Role, organiser.Translate) {
		return nil, nil
	}
	slugs, err := b.desk.Book.Cases(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	for _, slug := range slugs {
		n, name, err := b.behind(ctx, slug, v.P)
		switch {
		case fault.Is(err, fault.NotFound): // given to the committee, and not begun
		case err != nil:
			return nil, err
		case n > 0:
			list = append(list, desk.Task{Key: "desk.tongues.today", N: n, Args: []any{"Name", name}, Path: base(slug), Weight: 15})
		}
	}
	return list, nil
}

// behind counts the texts of a case that are older than their source.
func (b *bench) behind(ctx context.Context, slug string, p *lang.Printer) (n int, name string, err error) {
	d, err := b.open(ctx, slug)
	if err != nil {
		return 0, "", err
	}
	tags, err := b.Drafts.Tongues(ctx, slug)
	if err != nil {
		return 0, "", err
	}
	for _, tag := range tags {
		w, err := b.lookAt(ctx, d, tag, "")
		if err != nil {
			return 0, "", err
		}
		n += w.tally().stale
	}
	c, err := letter.ReadDraft(d.Doc)
	if err != nil {
		return 0, "", err
	}
	if name, _ = c.Name(p.Tag()); name == "" {
		name = slug
	}
	return n, name, nil
}
