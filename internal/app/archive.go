package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/archive"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/durable"
	"outcry/internal/kernel/fault"
)

// earlierName is the folder of what came from other installations, in the data folder: their letters' texts, counts and certificates.
const earlierName = "earlier"

// ErrArchive says that a file is no archive, or not wholly what was written.
var ErrArchive = archive.ErrDamaged

// letterDoc is a letter's part of a campaign file as a document of its own. Its rules need its case: [App.ImportArchive] asks them.
type letterDoc struct {
	letter.File `yaml:",inline"`
}

func (*letterDoc) Check() casefile.Problems { return nil }

// ExportArchive writes all campaigns of this installation to one file in which there is no personal data; see package archive. copies: with the committee's own
// copies of sources. It reads only, and the server may run meanwhile.
func (a *App) ExportArchive(ctx context.Context, out io.Writer, copies bool) (archive.Manifest, error) {
	c, err := a.archived(ctx)
	if err != nil {
		return archive.Manifest{}, err
	}
	if c.Files, err = a.earlier(); err != nil {
		return archive.Manifest{}, err
	}
	if copies {
		kept, err := a.copies(ctx)
		if err != nil {
			return archive.Manifest{}, err
		}
		c.Files = append(c.Files, kept...)
	}
	photos, err := a.photos(ctx, c.Cases)
	if err != nil {
		return archive.Manifest{}, err
	}
	c.Files = append(c.Files, photos...)
	return archive.Write(out, c)
}

// archived gathers cases, stops and letters. A letter that was opened has its count; a draft, or one that came from elsewhere, has none.
func (a *App) archived(ctx context.Context) (c archive.Content, err error) {
	c.Day = a.today()
	all, err := a.Cases.All(ctx)
	if err != nil {
		return c, err
	}
	for _, f := range all {
		stops, err := a.Cases.Stops(ctx, f.Case.Slug)
		if err != nil {
			return c, err
		}
		c.Cases = append(c.Cases, archive.Case{File: f, Stops: stops})
	}
	if err := a.Book.Start(ctx); err != nil {
		return c, err
	}
	states, err := a.LetterStates(ctx)
	if err != nil {
		return c, err
	}
	for _, s := range states {
		l, err := a.leaving(ctx, s, c.Day)
		if err != nil {
			return c, err
		}
		c.Letters = append(c.Letters, l)
	}
	if !slices.ContainsFunc(c.Letters, func(l archive.Letter) bool { return l.Count != nil }) {
		return c, nil
	}
	head, err := a.Log.Head(ctx)
	if err != nil {
		return c, err
	}
	c.Log = &archive.Log{Origin: a.Log.Origin(), Key: a.Log.Key(), Checkpoint: string(head.Note)}
	return c, nil
}

// leaving is a letter as it goes into an archive.
func (a *App) leaving(ctx context.Context, s LetterState, day casefile.Date) (l archive.Letter, err error) {
	l = archive.Letter{Case: s.Letter.Case, Slug: s.Letter.Slug}
	files, err := a.Book.Export(ctx, l.Case)
	if err != nil {
		return l, err
	}
	i := slices.IndexFunc(files, func(f letter.File) bool { return f.Slug == l.Slug })
	if i < 0 {
		return l, fmt.Errorf("the letter %s/%s went while it was read", l.Case, l.Slug)
	}
	l.Doc = casefile.Document(files[i])
	if s.Letter.State == letter.Draft || s.Letter.State == letter.Opening {
		return l, nil
	}
	n := s.Count
	l.Count = &archive.Count{ID: s.Letter.ID.String(), State: string(files[i].State), Version: int(s.Letter.Version), Counted: n.Counted, Withdrawn: n.Withdrawn, Removed: n.Removed, Day: day}
	l.Texts = map[uint16][]byte{}
	for v := letter.Version(1); v <= s.Letter.Version; v++ {
		if l.Texts[v], err = a.Book.Manifest(ctx, s.Letter.ID, v); err != nil {
			return l, err
		}
	}
	l.Certificate, err = a.Book.Certificate(ctx, s.Letter.ID)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return l, err
}

