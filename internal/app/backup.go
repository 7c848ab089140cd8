package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/sys/unix"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/durable"
	"outcry/internal/kernel/seal"
)

// A backup is one file: a line that tells the length and the hash of what follows, so that a damaged copy is found without any key, and then an age file
// (age-encryption.org/v1) whose inside is a dump as package db writes it. After the first 128 bytes age's own program opens it.
const (
	backupLine   = 128
	backupMark   = "outcry-backup 1 "
	backupForm   = backupMark + "sha256=%s bytes=%020d"
	backupEnding = ".part" // of a backup that is being written, or was left by one that was stopped
)

var (
	// ErrDamaged says that a backup is not, or not wholly, what was written.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrBackupKey says that a backup was sealed to another key.
	ErrBackupKey = errors.New("the backup is sealed to another key")
)

// damaged is a refusal with ErrDamaged.
func damaged(format string, args ...any) error { return refuse(ErrDamaged, format, args...) }

// aboutBackup is what stands before the tables.
type aboutBackup struct {
	Made     string   `json:"made"`              // a day
	Settings string   `json:"settings"`          // outcry.yaml without passwords
	Missing  []string `json:"missing,omitempty"` // which settings had one
}

// Backup is what was written, or read, of one.
type Backup struct {
	File    string           `json:"file"`
	Bytes   int64            `json:"bytes"`
	Made    string           `json:"made"` // a day
	Engine  string           `json:"engine"`
	Schema  int64            `json:"schema"`
	Rows    int64            `json:"rows"`
	Tables  map[string]int64 `json:"tables"`
	Left    string           `json:"left,omitempty"`    // a file that an earlier, stopped backup had left, and this one took over
	Missing []string         `json:"missing,omitempty"` // settings whose passwords were left out
}

// CreateBackup writes a backup of an installation to a new file, sealed to the recipients, from one state of the database and while a server runs on it. It needs
// no secret. The file appears whole, or not at all: until then it is called file.part. With c.Look everything is read and sealed, and nothing written.
func CreateBackup(ctx context.Context, c Config, to []seal.Recipient, file string, progress func(done, of int64)) (b Backup, err error) {
	b.File = file
	if len(to) == 0 {
		return b, refuse(ErrSetting, "a backup is sealed to somebody: name the public half of a key")
	}
	if err := vacantFile(file); err != nil {
		return b, err
	}
	d, err := OpenDB(ctx, c)
	if err != nil {
		return b, err
	}
	defer d.Close()
	if m, err := d.Schema(ctx); err != nil {
		return b, err
	} else if m.Have == 0 {
		return b, refuse(ErrAbsent, "the database is empty: there is nothing to keep")
	} else if m.Have > m.Want {
		return b, refuse(ErrInWay, "the database is at version %d, newer than this program (%d): use the newer outcry", m.Have, m.Want)
	}
	if c.Look {
		b.Bytes, err = b.write(ctx, c, d, to, io.Discard, progress)
		return b, err
	}
	part, left, err := openPart(file + backupEnding)
	if err != nil {
		return b, err
	}
	defer part.Close()
	b.Left = left
	if err := b.fill(ctx, c, d, to, part, progress); err != nil {
		return b, errors.Join(err, os.Remove(part.Name()))
	}
	if err := vacantFile(file); err != nil { // somebody may have been faster
		return b, errors.Join(err, os.Remove(part.Name()))
	}
	if err := os.Rename(part.Name(), file); err != nil {
		return b, err
	}
	if err := durable.Sync(filepath.Dir(file)); err != nil {
		return b, err
	}
	_ = durable.Replace(filepath.Join(c.Data, backupDay), []byte(b.Made+"\n")) // the desk tells how old it is; without it the backup is none the worse
	return b, nil
}

