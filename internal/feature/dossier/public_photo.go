package dossier

import (
	"net/http"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/web"
)

// photoKept is how long readers' browsers keep a photograph: what is at an address never changes, for the address has its hash. What stands between them and us asks each
// minute whether it is still shown, so that one that was taken back is gone there too.
const photoKept = "public, max-age=604800, s-maxage=60, immutable"

// photo is the person's photograph at its address, while what the public may see of the case names it.
func (g *Pages) photo(mux *web.Mux) {
	if g.Photo == nil {
		return
	}
	mux.Handle("GET /photo/{case}/{file}", func(w http.ResponseWriter, r *http.Request) error {
		slug := r.PathValue("case")
		f, err := g.Case(slug)
		if err != nil {
			return err
		}
		p := f.Person.Photo
		if p == nil || r.URL.Path != casefile.PhotoPath(slug, p) {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		h := w.Header()
		tag := `"` + strings.TrimSuffix(r.PathValue("file"), ".jpg") + `"`
		h.Set("Cache-Control", photoKept)
		h.Set("Etag", tag)
		h.Set("Content-Type", "image/jpeg")
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		b, err := g.Photo(r.Context(), p.SHA256)
		if err != nil {
			for _, name := range []string{"Cache-Control", "Etag", "Content-Type"} { // of what it is not
				h.Del(name)
			}
			return err
		}
		h.Set("Content-Length", strconv.Itoa(len(b)))
		if r.Method == http.MethodHead {
			return nil
		}
		_, err = w.Write(b)
		return err
	})
}
