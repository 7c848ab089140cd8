package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
)

// Format is the first line of a manifest; a change that an older reader would not understand takes the next number.
const Format = "outcry-archive/1"

// ErrDamaged says that a file is no archive, or not wholly what was written.
var ErrDamaged = errors.New("the archive is damaged")

// Content is what an archive holds.
type Content struct {
	Day     casefile.Date // on which it was made
	Cases   []Case
	Letters []Letter
	Log     *Log     // nil where no letter was ever open
	Files   []Member // photographs, copies of sources and earlier records, by their names in the archive
}

// Case is a case and what those who bind its campaign stopped.
type Case struct {
	File  *casefile.File
	Stops []casefile.Stop
}

// Letter is a letter as it leaves. It has no signer in it.
type Letter struct {
	Case, Slug  string
	Doc         []byte            // canonical document of its part of a campaign file
	Count       *Count            // nil for a draft
	Texts       map[uint16][]byte // by version: exactly what the log's entries hash
	Certificate []byte            // of a closed one
}

// Count is what the log counts of a letter, as its public page shows it.
type Count struct {
	ID        string        `json:"id"` // of the letter in the log, hexadecimal
	State     string        `json:"state"`
	Version   int           `json:"version"`
	Counted   int64         `json:"counted"`
	Withdrawn int64         `json:"withdrawn"`
	Removed   int64         `json:"removed"`
	Day       casefile.Date `json:"day"` // as of when
}

// Log is the public log that counted: enough to hold a count, a receipt or a certificate against a copy of it.
type Log struct {
	Origin     string `json:"origin"`
	Key        string `json:"key"`        // verifier key, as /log/key serves it
	Checkpoint string `json:"checkpoint"` // the newest, a signed note
}

// Member is a file of an archive.
type Member struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`

	Open func() (io.ReadCloser, error) `json:"-"` // of what is written; nil where an archive was read
}

// Manifest is what stands first in an archive.
type Manifest struct {
	Format  string        `json:"format"`
	Day     casefile.Date `json:"day"`
	Members []Member      `json:"members"`
}

// stop is a casefile.Stop as it is written.
type stop struct {
	Kind casefile.StopKind `json:"kind"`
	Name string            `json:"name"`
	By   casefile.Giver    `json:"by"`
	Harm bool              `json:"harms_the_defence,omitempty"`
	Day  casefile.Date     `json:"day"`
}

const (
	manifestName = "manifest.json"
	schemaName   = "schema/case.json"
	logName      = "log.json"
	// Sources is the folder of copies, Photos that of persons' photographs, and Earlier that of what came from other installations.
	Sources = "sources/"
	Photos  = "photos/"
	Earlier = "earlier/"
)

// names are all that may stand in an archive: nothing else is read, let alone written anywhere.
var names = func() []*regexp.Regexp {
	const slug, sum = `[a-z0-9]+(?:-[a-z0-9]+)*`, `[0-9a-f]{64}`
	record := `(?:` + regexp.QuoteMeta(logName) + `|letters/` + slug + `/` + slug + `\.(?:json|count\.json|[1-9][0-9]{0,4}\.txt|certificate))`
	var list []*regexp.Regexp
	for _, form := range []string{regexp.QuoteMeta(schemaName), `cases/` + slug + `\.json`, `stops/` + slug + `\.json`, record, `sources/` + sum, `photos/` + sum + `\.jpg`, `earlier/` + sum + `/` + record} {
		list = append(list, regexp.MustCompile(`^`+form+`$`))
	}
	return list
}()

func known(name string) bool {
	return len(name) <= 255 && slices.ContainsFunc(names, func(form *regexp.Regexp) bool { return form.MatchString(name) })
}

// PhotoName is what the photograph of a hash is called in an archive.
func PhotoName(sum string) string { return Photos + sum + ".jpg" }

// Keyless is a case without the key to which addresses for news are sealed: who carries on must not seal them to those who came before.
func Keyless(f *casefile.File) *casefile.File {
	bare := *f
	bare.Campaign.NewsRecipient = ""
	return &bare
}

// encode writes JSON as people read it, the same for the same.
func encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // texts and numbers only
	}
	return []byte(b.String())
}

// small are the members that are made here, without the files.
func (c *Content) small() (map[string][]byte, error) {
	parts := map[string][]byte{schemaName: casefile.Schema()}
	for _, k := range c.Cases {
		slug := k.File.Case.Slug
		parts["cases/"+slug+".json"] = casefile.Document(Keyless(k.File))
		if len(k.Stops) > 0 {
			var list []stop
			for _, s := range k.Stops {
				list = append(list, stop(s))
			}
			parts["stops/"+slug+".json"] = encode(list)
		}
	}
	for _, l := range c.Letters {
		at := path.Join("letters", l.Case, l.Slug)
		parts[at+".json"] = l.Doc
		if l.Count != nil {
			parts[at+".count.json"] = encode(l.Count)
		}
		for version, text := range l.Texts {
			parts[fmt.Sprintf("%s.%d.txt", at, version)] = text
		}
		if l.Certificate != nil {
			parts[at+".certificate"] = l.Certificate
		}
	}
	if c.Log != nil {
		parts[logName] = encode(c.Log)
	}
	for name := range parts {
		if !known(name) {
			return nil, fmt.Errorf("archive: a member can't be called %s", name)
		}
	}
	return parts, nil
}

// Record are the members by which another installation remembers what was counted here, as this archive's next reader is to keep them: their names are below
// Earlier already. It is empty where nothing was counted.
func (c *Content) Record() (map[string][]byte, error) {
	if c.Log == nil {
		return nil, nil
	}
	parts, err := c.small()
	if err != nil {
		return nil, err
	}
	for name := range parts {
		if name != logName && !strings.HasPrefix(name, "letters/") {
			delete(parts, name)
		}
	}
	for _, l := range c.Letters {
		if l.Count == nil {
			delete(parts, path.Join("letters", l.Case, l.Slug)+".json")
		}
	}
	id := sum(encode(listed(parts, nil)))
	kept := map[string][]byte{}
	for name, data := range parts {
		kept[Earlier+id+"/"+name] = data
	}
	return kept, nil
}