func vacantFile(file string) error {
	if _, err := os.Lstat(file); err == nil {
		return refuse(ErrInWay, "%s is there already; name another file", file)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// openPart opens the file that becomes the backup, readable by its owner only. One that a stopped backup left is emptied and named; one that a running backup
// writes is held by a lock, which ends with its process.
func openPart(path string) (f *os.File, left string, err error) {
	f, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return nil, "", refuse(ErrInWay, "another backup is being written to %s", path)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, "", err
	}
	if !info.Mode().IsRegular() {
		return nil, "", refuse(ErrInWay, "%s is there, and is no file", path)
	}
	if info.Size() > 0 {
		left = path
	}
	return f, left, errors.Join(f.Chmod(0o600), f.Truncate(0))
}

// fill writes the whole file and has it on the disk before it returns. The first line is written last: what was stopped has none.
func (b *Backup) fill(ctx context.Context, c Config, d *db.DB, to []seal.Recipient, f *os.File, progress func(done, of int64)) error {
	if _, err := f.Write(make([]byte, backupLine)); err != nil {
		return err
	}
	sum := sha256.New()
	buffered := bufio.NewWriterSize(f, 256<<10)
	n, err := b.write(ctx, c, d, to, io.MultiWriter(buffered, sum), progress)
	if err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	line := fmt.Sprintf(backupForm, hex.EncodeToString(sum.Sum(nil)), n)
	line += strings.Repeat(" ", backupLine-1-len(line)) + "\n"
	if _, err := f.WriteAt([]byte(line), 0); err != nil {
		return err
	}
	b.Bytes = n + backupLine
	return f.Sync()
}

// counting counts what passes.
type counting struct {
	io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	return n, err
}

// write seals a dump to out and tells how many bytes came.
func (b *Backup) write(ctx context.Context, c Config, d *db.DB, to []seal.Recipient, out io.Writer, progress func(done, of int64)) (int64, error) {
	stored, err := readSettings(c.Data)
	if err != nil {
		return 0, err
	}
	text, missing, err := withoutPasswords(stored)
	if err != nil {
		return 0, err
	}
	m, err := d.Schema(ctx)
	if err != nil {
		return 0, err
	}
	b.Made, b.Engine, b.Schema, b.Missing = c.Now().UTC().Format(time.DateOnly), d.Engine().String(), m.Have, missing
	about, err := json.Marshal(aboutBackup{b.Made, text, missing})
	if err != nil {
		return 0, err
	}
	counted := &counting{Writer: out}
	sealed, err := seal.SealTo(counted, to...)
	if err != nil {
		return 0, err
	}
	sum, err := d.Dump(ctx, backupTables, about, sealed, progress)
	if err != nil {
		return 0, err
	}
	b.Rows, b.Tables = sum.Rows, sum.Tables
	err = sealed.Close() // writes the end, without which nothing opens
	return counted.n, err
}

// withoutPasswords is what outcry.yaml says without the passwords in it, and the names of the settings that had one. What only this machine, or this
// hour, needs is left out too: where shares and the registry of links lie, and the token of a rehearsal.
func withoutPasswords(s Settings) (text string, missing []string, err error) {
	s.Shares, s.Rehearsal, s.Designated = "", "", ""
	for _, setting := range []struct {
		name string
		url  *string
	}{{"smtp", &s.SMTP}, {"database", &s.Database}} {
		bare, had := withoutPassword(*setting.url)
		if had {
			missing = append(missing, setting.name)
			*setting.url = bare
		}
	}
	b, err := yaml.Marshal(s)
	return string(b), missing, err
}

// withoutPassword is an address without its password, and whether there was one. Of an address that can't be read nothing is left.
func withoutPassword(address string) (bare string, had bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", true
	}
	if _, had = u.User.Password(); had {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for name := range q {
		if strings.Contains(strings.ToLower(name), "pass") { // PostgreSQL's password, sslpassword
			q.Del(name)
			u.RawQuery, had = q.Encode(), true
		}
	}
	return u.String(), had
}

// backupFile is an open backup whose first line was read.
type backupFile struct {
	f     *os.File
	bytes int64 // of what follows the line
	sum   string
}

// openBackup opens a backup and reads its first line. Its length is checked, its hash is not yet.
func openBackup(file string) (*backupFile, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	b := &backupFile{f: f}
	if err := b.line(file); err != nil {
		f.Close()
		return nil, err
	}
	return b, nil
}

func (b *backupFile) line(file string) error {
	info, err := b.f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return &fs.PathError{Op: "read", Path: file, Err: unix.EISDIR}
	}
	line := make([]byte, backupLine)
	n, err := io.ReadFull(b.f, line)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("%s is no backup: %d bytes are too few", file, n)
	case err != nil:
		return err
	case len(bytes.Trim(line, "\x00")) == 0:
		return damaged("%s is a backup that was stopped before its end", file)
	case !bytes.HasPrefix(line, []byte("outcry-backup ")):
		return damaged("%s is no backup, or its beginning is damaged", file)
	case !bytes.HasPrefix(line, []byte(backupMark)):
		return refuse(ErrInWay, "%s is of another form than this program reads: use the newer outcry", file)
	}
	words := strings.Fields(string(line[len(backupMark):]))
	if len(words) == 2 && line[backupLine-1] == '\n' {
		sum, ok1 := strings.CutPrefix(words[0], "sha256=")
		count, ok2 := strings.CutPrefix(words[1], "bytes=")
		n, err := strconv.ParseInt(count, 10, 64)
		if ok1 && ok2 && err == nil && len(sum) == 2*sha256.Size {
			b.sum, b.bytes = sum, n
			if have := info.Size() - backupLine; have != n {
				return damaged("%s is not whole: %d bytes instead of %d", file, have+backupLine, n+backupLine)
			}
			return nil
		}
	}
	return damaged("%s is a backup whose first line is damaged", file)
}

