package receipt

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

// Options say what is recounted, and against what is known already.
type Options struct {
	URL string // the public URL of the site, as Origin takes it

	// Origin is what the log has to call itself; empty: Origin(URL). Set it only to read a log somewhere else than at home, as
	// from a mirror, and together with Key: without, it says no more than that the site repeats that name.
	Origin string

	Key      Key                     // pins the log's key; zero: the one remembered or, at first sight, the one at /log/key
	Policy   Policy                  // whose cosignatures /log/checkpoint has to carry; zero: nobody's
	Against  []Seen                  // what others saw of this log
	Remember string                  // a folder for the last checkpoint of each origin, made if need be; empty: nothing is remembered
	Client   *http.Client            // nil: one of its own, by http.DefaultTransport's settings
	Progress func(done, total int64) // told the entries done, by the goroutine that called Recount; may be nil

	pause func(context.Context, time.Duration) error // between tries; tests don't wait
}

// Report is the outcome of a recount. It holds nothing of a clock and is the same whenever the same things are found.
type Report struct {
	OK     bool      `json:"ok"` // everything held
	Origin string    `json:"origin"`
	Key    Key       `json:"key,omitzero"`
	Size   int64     `json:"size"` // entries, by the signed checkpoint
	Root   tlog.Hash `json:"root,omitzero"`

	// FirstSight: nothing was remembered of this origin, so nothing is known about what it was before. If the key is not pinned
	// either, it was believed to be the log's because the site said so: trusted on first use.
	FirstSight bool `json:"first_sight"`
	Pinned     bool `json:"pinned"` // the key was given

	// Witnesses of the policy signed for the first WitnessedSize entries; those after them have no witness yet.
	WitnessedSize int64         `json:"witnessed_size,omitempty"`
	Cosignatures  []Cosignature `json:"cosignatures,omitempty"`

	PublishedSize int64          `json:"published_size"` // the size that the numbers of /letters.json are of
	Letters       []Count        `json:"letters"`        // by the entries up to Size; slugs as /letters.json has them
	Keys          []LoggedKey    `json:"keys,omitempty"`
	Unknown       map[Type]int64 `json:"unknown,omitempty"`

	// TakenOut are the texts that the site says it shows no more (410), at the wish of those they name. What they were can't be checked there; their hashes stay in
	// the log, and whoever kept a text can hold it against its own.
	TakenOut []TakenOut `json:"texts_taken_out,omitempty"`

	// Certificates are those of closed letters, found to hold. A closed letter ([Count.Closed]) may have none yet.
	Certificates []Certificate `json:"certificates,omitempty"`

	Fault *Fault `json:"fault,omitempty"`
}

// Recount downloads the log of a site, checks it to the last hash, counts anew and compares: see the package comment.
//
// If something did not hold, the error is a *[Fault] and the report, which is not nil then, has it too. A fault of kind
// [FaultUnavailable] is no finding about the log. Any other error is about the caller's side (a bad URL, the folder, ctx), and the
// report is nil. What is remembered is replaced only if everything held.
func Recount(ctx context.Context, o Options) (*Report, error) {
	base, origin, err := splitURL(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Origin != "" {
		origin = o.Origin
	}
	if o.Client == nil {
		transport, ok := http.DefaultTransport.(*http.Transport)
		if !ok {
			return nil, errors.New("http.DefaultTransport is not the standard one: a client is needed")
		}
		transport = transport.Clone()
		transport.MaxIdleConnsPerHost = parallel
		defer transport.CloseIdleConnections()
		o.Client = &http.Client{Transport: transport}
	}
	if o.pause == nil {
		o.pause = sleep
	}
	if o.Progress == nil {
		o.Progress = func(done, total int64) {}
	}
	r := &recount{Options: o, site: &site{base: base, client: o.Client, pause: o.pause}, report: Report{Origin: origin, Letters: []Count{}}}
	err = r.run(ctx)
	var fault *Fault
	switch {
	case errors.As(err, &fault):
		r.report.Fault = fault
		return &r.report, fault
	case err != nil:
		return nil, err
	}
	return &r.report, nil
}

// recount is one run, step by step.
type recount struct {
	Options
	site   *site
	report Report

	before    *memory // nil at first sight
	key       Key
	note      []byte // the checkpoint as signed
	tree      tlog.Tree
	first     tlog.Tree // of /log/checkpoint as it was read first: that the policy is asked about
	published Published

	seen   []*sighting
	seenAt map[int64][]*sighting // the same by size

	edge  edge
	upper [][]tlog.Hash // by tile level less one, what the entries say the tiles above level 0 hold
	tally Tally
	rule  *Fault // the first entry the tally refused, told when the root has shown that it is really the log's

	rootPublished   tlog.Hash // at the published size
	countsPublished []Count
	certificates    []*certified
	certifiedAt     map[int64][]*certified // the same by size
}

// certified is a certificate, and what the entries say at its size.
type certified struct {
	Certificate
	root  tlog.Hash
	count Count
}

func (r *recount) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		r.meet, r.witnessed, r.numbers, r.closings, r.wait, r.walk, r.tiles, r.others, r.counts, r.closed, r.texts,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if r.Remember != "" {
		if err := remember(r.Remember, &memory{Origin: r.report.Origin, Key: r.key, Checkpoint: string(r.note)}); err != nil {
			return err
		}
	}
	r.report.OK = true
	return nil
}