// today is the day, in UTC.
func (a *App) today() casefile.Date {
	now := a.Now().UTC()
	return casefile.Date{Year: now.Year(), Month: int(now.Month()), Day: now.Day()}
}

// earlier are the records in the data folder.
func (a *App) earlier() (list []archive.Member, err error) {
	root := filepath.Join(a.Data, earlierName)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == root {
			return nil
		}
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		name, err := filepath.Rel(a.Data, path)
		if err != nil {
			return err
		}
		m, err := member(filepath.ToSlash(name), path)
		list = append(list, m)
		return err
	})
	return list, err
}

// member is a file of ours as an archive has it.
func member(name, path string) (archive.Member, error) {
	sum, size, err := hashFile(path)
	return archive.Member{Name: name, Bytes: size, SHA256: sum, Open: func() (io.ReadCloser, error) { return os.Open(path) }}, err
}

// ImportedArchive is what came of importing, or would come.
type ImportedArchive struct {
	Day     string   `json:"day"`     // on which it was made
	Cases   []string `json:"cases"`   // new here
	Same    []string `json:"same"`    // here already, and the same
	Stops   int      `json:"stops"`   // words of those who bind the campaigns
	Drafts  []string `json:"drafts"`  // letters that begin here as drafts, CASE/LETTER
	Records []string `json:"records"` // letters that were counted elsewhere: texts, count and certificate are kept
	Photos  int      `json:"photos"`  // of persons
	Copies  int      `json:"copies"`  // of sources
	DryRun  bool     `json:"dry_run"`
}

