package lettertest

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/receipt"
)

// Invariants checks that all holds which must hold of a database at any moment, between any two transactions: what the letter's steps say of it, and
// what was told to people. It reads the tables by its own statements and asks s only for what the program itself promises: that it starts, counts, and
// answers for every lock. It changes nothing.
func Invariants(t testing.TB, s *Site, told Told) {
	t.Helper()
	for _, broken := range Broken(t.Context(), s, told) {
		t.Errorf("broken: %s", broken)
	}
}

// Broken is Invariants as a list of what does not hold; empty if all is well.
func Broken(ctx context.Context, s *Site, told Told) []string {
	x := &exam{s: s, told: told, signs: map[receipt.Lock]bool{}}
	if err := s.Book.Start(ctx); err != nil {
		x.say("the server does not start: %v", err)
	}
	if err := s.DB.View(ctx, x.read); err != nil {
		return append(x.broken, "the tables can't be read: "+err.Error())
	}
	x.references()
	x.folds()
	x.signatures()
	x.names()
	x.removals()
	for _, l := range x.rows.letters {
		x.letter(ctx, l)
	}
	x.readable()
	x.jobs(ctx)
	x.receipts(ctx)
	x.people(ctx)
	return x.broken
}

// exam is one state of a database, and what is wrong with it.
type exam struct {
	s      *Site
	told   Told
	broken []string
	rows   tablesRead

	now, later *fold                 // the entries of the log; with all that waits
	signs      map[receipt.Lock]bool // in the log or waiting
}

func (x *exam) say(format string, args ...any) {
	x.broken = append(x.broken, fmt.Sprintf(format, args...))
}

func (x *exam) read(tx *db.Tx) error { return x.rows.read(tx, x.s.DB.Engine()) }

// references: every reference is there once, in the log or in the queue; what is about an entry is about a signature that is in the log before it, or
// goes there first; of one signature one word on its standing waits, and one on its name.
func (x *exam) references() {
	seen := map[string]int{}
	for i, e := range x.rows.log {
		if e.idx != int64(i) {
			x.say("entry %d stands where %d should", e.idx, i)
		}
		seen[string(e.ref)]++
		if sign, ok := parsed(e.data).(receipt.Sign); ok {
			x.signs[sign.Lock] = true
			if !bytes.Equal(e.ref, sign.Lock[:]) {
				x.say("the reference of signature %s is not its lock", sign.Lock)
			}
		}
	}
	for _, w := range x.rows.queue {
		seen[string(w.ref)]++
		if sign, ok := parsed(w.data).(receipt.Sign); ok && w.of == nil {
			x.signs[sign.Lock] = true
		}
	}
	for ref, n := range seen {
		if n > 1 {
			x.say("reference %x is there %d times, in the log and the queue", ref, n)
		}
	}
	words := map[string]int{}
	for _, w := range x.rows.queue {
		if w.of == nil {
			continue
		}
		if !x.signs[lockOf(w.of)] {
			x.say("what waits as %x is about %x, which is no signature", w.ref, w.of)
		}
		about := "standing"
		if t := receipt.TypeOf(w.data); t == receipt.TypeShow || t == receipt.TypeHide {
			about = "name"
		}
		if key := about + string(w.of); words[key] > 0 {
			x.say("two entries about the %s of signature %x wait", about, w.of)
		} else {
			words[key]++
		}
	}
}

// folds adds the log up, and then what waits, in one order and in the opposite one: either must do, for the order of a batch is drawn.
func (x *exam) folds() {
	x.now = newFold()
	for _, e := range x.rows.log {
		if err := x.now.add(e.data); err != nil {
			x.say("the log breaks a rule: %v", err)
		}
	}
	var ways [2]*fold
	for way := range ways {
		f := newFold()
		for _, e := range x.rows.log {
			_ = f.add(e.data) // said above
		}
		waits := slices.Clone(x.rows.queue)
		if way == 1 {
			slices.Reverse(waits)
		}
		for _, dependent := range []bool{false, true} {
			for _, w := range waits {
				data := w.data
				if (w.of != nil) != dependent {
					continue
				}
				if dependent {
					s := f.lock[lockOf(w.of)]
					if s == nil {
						continue // said above
					}
					data = receipt.AppendIndex(slices.Clone(data), s.index)
				}
				if err := f.add(data); err != nil {
					x.say("what waits would break a rule of the log: %v", err)
				}
			}
		}
		ways[way] = f
	}
	for lock, a := range ways[0].lock {
		if b := ways[1].lock[lock]; b == nil || a.state != b.state || a.shown != b.shown || a.Assurance != b.Assurance {
			x.say("what becomes of signature %s depends on the order of a batch", lock)
		}
	}
	x.later = ways[0]
}