// meet finds what is remembered of the log, and its key.
func (r *recount) meet(ctx context.Context) (err error) {
	origin := r.report.Origin
	if r.Remember != "" {
		if r.before, err = recall(r.Remember, origin); err != nil {
			return err
		}
	}
	r.report.FirstSight = r.before == nil
	r.key, r.report.Pinned = r.Key, r.Key != Key{}
	if !r.report.Pinned {
		text, err := r.site.get(ctx, "/log/key", 1<<10)
		if err != nil {
			return noLog(err)
		}
		if r.key, err = ParseKey(string(text)); err != nil {
			return faultf(FaultMalformed, "/log/key: %v", err)
		}
	}
	if r.key.Origin() != origin {
		return faultf(FaultOrigin, "the key is of %q, not of %q", r.key.Origin(), origin)
	}
	r.report.Key = r.key
	if r.before != nil && r.before.Key != r.key {
		return faultf(FaultKey, "when last seen the log had the key %s", r.before.Key)
	}
	return nil
}

// noLog makes a missing key or checkpoint "unavailable": no log is there, so there is none to find fault with.
func noLog(err error) error {
	if isKind(err, FaultMissing) {
		return faultf(FaultUnavailable, "there is no log at this address: %v", err)
	}
	return err
}

// witnessed reads the checkpoint and asks the policy about it.
func (r *recount) witnessed(ctx context.Context) error {
	if err := r.checkpoint(ctx); err != nil {
		return err
	}
	r.first = r.tree
	if r.Policy.Quorum() == 0 {
		return nil
	}
	_, by, err := r.Policy.OpenCheckpoint(r.note, r.key)
	r.report.Cosignatures = by
	if err == nil {
		r.report.WitnessedSize = r.tree.N
	}
	return err
}

// checkpoint reads the checkpoint; an older one than was read before is passed over.
func (r *recount) checkpoint(ctx context.Context) error {
	note, err := r.site.get(ctx, "/log/checkpoint", maxCheckpoint)
	if err != nil {
		return noLog(err)
	}
	return r.take(note)
}

// take goes on with a checkpoint, unless it is older than the one there is.
func (r *recount) take(note []byte) error {
	tree, err := OpenCheckpoint(note, r.key)
	if err != nil {
		return err
	}
	if r.note != nil && tree.N == r.tree.N && tree.Hash != r.tree.Hash {
		return faultf(FaultFork, "two checkpoints of %d entries are signed, with the roots %s and %s", tree.N, r.tree.Hash, tree.Hash)
	}
	if r.note != nil && tree.N < r.tree.N {
		return nil
	}
	r.note, r.tree = note, tree
	r.report.Size, r.report.Root = tree.N, tree.Hash
	return nil
}

