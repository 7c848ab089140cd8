package app

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// VerifiedBackup is what verifying found.
type VerifiedBackup struct {
	Backup
	Opened  bool      `json:"opened"` // with the key; without, only the bytes were held against the first line
	Origin  string    `json:"log,omitempty"`
	Entries int64     `json:"entries"`
	Root    tlog.Hash `json:"root"`

	settings Settings
	key      string // verifier key of the log
}

// VerifyBackup reads a backup to its end and writes nothing. Without a key it finds damage, not who wrote the file. With it, the inside is read too: form,
// lengths, counts and hash, and the log's root is computed from its entries and held against its checkpoint, whose signature is checked.
// The error is ErrDamaged, ErrBackupKey, ErrInWay for a backup of a newer program, or one of reading.
func VerifyBackup(ctx context.Context, file string, key *seal.Identity, progress func(done, of int64)) (v VerifiedBackup, err error) {
	v.File = file
	f, err := openBackup(file)
	if err != nil {
		return v, err
	}
	defer f.close()
	v.Bytes = f.bytes + backupLine
	if key == nil {
		return v, f.check(ctx, progress)
	}
	if err := f.check(ctx, nil); err != nil { // first: what is damaged is not taken for a wrong key
		return v, err
	}
	r, err := f.open(ctx, *key, progress)
	if err != nil {
		return v, err
	}
	v.Opened = true
	return v, f.unopened(v.inside(r))
}

// inside reads the whole dump.
func (v *VerifiedBackup) inside(r *db.DumpReader) error {
	about, err := aboutOf(r)
	if err != nil {
		return err
	}
	v.Made, v.Missing, v.Engine, v.Schema = about.Made, about.Missing, r.Engine, r.Schema
	if v.settings, err = settingsOf(about); err != nil {
		return err
	}
	l := logFold{}
	for {
		name, columns, err := r.Table()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		for {
			row, err := r.Row()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			if err := l.row(name, columns, row); err != nil {
				return err
			}
		}
	}
	sum := r.Dumped()
	v.Rows, v.Tables = sum.Rows, sum.Tables
	for _, t := range backupTables {
		if _, there := sum.Tables[t.Name]; !there && len(t.Keep) > 0 && t.Since <= v.Schema {
			return damaged("table %s is missing in it", t.Name)
		}
	}
	if err := l.check(); err != nil {
		return err
	}
	v.key, v.Entries, v.Root = l.vkey, l.fold.size, l.root
	if l.vkey != "" {
		v.Origin, _, _ = strings.Cut(l.vkey, "+")
	}
	return nil
}

func aboutOf(r *db.DumpReader) (about aboutBackup, err error) {
	if err := json.Unmarshal(r.About, &about); err != nil {
		return about, damaged("what a backup says of itself can't be read")
	}
	return about, nil
}

// settingsOf reads the settings that a backup holds. A setting that this program does not know is passed over: an older backup may have it.
func settingsOf(about aboutBackup) (s Settings, err error) {
	if err := yaml.Unmarshal([]byte(about.Settings), &s); err != nil && about.Settings != "" {
		return s, damaged("the settings in it can't be read")
	}
	return s, nil
}

// logFold computes the log's root as its entries pass by, and holds it against what stands beside them.
type logFold struct {
	vkey string
	size int64 // as log_state has it
	root tlog.Hash
	note []byte
	is   bool // there is a log
	fold treeFold
}

func (l *logFold) row(table string, columns []string, row []any) (err error) {
	at := func(name string) any {
		for i, c := range columns {
			if c == name {
				return row[i]
			}
		}
		return nil
	}
	octets := func(name string) []byte { b, _ := at(name).([]byte); return b }
	switch table {
	case "log_key":
		l.vkey, _ = at("vkey").(string)
	case "log_state":
		l.size, _ = at("size").(int64)
		copy(l.root[:], octets("root"))
		l.note, l.is = octets("note"), true
	case "log_entry":
		if index, _ := at("idx").(int64); index != l.fold.size {
			return damaged("entry %d of the log stands where %d should", index, l.fold.size)
		}
		l.fold.add(tlog.RecordHash(octets("data")))
	}
	return nil
}

func (l *logFold) check() error {
	if !l.is && l.vkey == "" && l.fold.size == 0 {
		return nil // an installation whose log has no name yet
	}
	key, err := receipt.ParseKey(l.vkey)
	if err != nil {
		return damaged("the log's key can't be read: %v", err)
	}
	tree, err := receipt.OpenCheckpoint(l.note, key)
	if err != nil {
		return damaged("the log's checkpoint is not signed by its key: %v", err)
	}
	root := l.fold.root()
	switch {
	case l.fold.size != l.size || tree.N != l.size:
		return damaged("it has %d entries of the log, and its checkpoint is of %d", l.fold.size, tree.N)
	case root != l.root || tree.Hash != root:
		return damaged("the root of its %d entries is %s, and its checkpoint says %s", l.size, root, tree.Hash)
	}
	return nil
}

// treeFold is a Merkle tree of which only the right edge is kept.
type treeFold struct {
	size int64
	edge []tlog.Hash // roots of the full subtrees, the largest first
}

func (t *treeFold) add(h tlog.Hash) {
	t.edge = append(t.edge, h)
	t.size++
	for n := t.size; n%2 == 0; n /= 2 {
		last := len(t.edge) - 1
		t.edge = append(t.edge[:last-1], tlog.NodeHash(t.edge[last-1], t.edge[last]))
	}
}

func (t *treeFold) root() tlog.Hash {
	if len(t.edge) == 0 {
		empty, _ := tlog.TreeHash(0, nil) // of nothing: it asks for nothing
		return empty
	}
	h := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.edge[i], h)
	}
	return h
}