// signatures: every row has its entry and every entry its row, which says what the log will say; who has ended leaves no tag, no link and no name.
func (x *exam) signatures() {
	kept := map[string]bool{}
	for _, p := range x.told.People {
		for _, f := range p.Fates {
			kept[f.Lock] = kept[f.Lock] || f.Kept
		}
	}
	rows, tags := map[receipt.Lock]bool{}, map[string]bool{}
	for _, r := range x.rows.signatures {
		rows[r.lock] = true
		s := x.later.lock[r.lock]
		if s == nil {
			x.say("signature %s is in no entry and waits for none", r.lock)
			continue
		}
		if key := string(r.letter) + string(r.tag); r.tag != nil {
			if tags[key] {
				x.say("a tag is there twice in letter %x", r.letter)
			}
			tags[key] = true
		}
		state := map[Stands]string{Counted: "counted", Struck: "removed", Left: "removed", Withdrawn: "withdrawn"}[s.state]
		if r.state != state || !bytes.Equal(r.letter, s.Letter[:]) || r.version != int64(s.Version) || s.state == Counted && r.assurance != int64(s.Assurance) {
			x.say("signature %s is %s, version %d, assurance %d in its row, and will be %s, %d, %d in the log", r.lock, r.state, r.version, r.assurance, state, s.Version, s.Assurance)
		}
		ended := s.state == Withdrawn || s.state == Left
		alive := x.state(r.letter) == letter.Open || x.state(r.letter) == letter.Paused
		switch {
		case ended && r.tag != nil && !kept[r.lock.String()]:
			x.say("signature %s has ended and its tag is kept", r.lock)
		case ended && r.link != nil:
			x.say("signature %s has ended and its link is kept", r.lock)
		case !ended && r.tag == nil && alive:
			x.say("signature %s counts, or was struck off, and has no tag: its address could sign again", r.lock)
		}
	}
	for lock := range x.signs {
		if !rows[lock] {
			x.say("the entry of signature %s has no row", lock)
		}
	}
}

// names: a name is of a signature that has not ended, opens its entry's commitment, or waits to; words are of names, and every name has its own.
func (x *exam) names() {
	named := map[receipt.Lock]bool{}
	for _, n := range x.rows.names {
		named[n.lock] = true
		s := x.later.lock[n.lock]
		if s == nil || s.state == Withdrawn || s.state == Left {
			x.say("a name is kept of signature %s, which has ended or never was", n.lock)
			continue
		}
		if !bytes.Equal(n.letter, s.Letter[:]) || n.removed != (s.state == Struck) {
			x.say("the name of signature %s is of another letter, or marked otherwise than its signature", n.lock)
		}
		want := receipt.NameCommitment(n.salt, n.name, n.affiliation)
		found := false
		if n.idx >= 0 && n.idx < int64(len(x.rows.log)) {
			show, ok := parsed(x.rows.log[n.idx].data).(receipt.Show)
			found = ok && show.Commitment == want && show.Index == s.index
		}
		for _, w := range x.rows.queue {
			if n.idx < 0 && bytes.Equal(w.of, n.lock[:]) {
				show, ok := parsed(receipt.AppendIndex(slices.Clone(w.data), 0)).(receipt.Show)
				found = found || ok && show.Commitment == want
			}
		}
		if !found {
			x.say("the name of signature %s does not open what its show entry binds", n.lock)
		}
	}
	for lock, s := range x.later.lock {
		if (s.state == Counted || s.state == Struck) && s.shown != named[lock] {
			x.say("the log will say of signature %s that a name is shown: %v; here there is one: %v", lock, s.shown, named[lock])
		}
	}
	found := map[receipt.Lock]bool{}
	for _, lock := range x.rows.words {
		found[lock] = true
		if !named[lock] {
			x.say("words are kept of signature %s, which shows no name", lock)
		}
	}
	for lock := range named {
		if !found[lock] {
			x.say("the name of signature %s has no words", lock)
		}
	}
}

// removals: what organisers took out is out, for a reason that is there; what is out by their word is in a removal.
func (x *exam) removals() {
	struck := map[receipt.Lock]bool{}
	for _, r := range x.rows.removed {
		struck[r.lock] = true
		s := x.later.lock[r.lock]
		switch {
		case s == nil || s.state != Struck:
			x.say("signature %s is in a removal and not removed", r.lock)
		case !r.there || !bytes.Equal(r.letter, s.Letter[:]) || r.reason != int64(s.reason):
			x.say("the removal of signature %s is gone, or of another letter or reason", r.lock)
		}
	}
	for lock, s := range x.later.lock {
		if s.state == Struck && !struck[lock] {
			x.say("signature %s is removed and in no removal", lock)
		}
	}
}