// numbers reads /letters.json.
func (r *recount) numbers(ctx context.Context) error {
	data, err := r.site.get(ctx, "/letters.json", 16<<20)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &r.published); err != nil {
		return faultf(FaultMalformed, "/letters.json: %v", err)
	}
	p := &r.published
	if p.Size < 0 {
		return faultf(FaultMalformed, "/letters.json is of size %d", p.Size)
	}
	for _, c := range p.Letters {
		if !printable(c.Case) || !printable(c.Slug) {
			return faultf(FaultMalformed, "/letters.json has names for letter %s that can't be shown", c.ID)
		}
	}
	if p.Origin != r.report.Origin {
		return faultf(FaultOrigin, "/letters.json is of %q, not of %q", p.Origin, r.report.Origin)
	}
	r.report.PublishedSize = p.Size
	return nil
}

// closings reads the certificates of the letters that the site shows as closed. That one is not there yet is no fault: it is signed
// when all that has to be destroyed is.
func (r *recount) closings(ctx context.Context) error {
	var ids []Letter
	for _, p := range r.published.Letters {
		if p.Closed != 0 {
			ids = append(ids, p.ID)
		}
	}
	r.certifiedAt = map[int64][]*certified{}
	return inOrder(ctx, int64(len(ids)), func(ctx context.Context, i int64) ([]byte, error) {
		signed, err := r.site.get(ctx, fmt.Sprintf("/letters/%s/certificate.txt", ids[i]), maxCertificate)
		if isKind(err, FaultMissing) {
			return nil, nil
		}
		return signed, err
	}, func(i int64, signed []byte) error {
		if signed == nil {
			return nil
		}
		c, err := OpenCertificate(signed, r.key)
		if err != nil {
			return err
		}
		if c.Letter != ids[i] {
			return faultf(FaultCertificate, "the certificate of letter %s is that of letter %s", ids[i], c.Letter)
		}
		kept := &certified{Certificate: c}
		r.certificates = append(r.certificates, kept)
		r.certifiedAt[c.Size] = append(r.certifiedAt[c.Size], kept)
		return nil
	})
}

// wait reads the checkpoint again for as long as it is older than something seen: the log grows while it is read, and caches on
// the way may lag a few seconds. What stays too small is a fault.
func (r *recount) wait(ctx context.Context) error {
	old := func() *Fault {
		if r.before != nil && r.tree.N < r.before.tree.N {
			return faultf(FaultRollback, "the log has %d entries, and had %d when last seen", r.tree.N, r.before.tree.N)
		}
		if f := r.shorter(); f != nil {
			return f
		}
		if r.tree.N < r.published.Size {
			return faultf(FaultCount, "/letters.json counts %d entries, and the checkpoint signs for %d", r.published.Size, r.tree.N)
		}
		for _, c := range r.certificates {
			if r.tree.N < c.Size {
				return faultf(FaultRollback, "the log has %d entries, and had %d when the certificate of letter %s was signed", r.tree.N, c.Size, c.Letter)
			}
		}
		return nil
	}
	for try := range tries {
		if old() == nil {
			return nil
		}
		if try > 0 {
			if err := r.pause(ctx, time.Duration(try)*time.Second); err != nil {
				return err
			}
		}
		for _, read := range []func(context.Context) error{r.checkpoint, r.newest} {
			if old() == nil {
				return nil
			}
			if err := read(ctx); err != nil {
				return err
			}
		}
	}
	if f := old(); f != nil {
		return f
	}
	return nil
}

// bundle is 256 entries, or less at the end, that have the hashes which the tile above them says.
type bundle struct {
	entries [][]byte
	hashes  []tlog.Hash
}

// walk goes through all entries: each against its tile, into the tree and into the tally.
func (r *recount) walk(ctx context.Context) error {
	r.sightings()
	r.pass()
	bundles := r.tree.N / tileWidth
	if r.tree.N%tileWidth != 0 {
		bundles++
	}
	return inOrder(ctx, bundles, r.bundle, func(_ int64, b bundle) error {
		for i, entry := range b.entries {
			r.edge.push(b.hashes[i], r.above)
			if r.rule == nil {
				r.rule = r.tally.add(entry)
			}
			r.pass()
		}
		r.Progress(r.edge.size, r.tree.N)
		return nil
	})
}

