package draft

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

// Config is what a Book needs.
type Config struct {
	DB     *db.DB
	Unlock *seal.Unlock
	Now    func() time.Time
	// Canon makes the one form of a document in which it is kept and compared, and takes out what must not be kept (sealed events and sources). It refuses what can't be
	// read, and asks no rule: somebody still works on it. nil: documents are taken as they are.
	Canon func(doc []byte) ([]byte, error)
}

// Book keeps drafts. Safe for any goroutine, and for several processes on one database.
type Book struct {
	Config

	mu  sync.Mutex
	box *seal.Box // mu; nil until it was read

	guesses guesses // of private links
}

// NewBook makes a Book.
func NewBook(c Config) *Book { return &Book{Config: c} }

// Server is who did what nobody at a desk did.
const Server = "server"

// Draft is the newest revision of a case that counts.
type Draft struct {
	Slug      string
	Revision  int
	Doc       []byte // canonical JSON; nil in what [Book.Drafts] lists
	By        string // a role, or [Server]
	Changed   time.Time
	Published int     // the revision that is public; 0: none
	Aside     int     // revisions kept aside that wait for somebody to look at them
	Review    *Review // asked for and not answered; nil: none
	Back      *Review // the last one that was sent back, until it is asked for again or the draft is published; nil: none
}

// What says how a revision came about.
type What string

const (
	WhatBegun    What = "begun"
	WhatSaved    What = "saved"
	WhatRestored What = "restored"
	WhatMerged   What = "merged"    // of a draft and what was applied elsewhere
	WhatApplied  What = "applied"   // elsewhere: by a file
	WhatPublic   What = "published" // what a publication came to, where that is not what was published to the letter
	whatTyped    What = "typed"     // what a form held whose save others' changes came into: a base for its next save, in no history
)

// Revision is one state of a document.
type Revision struct {
	N      int
	Doc    []byte // nil in a history
	By     string // a role, or [Server]
	Made   time.Time
	What   What
	Base   int  // the revision that it was made from; 0: from nothing
	Aside  bool // it is not a part of the chain: somebody's document that was in conflict
	Open   bool // aside, and nobody has settled it
	Public bool // it is what is public
	Newest bool // it is what the draft says
}

// Conflict is a value that two changed, each to something else. A value that is absent is nil.
type Conflict struct {
	Path               string // as events[id=release-plea].what.en
	Base, Mine, Theirs json.RawMessage
}

// Saved is what came of saving.
type Saved struct {
	Draft     Draft
	Conflicts []Conflict
	Aside     int  // where mine is kept whole; 0: nothing was in conflict
	Merged    bool // the draft says something else than mine: somebody else's changes came in
	// Base is what the same form sends as its base when it is saved again without having been shown anew: it stands for what the form holds. A form that is
	// shown anew holds Draft.Doc, and its base is Draft.Revision.
	Base int
}

// Review is that somebody asked others to read a draft, or was answered.
type Review struct {
	Slug   string
	N      int       // the revision that was to be read
	By     string    // the role of who asked, or sent back
	Remark string    // theirs; may be empty
	Made   time.Time // the hour
}

// Most is the size of the largest document that is kept, in bytes.
const Most = 1 << 20

const (
	lockNumber = 0x6f75746372790107 // this package's: revisions are numbered one after the other, on however many nodes
	boxPurpose = "draft"
	asidesMost = 100 // revisions of a case that are kept aside and wait: the words say a hundred
	triesMost  = 50  // of a save that others overtake, before it says that it is busy
)

// ErrDamaged says that what is kept of a revision does not open. The others do: one of them is restored, and takes its place.
var ErrDamaged = fault.New(fault.Conflict, "fault.revision.damaged")

var (
	errNone   = fault.New(fault.NotFound, "fault.not_found")
	errThere  = fault.New(fault.Conflict, "fault.revision.there")
	errLarge  = fault.New(fault.TooLarge, "fault.revision.large")
	errBusy   = fault.New(fault.Busy, "fault.revision.busy")
	errAside  = fault.New(fault.TooMany, "fault.revision.aside")
	errDoc    = fault.New(fault.Invalid, "fault.revision.unreadable")
	errRemark = fault.New(fault.Invalid, "fault.revision.remark").At("remark")
	errReview = fault.New(fault.Conflict, "fault.revision.no_review")
)

// canon is Config.Canon, with the limits that hold everywhere.
func (b *Book) canon(doc []byte) ([]byte, error) {
	if len(doc) > Most {
		return nil, errLarge
	}
	if b.Canon != nil {
		out, err := b.Canon(doc)
		if err != nil {
			return nil, errDoc.Because(err)
		}
		doc = out
	}
	n, err := parse(doc)
	if err != nil || n.kind != object {
		return nil, errDoc.Because(err)
	}
	return n.bytes(), nil
}

// key is the drafts' key, made when it is first wanted; seal.ErrLocked while the server is locked.
func (b *Book) key(ctx context.Context) (box seal.Box, err error) {
	if b.Unlock.Locked() {
		return box, seal.ErrLocked
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.box != nil {
		return *b.box, nil
	}
	found := false
	err = b.DB.View(ctx, func(tx *db.Tx) (err error) {
		box, found, err = keyOf(tx, b.Unlock)
		return err
	})
	if err == nil && !found {
		err = b.DB.Update(ctx, func(tx *db.Tx) (err error) {
			box, err = makeKey(tx, b.Unlock)
			return err
		})
	}
	if err != nil {
		return box, fault.In("draft", err)
	}
	b.box = &box
	return box, nil
}

// keyIn is key inside a transaction that may yet come to nothing.
func (b *Book) keyIn(tx *db.Tx) (box seal.Box, err error) {
	if b.Unlock.Locked() {
		return box, seal.ErrLocked
	}
	b.mu.Lock()
	known := b.box
	b.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	return makeKey(tx, b.Unlock)
}

func docPurpose(slug string, n int) string { return fmt.Sprintf("draft %s %d", slug, n) }

func remarkPurpose(slug string) string { return "draft remark " + slug }

// sealed is how a document is kept.
func sealed(box seal.Box, slug string, n int, doc []byte) []byte {
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is one
	}
	_, _ = w.Write(doc) // a Buffer takes everything
	_ = w.Close()
	return box.Seal(docPurpose(slug, n), small.Bytes())
}

// opened is the document of a row, or ErrDamaged.
func opened(box seal.Box, slug string, n int, kept []byte) ([]byte, error) {
	small, err := box.Open(docPurpose(slug, n), kept)
	if err != nil {
		return nil, ErrDamaged
	}
	doc, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(small)), Most+1))
	if err != nil || len(doc) > Most {
		return nil, ErrDamaged
	}
	return doc, nil
}

func hours(t time.Time) int64 { return t.Unix() / 3600 }

func atHour(h int64) time.Time { return time.Unix(h*3600, 0).UTC() }