// ImportArchive takes in the campaigns of an archive. The whole file is verified first. A case that is here and differs is in the way (ErrInWay), and then nothing
// is changed; one that is the same stays. Letters begin as drafts, for this installation's log counts by itself; what another one counted is kept as a record and
// goes into the next archive. It may be run again after any failure.
func (a *App) ImportArchive(ctx context.Context, file string) (r ImportedArchive, err error) {
	r.DryRun = a.Look
	f, err := os.Open(file)
	if err != nil {
		return r, err
	}
	defer f.Close()
	c, m, err := archive.Read(f)
	if err != nil {
		return r, err
	}
	r.Day = m.Day.String()
	fresh, err := a.unlike(ctx, c, &r)
	if err != nil {
		return r, err
	}
	drafts, err := a.drafts(ctx, c, &r)
	if err != nil {
		return r, err
	}
	if a.Look {
		r.foresee(c)
		return r, nil
	}
	if err := a.takeFiles(ctx, f, &r); err != nil {
		return r, err
	}
	record, err := c.Record()
	if err != nil {
		return r, err
	}
	for _, name := range archive.Names(record) {
		if err := a.keepRecord(name, record[name]); err != nil {
			return r, err
		}
	}
	if err := a.stand(ctx); err != nil {
		return r, err
	}
	err = a.DB.Update(ctx, func(tx *db.Tx) error {
		r.Stops = 0
		for _, k := range c.Cases {
			if slices.Contains(fresh, k.File.Case.Slug) {
				if _, err := a.Cases.Apply(tx, k.File); err != nil {
					return err
				}
			}
			for _, s := range k.Stops {
				if err := a.Cases.Stop(tx, k.File.Case.Slug, s); err != nil {
					return err
				}
				r.Stops++
			}
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	for _, d := range drafts {
		if _, err := a.Book.Apply(ctx, d.of.Case.Slug, &d.file, d.of.Campaign.Languages); err != nil {
			return r, err
		}
	}
	return r, nil
}

// unlike sorts the cases into those that are new here and those that are here already.
func (a *App) unlike(ctx context.Context, c archive.Content, r *ImportedArchive) (fresh []string, err error) {
	var differ []string
	r.Cases, r.Same = []string{}, []string{}
	for _, k := range c.Cases {
		slug := k.File.Case.Slug
		here, err := a.Cases.File(ctx, slug)
		switch {
		case fault.Is(err, fault.NotFound):
			r.Cases = append(r.Cases, slug)
		case err != nil:
			return nil, err
		case bytes.Equal(casefile.Document(archive.Keyless(here)), casefile.Document(k.File)):
			r.Same = append(r.Same, slug)
		default:
			differ = append(differ, slug)
		}
	}
	if len(differ) > 0 {
		return nil, refuse(ErrInWay, "here already, and not the same as in the archive: %s; nothing was changed. Import into an empty installation, or apply the files one by one", strings.Join(differ, ", "))
	}
	return r.Cases, nil
}

// beginning is a letter that begins as a draft.
type beginning struct {
	of   *casefile.File
	file letter.File
}

// drafts are the letters that are to begin here: all that are not here yet and were not closed.
func (a *App) drafts(ctx context.Context, c archive.Content, r *ImportedArchive) (list []beginning, err error) {
	r.Drafts, r.Records = []string{}, []string{}
	for _, l := range c.Letters {
		name := l.Case + "/" + l.Slug
		var doc letterDoc
		if err := casefile.ReadDocument(l.Doc, &doc); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(c.Cases, func(k archive.Case) bool { return k.File.Case.Slug == l.Case })
		of := c.Cases[i].File
		whole := &Campaign{File: *of, Letters: []letter.File{doc.File}}
		if p := whole.Check(); len(p) > 0 || doc.Slug != l.Slug {
			return nil, archive.Broken{Name: "letters/" + name + ".json", Problems: p}
		}
		if l.Count != nil {
			r.Records = append(r.Records, name)
		}
		known, err := a.Book.Slugs(ctx, l.Case)
		if err != nil {
			return nil, err
		}
		if doc.State == letter.Closed || slices.Contains(known, l.Slug) {
			continue
		}
		doc.State, doc.Version, doc.Rehearsal = letter.Draft, 1, 0
		list = append(list, beginning{of, doc.File})
		r.Drafts = append(r.Drafts, name)
	}
	for i := range list { // one that followed a letter which is not here begins anew
		follows := list[i].file.Succeeds
		if follows != "" && !slices.ContainsFunc(list, func(o beginning) bool { return o.of == list[i].of && o.file.Slug == follows }) {
			list[i].file.Succeeds = ""
		}
	}
	return list, nil
}

// foresee counts, for a dry run, what is not looked at one by one.
func (r *ImportedArchive) foresee(c archive.Content) {
	for _, k := range c.Cases {
		r.Stops += len(k.Stops)
	}
	for _, m := range c.Files {
		r.count(m.Name)
	}
}

func (r *ImportedArchive) count(name string) {
	switch {
	case strings.HasPrefix(name, archive.Sources):
		r.Copies++
	case strings.HasPrefix(name, archive.Photos):
		r.Photos++
	}
}

// takeFiles reads the archive once more and keeps its photographs, its copies of sources and its earlier records, each as a whole or not at all.
func (a *App) takeFiles(ctx context.Context, f *os.File, r *ImportedArchive) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	wanted := func(name string) bool {
		return strings.HasPrefix(name, archive.Sources) || strings.HasPrefix(name, archive.Photos) || strings.HasPrefix(name, archive.Earlier)
	}
	return archive.Each(f, wanted, func(x archive.Member, in io.Reader) error {
		r.count(x.Name)
		if strings.HasPrefix(x.Name, archive.Sources) {
			_, err := a.keepCopy(in, x.SHA256)
			return err
		}
		data, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		if strings.HasPrefix(x.Name, archive.Photos) {
			return a.takePhoto(ctx, data)
		}
		return a.keepRecord(x.Name, data)
	})
}

// keepRecord writes one file of a record; a name that archive knows leads nowhere else.
func (a *App) keepRecord(name string, data []byte) error {
	path := filepath.Join(a.Data, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return durable.Replace(path, data)
}