// above takes note of a hash that has to stand in a tile above level 0.
func (r *recount) above(level int, h tlog.Hash) {
	if level > len(r.upper) {
		r.upper = append(r.upper, nil)
	}
	r.upper[level-1] = append(r.upper[level-1], h)
}

// pass takes note of root and counts at the sizes that something is compared at.
func (r *recount) pass() {
	r.see(r.edge.size)
	if r.edge.size == r.published.Size {
		r.rootPublished, r.countsPublished = r.edge.root(), r.tally.Letters()
	}
	for _, c := range r.certifiedAt[r.edge.size] {
		c.root = r.edge.root()
		c.count, _ = r.tally.Letter(c.Letter)
	}
}

// bundle reads the n-th bundle and the tile of its hashes, and compares them.
func (r *recount) bundle(ctx context.Context, n int64) (bundle, error) {
	first := n * tileWidth
	t := tlog.Tile{H: tileHeight, L: 0, N: n, W: int(min(tileWidth, r.tree.N-first))}
	hashes, err := r.site.hashes(ctx, t)
	if err != nil {
		return bundle{}, located(err, first)
	}
	t.L = -1
	data, wider, err := r.site.tile(ctx, t)
	if err != nil {
		return bundle{}, located(err, first)
	}
	b := bundle{entries: make([][]byte, t.W), hashes: hashes}
	for i := range b.entries {
		index := first + int64(i)
		if b.entries[i], data, err = torchwood.ReadTileEntry(data); err != nil {
			return bundle{}, faultf(FaultEntry, "the bundle %s ends before it", torchwood.TilePath(t)).at(index)
		}
		if h := LeafHash(b.entries[i]); h != hashes[i] {
			return bundle{}, r.blame(ctx, index, h, hashes[i])
		}
	}
	if len(data) != 0 && !wider {
		return bundle{}, faultf(FaultMalformed, "the bundle %s goes on after it", torchwood.TilePath(t)).at(first + int64(t.W) - 1)
	}
	return b, nil
}

// blame finds out which of an entry and its tile is wrong, by the tile's proof up to the signed root.
func (r *recount) blame(ctx context.Context, index int64, got, inTile tlog.Hash) error {
	signed, err := torchwood.TileHashReaderWithContext(ctx, r.tree, r.site).ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	var f *Fault
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && signed[0] == inTile:
		return faultf(FaultEntry, "it is not the entry that the signed tree holds: its hash is %s, and should be %s", got, inTile).at(index)
	case errors.As(err, &f):
		return faultf(FaultEntry, "its hash is not the one in its tile; which of the two is wrong can't be told: %s", f.Message).at(index)
	}
	return faultf(FaultTile, "its hash is not the one in its tile, and the tile is not what the signed root holds").at(index)
}