// letter: the share is there as long as the pepper may be needed and not longer; closed is closed, and the number is the log's.
func (x *exam) letter(ctx context.Context, l letterRow) {
	id := receipt.Letter(l.id)
	_, err := os.Stat(filepath.Join(x.s.Secret+".shares", id.String()))
	share := err == nil
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		x.say("the share of letter %s: %v", id, err)
	}
	state, logged := letter.State(l.state), x.now.closed[id] != 0
	closing := false
	for _, w := range x.rows.queue {
		switch e := parsed(w.data).(type) {
		case receipt.Close:
			closing = closing || w.of == nil && e.Letter == id
		case receipt.Sign:
			if w.of == nil && e.Letter == id && (x.later.closed[id] != 0 || !x.now.texts[id][e.Version]) {
				x.say("a signature of letter %s waits that the log would refuse", id)
			}
		}
	}
	ending := state == letter.Closing || state == letter.Closed
	switch {
	case (closing || logged) && !ending:
		x.say("letter %s is %s, and the log closes it", id, state)
	case (state == letter.Opening || state.Alive()) && !share:
		x.say("letter %s is %s and its share is gone", id, state)
	case ending && !share && !logged:
		x.say("the share of letter %s is gone and the log does not say that it is closed", id)
	}
	if state != letter.Open {
		if _, err := x.s.Book.Begin(ctx, l.casefile, l.slug, 0, "too.late@letters.example", "en"); err == nil {
			x.say("letter %s is %s and can be signed", id, state)
		}
	}
	if n := x.s.Book.Count(id); n.Size == x.now.size && n.Counted != x.now.counted(id) || n.Size != x.now.size {
		x.say("letter %s counts %d at %d; its entries give %d at %d", id, n.Counted, n.Size, x.now.counted(id), x.now.size)
	}
	if state == letter.Closed {
		x.closed(id, share, logged)
	} else if x.rows.certificates[string(l.id)] != nil {
		x.say("letter %s is %s and has a certificate", id, state)
	}
}

// closed: nothing is left by which an address could be told, and the certificate is the log's word.
func (x *exam) closed(id receipt.Letter, share, logged bool) {
	tags, used, unwanted := 0, 0, 0
	for _, r := range x.rows.signatures {
		if bytes.Equal(r.letter, id[:]) && r.tag != nil {
			tags++
		}
	}
	for _, of := range x.rows.used {
		if bytes.Equal(of, id[:]) {
			used++
		}
	}
	for _, u := range x.rows.suppressed {
		if bytes.Equal(u.letter, id[:]) {
			unwanted++
		}
	}
	if share || tags+used+unwanted > 0 || !logged {
		x.say("letter %s is closed: share there %v, %d tags, %d used tokens, %d suppressed, in the log %v", id, share, tags, used, unwanted, logged)
	}
	key, err := receipt.ParseKey(x.s.Log.Key())
	if err != nil {
		x.say("the log's key: %v", err)
		return
	}
	c, err := receipt.OpenCertificate(x.rows.certificates[string(id[:])], key)
	if err != nil {
		x.say("the certificate of letter %s: %v", id, err)
		return
	}
	f := newFold()
	var stored []tlog.Hash
	for _, e := range x.rows.log[:min(int(c.Size), len(x.rows.log))] {
		_ = f.add(e.data)
		hashes, err := tlog.StoredHashes(e.idx, e.data, tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) { return pick(stored, at), nil }))
		if err != nil {
			x.say("the tree: %v", err)
			return
		}
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(f.size, tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) { return pick(stored, at), nil }))
	if err != nil || c.Letter != id || c.Size != f.size || c.Root != root || c.Counted != f.counted(id) || c.Entry != f.closed[id] {
		x.say("the certificate of letter %s says %d at %d; the log's %d entries give %d (%v)", id, c.Counted, c.Size, f.size, f.counted(id), err)
	}
}

func pick(stored []tlog.Hash, at []int64) (list []tlog.Hash) {
	for _, i := range at {
		list = append(list, stored[i])
	}
	return list
}

// readable: no address, no code, no secret stands in any column, whatever the spelling.
func (x *exam) readable() {
	look := func(value string, hashed bool) {
		if value == "" {
			return
		}
		for _, form := range spellings(value, hashed) {
			if bytes.Contains(x.rows.all, []byte(form)) {
				x.say("%q can be read in the database, as %q", value, form)
				return
			}
		}
	}
	for _, p := range x.told.People {
		look(p.Address, true)
	}
	for _, v := range x.told.Private {
		look(v, false)
	}
}

// jobs: what waits to be mailed is sealed under a day's key, all of one length; what is dead holds nothing.
func (x *exam) jobs(ctx context.Context) {
	length := 0
	for _, payload := range x.rows.jobs {
		if len(payload) == 0 {
			continue
		}
		if _, err := x.s.Days.Open(ctx, "queued mail", payload); err != nil || length != 0 && length != len(payload) {
			x.say("a job of %d bytes is not sealed, or of another length than others (%v)", len(payload), err)
		}
		length = len(payload)
	}
}