func (b *backupFile) close() { b.f.Close() }

// check holds the bytes against the first line. It needs no key, and tells nothing about who wrote them.
func (b *backupFile) check(ctx context.Context, progress func(done, of int64)) error {
	sum := sha256.New()
	in := &watched{ctx: ctx, in: io.NewSectionReader(b.f, backupLine, b.bytes), of: b.bytes, progress: progress}
	if _, err := io.Copy(sum, in); err != nil {
		return err
	}
	if have := hex.EncodeToString(sum.Sum(nil)); have != b.sum {
		return damaged("%s is damaged: its bytes are not those that were written (SHA-256 %s instead of %s)", b.f.Name(), have, b.sum)
	}
	return nil
}

// open gives the dump inside.
func (b *backupFile) open(ctx context.Context, key seal.Identity, progress func(done, of int64)) (*db.DumpReader, error) {
	in := &watched{ctx: ctx, in: io.NewSectionReader(b.f, backupLine, b.bytes), of: b.bytes, progress: progress}
	plain, err := key.OpenFrom(bufio.NewReaderSize(in, 256<<10))
	if err != nil {
		return nil, b.unopened(err)
	}
	r, err := db.ReadDump(plain)
	return r, b.unopened(err)
}

// unopened puts into words why a backup does not open.
func (b *backupFile) unopened(err error) error {
	switch {
	case errors.Is(err, seal.ErrOtherKey):
		return refuse(ErrBackupKey, "%s is sealed to another key than this one", b.f.Name())
	case errors.Is(err, seal.ErrOpen):
		return damaged("%s is damaged: a part of it was altered after it was sealed", b.f.Name())
	case errors.Is(err, db.ErrDump):
		return damaged("%s is damaged: %v", b.f.Name(), err)
	}
	return err
}

// watched is a reader that ends with ctx and tells how far it is.
type watched struct {
	ctx      context.Context
	in       io.Reader
	n, of    int64
	progress func(done, of int64)
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.in.Read(p)
	w.n += int64(n)
	if w.progress != nil {
		w.progress(w.n, w.of)
	}
	return n, err
}