// tiles compares the tiles above level 0 with what the entries gave, and at last the root with the signed one.
func (r *recount) tiles(ctx context.Context) error {
	type piece struct {
		tile tlog.Tile
		want []tlog.Hash
	}
	var pieces []piece
	for i, hashes := range r.upper {
		for n := int64(0); len(hashes) > 0; n++ {
			w := min(tileWidth, len(hashes))
			pieces = append(pieces, piece{tlog.Tile{H: tileHeight, L: i + 1, N: n, W: w}, hashes[:w]})
			hashes = hashes[w:]
		}
	}
	err := inOrder(ctx, int64(len(pieces)), func(ctx context.Context, i int64) ([]tlog.Hash, error) {
		t := pieces[i].tile
		hashes, err := r.site.hashes(ctx, t)
		return hashes, located(err, firstEntry(t, 0))
	}, func(i int64, got []tlog.Hash) error {
		for j, h := range got {
			if t := pieces[i].tile; h != pieces[i].want[j] {
				return faultf(FaultTile, "hash %d of tile %s is not that of the %d entries from here on", j, torchwood.TilePath(t), firstEntry(t, 1)-firstEntry(t, 0)).
					at(firstEntry(t, j))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if got := r.edge.root(); got != r.tree.Hash {
		return faultf(FaultRoot, "the entries give the root %s, and the checkpoint signs for %s", got, r.tree.Hash)
	}
	return nil
}

// firstEntry is the index of the first entry under the j-th hash of a tile.
func firstEntry(t tlog.Tile, j int) int64 { return (t.N*tileWidth + int64(j)) << (t.L * tileHeight) }

// counts compares the numbers with those published.
func (r *recount) counts(context.Context) error {
	if r.rule != nil {
		return r.rule
	}
	r.report.Letters, r.report.Keys, r.report.Unknown = r.tally.Letters(), r.tally.Keys(), r.tally.Unknown()
	if r.published.Root != r.rootPublished {
		return faultf(FaultRoot, "/letters.json is of another log: at size %d it has the root %s, and the entries give %s",
			r.published.Size, r.published.Root, r.rootPublished)
	}
	if err := compare(r.countsPublished, r.published); err != nil {
		return err
	}
	shown := make(map[Letter]Count, len(r.published.Letters))
	for _, p := range r.published.Letters {
		shown[p.ID] = p
	}
	for i := range r.report.Letters {
		c := &r.report.Letters[i]
		c.Case, c.Slug = shown[c.ID].Case, shown[c.ID].Slug
	}
	return nil
}

// closed compares the certificates with what the entries gave at their sizes.
func (r *recount) closed(context.Context) error {
	for _, c := range r.certificates {
		differs := func(format string, args ...any) error {
			return faultf(FaultCertificate, "the certificate of letter %s "+format, append([]any{c.Letter}, args...)...).at(c.Entry)
		}
		switch {
		case c.root != c.Root:
			return faultf(FaultFork, "the certificate of letter %s is of another log: at size %d it has the root %s, and the entries give %s",
				c.Letter, c.Size, c.Root, c.root)
		case c.Campaign != c.count.Campaign:
			return differs("is of campaign %s, and the letter is of campaign %s", c.Campaign, c.count.Campaign)
		case c.Entry != c.count.Closed:
			return differs("says that entry %d closed it, and by the first %d entries it is %s", c.Entry, c.Size, closing(c.count.Closed))
		case c.Counted != c.count.Counted:
			return differs("counts %d, and the first %d entries give %d", c.Counted, c.Size, c.count.Counted)
		}
		r.report.Certificates = append(r.report.Certificates, c.Certificate)
	}
	return nil
}

// TakenOut is a version of a letter's text that a site shows no more.
type TakenOut struct {
	Letter  Letter `json:"letter"`
	Version uint16 `json:"version"`
	Entry   int64  `json:"entry"` // the first that has its hash
}

// texts compares every version of every text with its logged hash, but those that the site says were taken out.
func (r *recount) texts(ctx context.Context) error {
	type text struct {
		letter Letter
		TextVersion
	}
	var texts []text
	for _, c := range r.report.Letters {
		for _, v := range c.Texts {
			texts = append(texts, text{c.ID, v})
		}
	}
	return inOrder(ctx, int64(len(texts)), func(ctx context.Context, i int64) (*Manifest, error) {
		t := texts[i]
		manifest, err := r.site.get(ctx, fmt.Sprintf("/letters/%s/%d.txt", t.letter, t.Version), 4<<20)
		if f := (*Fault)(nil); errors.As(err, &f) && f.gone {
			return nil, nil
		}
		sum := Manifest(sha256.Sum256(manifest))
		return &sum, located(err, t.Entry)
	}, func(i int64, got *Manifest) error {
		t := texts[i]
		if got == nil {
			r.report.TakenOut = append(r.report.TakenOut, TakenOut{t.letter, t.Version, t.Entry})
			return nil
		}
		if *got != t.Manifest {
			return faultf(FaultText, "version %d of letter %s is not the text that was logged: its hash is %s, and was %s",
				t.Version, t.letter, *got, t.Manifest).at(t.Entry)
		}
		return nil
	})
}
