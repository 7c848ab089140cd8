package sheet

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts/*.ttf.gz
var embedded embed.FS

// Licence is the licence of the embedded faces, which goes wherever they go.
//
//go:embed fonts/OFL.txt
var Licence string

// own are the embedded faces, in the order in which they are tried.
var own = [...][2]string{{"NotoSans-Regular", "NotoSans-Bold"}, {"NotoSansArabic-Regular", "NotoSansArabic-Bold"}}

// fileMost is the size in bytes beyond which no face is read; those of Chinese and Japanese are some five million.
const fileMost = 32 << 20

// Faces are the faces that letters are drawn with: Latin, Cyrillic, Greek and Arabic ones of the program, and those of a folder. Safe for any goroutine.
type Faces struct {
	regular, bold []*font.Font // of the program

	folder fs.FS // nil: none
	files  []string
	mu     sync.Mutex
	more   map[string]*font.Font
}

var builtin = sync.OnceValues(func() (fonts [2][]*font.Font, err error) {
	for _, pair := range own {
		for weight, name := range pair {
			f, err := embedded.Open("fonts/" + name + ".ttf.gz")
			if err != nil {
				return fonts, err
			}
			z, err := gzip.NewReader(f)
			if err != nil {
				return fonts, err
			}
			b, err := io.ReadAll(z)
			if err != nil {
				return fonts, err
			}
			face, err := font.ParseTTF(bytes.NewReader(b))
			if err != nil {
				return fonts, fmt.Errorf("%s: %w", name, err)
			}
			fonts[weight] = append(fonts[weight], face.Font)
		}
	}
	return fonts, nil
})

// Load reads the embedded faces. The folder's (.ttf and .otf; nil is none) are for letters that those do not have; its files are read when one is missed, in the
// order of their names, "Sans" before others. For bold letters a file with Bold in its name is taken, if there is one.
func Load(folder fs.FS) (*Faces, error) {
	fonts, err := builtin()
	if err != nil {
		return nil, err
	}
	f := &Faces{regular: fonts[0], bold: fonts[1], folder: folder, more: map[string]*font.Font{}}
	if folder == nil {
		return f, nil
	}
	all, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		kind := strings.ToLower(path.Ext(e.Name()))
		if e.IsDir() || kind != ".ttf" && kind != ".otf" || strings.Contains(e.Name(), "Italic") || strings.Contains(e.Name(), "Oblique") {
			continue
		}
		f.files = append(f.files, e.Name())
	}
	plain := func(name string) int {
		if strings.Contains(name, "Sans") {
			return 0
		}
		return 1
	}
	slices.SortFunc(f.files, func(a, b string) int {
		return cmp.Or(cmp.Compare(plain(a), plain(b)), cmp.Compare(a, b))
	})
	return f, nil
}

// find is the face for a letter, of the wanted weight if there is one; nil if no face has it. An error is a file that can't be read.
func (f *Faces) find(r rune, bold bool) (*font.Font, error) {
	weights := [][]*font.Font{f.regular, f.bold}
	if bold {
		slices.Reverse(weights)
	}
	for _, list := range weights {
		for _, have := range list {
			if covers(have, r) {
				return have, nil
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, wanted := range []bool{bold, !bold} {
		for _, name := range f.files {
			if strings.Contains(name, "Bold") != wanted {
				continue
			}
			have, err := f.open(name)
			if err != nil {
				return nil, err
			}
			if covers(have, r) {
				return have, nil
			}
		}
	}
	return nil, nil
}

func (f *Faces) open(name string) (*font.Font, error) {
	if have := f.more[name]; have != nil {
		return have, nil
	}
	info, err := fs.Stat(f.folder, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > fileMost {
		return nil, fmt.Errorf("the face %s is larger than %d MB", name, fileMost>>20)
	}
	b, err := fs.ReadFile(f.folder, name)
	if err != nil {
		return nil, err
	}
	face, err := font.ParseTTF(bytes.NewReader(b))
	if err != nil {
		return nil, errors.New("the face " + name + " can't be read: " + err.Error())
	}
	f.more[name] = face.Font
	return face.Font, nil
}

// covers tells whether a face has a letter, be it put together from others.
func covers(f *font.Font, r rune) bool {
	if _, ok := f.Cmap.Lookup(r); ok {
		return true
	}
	parts := []rune(norm.NFD.String(string(r)))
	if len(parts) < 2 {
		return false
	}
	for _, p := range parts {
		if _, ok := f.Cmap.Lookup(p); !ok {
			return false
		}
	}
	return true
}
