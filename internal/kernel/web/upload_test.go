package web

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/fault"
)

// sent is a form with parts in the order in which they stand; a name that ends in @ is a file's.
func sent(t testing.TB, parts ...string) *http.Request {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(parts); i += 2 {
		var p io.Writer
		var err error
		if name, file := strings.CutSuffix(parts[i], "@"); file {
			p, err = w.CreateFormFile(name, "IMG_home_of_anna.jpg")
		} else {
			p, err = w.CreateFormField(name)
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(p, parts[i+1])
	}
	w.Close()
	r := httptest.NewRequest("POST", "/desk/photo", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

func TestUpload(t *testing.T) {
	const most = 1000
	large := strings.Repeat("x", most)
	for name, c := range map[string]struct {
		parts []string
		want  fault.Kind // Internal: it is read
		file  string
		field string
	}{
		"all":              {[]string{"alt.en", "A face", "photo@", large, "alt.ru", "Лицо"}, fault.Internal, large, ""},
		"no file chosen":   {[]string{"alt.en", "A face", "photo@", ""}, fault.Internal, "", ""},
		"no file at all":   {[]string{"alt.en", "A face"}, fault.Internal, "", ""},
		"too large":        {[]string{"photo@", large + "x"}, fault.TooLarge, "", "photo"},
		"far too large":    {[]string{"photo@", strings.Repeat("x", 1<<20)}, fault.TooLarge, "", "photo"},
		"twice":            {[]string{"photo@", "a", "photo@", "b"}, fault.Invalid, "", ""},
		"another file":     {[]string{"letter@", "a"}, fault.Invalid, "", ""},
		"a field too long": {[]string{"alt.en", strings.Repeat("x", uploadWords)}, fault.TooLarge, "", ""},
		"fields too long":  {[]string{"a", strings.Repeat("x", uploadWords/2), "b", strings.Repeat("x", uploadWords/2)}, fault.TooLarge, "", ""},
		"too many":         {slicesOf("a", 2*uploadParts+2), fault.Invalid, "", ""},
		"nameless":         {[]string{"", "a"}, fault.Invalid, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := sent(t, c.parts...)
			u, err := Upload(httptest.NewRecorder(), r, "photo", most)
			if c.want != fault.Internal {
				if f := fault.Of(err); f == nil || f.Kind != c.want || f.Field != c.field {
					t.Fatalf("answered with %v", err)
				}
				if u.File != nil || u.Form != nil {
					t.Error("what was refused is handed out")
				}
				return
			}
			if err != nil || string(u.File) != c.file || u.Form.Get("alt.en") != "A face" {
				t.Fatalf("%d bytes, %v, %v", len(u.File), u.Form, err)
			}
			if r.PostForm.Get("alt.en") != "A face" {
				t.Error("whoever words a failure finds no form")
			}
		})
	}
	for _, kind := range []string{"", urlencoded, "multipart/mixed; boundary=x", "multipart/form-data"} {
		r := sent(t, "photo@", "a")
		r.Header.Set("Content-Type", kind)
		if _, err := Upload(httptest.NewRecorder(), r, "photo", most); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is taken: %v", kind, err)
		}
	}
	r := sent(t, "photo@", large)
	r.Body = io.NopCloser(io.LimitReader(r.Body, 600)) // the sender left
	if _, err := Upload(httptest.NewRecorder(), r, "photo", most); !fault.Is(err, fault.Invalid) {
		t.Errorf("half a form is taken: %v", err)
	}
}

func slicesOf(s string, n int) (list []string) {
	for range n {
		list = append(list, s)
	}
	return list
}

// One that comes slowly is waited for, though the server's own limits are over; nothing lies in the folder for temporary files; and whoever sent too much reads why.
func TestUploadComesSlowly(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	m := &Mux{ServeMux: http.NewServeMux(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Fail: func(w http.ResponseWriter, r *http.Request, f *fault.Error) {
		w.WriteHeader(Status(f.Kind))
		io.WriteString(w, f.Key)
	}}
	m.Handle("POST /desk/photo", func(w http.ResponseWriter, r *http.Request) error {
		if _, began := r.Context().Deadline(); !began { // as a look at a session begins the time
			return errors.New("there is no limit of time")
		}
		before, _ := r.Context().Deadline()
		u, err := Upload(w, r, "photo", 4<<20)
		if err != nil {
			return err
		}
		if after, _ := r.Context().Deadline(); !after.After(before) {
			return errors.New("its time did not begin anew")
		}
		if list, err := os.ReadDir(tmp); err != nil || len(list) > 0 {
			return fmt.Errorf("in the folder for temporary files: %v, %v", list, err)
		}
		_, err = fmt.Fprintf(w, "%d %s", len(u.File), u.Form.Get("alt.en"))
		return err
	})
	h, err := Shield(m)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ReadTimeout: 200 * time.Millisecond, WriteTimeout: 200 * time.Millisecond}
	go srv.Serve(l)
	defer srv.Close()
	for name, c := range map[string]struct {
		size int
		slow time.Duration
		code int
		want string
	}{
		"slow":  {3 << 20, 50 * time.Millisecond, 200, fmt.Sprint(3<<20, " A face")},
		"large": {20 << 20, 10 * time.Millisecond, 413, "fault.form.file"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sent(t, "photo@", strings.Repeat("x", c.size), "alt.en", "A face")
			ask, err := http.NewRequest("POST", "http://"+l.Addr().String()+"/desk/photo", &slow{r.Body, c.slow})
			if err != nil {
				t.Fatal(err)
			}
			ask.Header, ask.ContentLength = r.Header, r.ContentLength
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := ask.Write(conn); err != nil { // as a browser does: it reads when all is sent
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(conn), ask)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			b, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != c.code || string(b) != c.want {
				t.Errorf("%d %s %v", answer.StatusCode, b, err)
			}
		})
	}
}