// receipts: every lock has a proof or a promise that an auditor accepts.
func (x *exam) receipts(ctx context.Context) {
	key, err := receipt.ParseKey(x.s.Log.Key())
	if err != nil {
		x.say("the log's key: %v", err)
		return
	}
	for lock := range x.signs {
		r, err := x.s.Book.Receipt(ctx, lock)
		var entry []byte
		switch {
		case err != nil:
		case r.Proof != nil:
			var p receipt.Proof
			p, err = receipt.VerifyProof(r.Proof, key)
			entry = p.Entry
		default:
			var p receipt.Promise
			if p, err = receipt.OpenPromise(r.Promise, key); err == nil && p.Leaf == x.rows.leaf(lock) {
				continue
			}
		}
		if sign, ok := parsed(entry).(receipt.Sign); err != nil || !ok || sign.Lock != lock {
			x.say("the receipt of signature %s does not open: %v", lock, err)
		}
	}
}

// people: what each was told last holds, or what a verb that gave no answer would have told.
func (x *exam) people(ctx context.Context) {
	for who, p := range x.told.People {
		var wrong []string
		for _, f := range p.Fates {
			w := x.fate(ctx, f)
			if w == "" {
				wrong = nil
				break
			}
			wrong = append(wrong, w)
		}
		if len(wrong) > 0 {
			x.say("%s was told otherwise: %s", who, strings.Join(wrong, "; nor is it so that "))
		}
		if len(p.Unwanted) > 0 && !slices.Contains(p.Unwanted, x.unwanted(p.Address)) && x.alive() {
			x.say("%s was told otherwise about mail: no more of it %v", who, p.Unwanted)
		}
	}
	states := []letter.State{""}
	for i, l := range x.rows.letters {
		states = append(states[:i], letter.State(l.state))
	}
	for _, state := range states {
		if len(x.told.State) > 0 && !slices.Contains(x.told.State, state) {
			x.say("the organisers were told otherwise: a letter is %q, not %q", state, x.told.State)
		}
	}
	if n := len(x.rows.news); len(x.told.News) == 2 && (n < x.told.News[0] || n > x.told.News[1]) {
		x.say("%d addresses for news; told were %v", n, x.told.News)
	}
}

// fate says what is not so; empty if all is.
func (x *exam) fate(ctx context.Context, f Fate) string {
	if f.Lock == "" {
		return ""
	}
	raw, err := hex.DecodeString(f.Lock)
	if err != nil || len(raw) != 32 {
		return "a lock is " + f.Lock
	}
	lock := receipt.Lock(raw)
	s := x.later.lock[lock]
	if s == nil {
		return fmt.Sprintf("%s is %s, for it is nowhere", f.Lock, f.Stands)
	}
	stands := s.state
	if stands == Counted && s.Assurance == receipt.Held {
		stands = Held
	}
	name := ""
	for _, n := range x.rows.names {
		if n.lock == lock {
			name = n.name
		}
	}
	if stands != f.Stands || name != f.Name {
		return fmt.Sprintf("%s is %s and shows %q, for it is %s and shows %q", f.Lock, f.Stands, f.Name, stands, name)
	}
	if f.Link == "" || stands == Withdrawn || stands == Left { // what ended is found by its first link alone
		return ""
	}
	secret, ok := letter.ParseSecret(f.Link)
	if !ok {
		return "a link is whole"
	}
	if m, err := x.s.Book.Mine(ctx, secret); err != nil || m.Lock != lock {
		return fmt.Sprintf("the last link opens %s: %v", f.Lock, err)
	}
	return ""
}

func (x *exam) state(id []byte) letter.State {
	for _, l := range x.rows.letters {
		if bytes.Equal(l.id, id) {
			return letter.State(l.state)
		}
	}
	return ""
}

// alive tells whether a letter has a pepper.
func (x *exam) alive() bool {
	return slices.ContainsFunc(x.rows.letters, func(l letterRow) bool { return letter.State(l.state).Alive() })
}

// unwanted tells whether an address is among those that want no mail about a letter.
func (x *exam) unwanted(address string) bool {
	typed, err := letter.ParseAddress(address)
	if err != nil {
		return false
	}
	for _, l := range x.rows.letters {
		pepper, err := x.s.Unlock.Pepper(receipt.Letter(l.id).String())
		if err != nil {
			continue
		}
		tag := pepper.Tag(letter.Fold(typed))
		for _, u := range x.rows.suppressed {
			if bytes.Equal(u.letter, l.id) && bytes.Equal(u.tag, tag[:]) {
				return true
			}
		}
	}
	return false
}