type slow struct {
	in   io.Reader
	wait time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	time.Sleep(s.wait)
	return s.in.Read(p[:min(len(p), 256<<10)])
}

// Only so many are in hand at a time.
func TestUploadsInHand(t *testing.T) {
	in, out := io.Pipe()
	done := make(chan error, uploadsMost)
	for range uploadsMost {
		r := sent(t, "photo@", "a")
		r.Body = io.NopCloser(in)
		go func() {
			_, err := Upload(httptest.NewRecorder(), r, "photo", 10)
			done <- err
		}()
	}
	for len(uploads) < uploadsMost {
		time.Sleep(time.Millisecond)
	}
	if _, err := Upload(httptest.NewRecorder(), sent(t, "photo@", "a"), "photo", 10); !fault.Is(err, fault.Busy) {
		t.Errorf("one more is answered with %v", err)
	}
	out.Close()
	for range uploadsMost {
		if err := <-done; err == nil {
			t.Error("an empty body is a form")
		}
	}
	if _, err := Upload(httptest.NewRecorder(), sent(t, "photo@", "a"), "photo", 10); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// Whatever comes, what is handed out is within its bounds.
func FuzzUpload(f *testing.F) {
	const kind = "multipart/form-data; boundary=x"
	for _, s := range []string{"--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\nabc\r\n--x\r\nContent-Disposition: form-data; name=alt\r\n\r\nb\r\n--x--", "--x--", "",
		"--x\r\nContent-Disposition: form-data; name=photo\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41=\r\n--x--", "--x\r\n\r\n--x", "--x\nContent-Disposition: form-data; name=a\n\nb\n--x--\n"} {
		f.Add(kind, []byte(s))
	}
	f.Add("multipart/form-data; boundary=\"\xff\"", []byte("--\xff--"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		u, err := Upload(httptest.NewRecorder(), r, "photo", 64)
		if err != nil {
			if fault.Of(err) == nil || u.File != nil || u.Form != nil {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		held := 0
		for name, values := range u.Form {
			for _, v := range values {
				held += len(name) + len(v)
			}
		}
		if len(u.File) > 64 || held > uploadWords || len(u.File)+held > len(body) || u.Form.Has("photo") {
			t.Fatalf("%d bytes of a file and %d of fields came of %q", len(u.File), held, body)
		}
	})
}
