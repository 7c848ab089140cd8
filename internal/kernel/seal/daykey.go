package seal

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"outcry/internal/kernel/db"
)

const (
	// TokenLife is how long a token or a queued mail is good for.
	TokenLife = 72 * time.Hour
	day       = 24 * time.Hour
	ahead     = 5 * time.Minute // another node's clock may be so much ahead of ours: about midnight it has a key of a day that we have not begun
)

// Day is the number of days since 1 January 1970, UTC: the finest time that stands beside a signature.
func Day(t time.Time) int64 { return t.UnixMicro() / day.Microseconds() }

// DayKeys are the keys of the last days. Safe for any goroutine.
type DayKeys struct {
	db  *db.DB
	u   *Unlock
	now func() time.Time

	mu    sync.Mutex
	keys  map[int64]*dayKey
	swept int64 // day of the last sweep
}

type dayKey struct {
	day  int64
	box  cipher.AEAD
	code []byte // key of the codes typed into the waiting page
}

// OpenDayKeys reads the keys of the last days. An error wraps ErrOpen if they were wrapped under another secret. Those of a secret that is locked are read at
// their first use after it was given; until then each use fails with ErrLocked.
func OpenDayKeys(ctx context.Context, d *db.DB, u *Unlock, now func() time.Time) (*DayKeys, error) {
	k := &DayKeys{db: d, u: u, now: now, keys: map[int64]*dayKey{}}
	if u.Locked() {
		return k, nil
	}
	if err := k.load(ctx); err != nil {
		return nil, err
	}
	_, err := k.today(ctx)
	return k, err
}

// LookDayKeys is OpenDayKeys for who must change nothing: no key is made, and none destroyed, before the first use.
func LookDayKeys(ctx context.Context, d *db.DB, u *Unlock, now func() time.Time) (*DayKeys, error) {
	k := &DayKeys{db: d, u: u, now: now, keys: map[int64]*dayKey{}}
	if u.Locked() {
		return k, nil
	}
	return k, k.load(ctx)
}

// Overdue counts the keys on the disk that have had their time: while no server runs, nobody destroys them.
func (k *DayKeys) Overdue(ctx context.Context) (n int, err error) {
	rows, err := readDayKeys(ctx, k.db)
	for _, r := range rows {
		if r.day < Day(k.now().Add(-TokenLife)) {
			n++
		}
	}
	return n, err
}

func (k *DayKeys) load(ctx context.Context) error {
	rows, err := readDayKeys(ctx, k.db)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if k.keys[r.day] != nil {
			continue
		}
		key, err := k.u.Unwrap(wrapPurpose(r.day), r.wrapped)
		if err != nil {
			return fmt.Errorf("the key of day %d: %w", r.day, err)
		}
		k.keys[r.day] = &dayKey{r.day, aead(derive(key, nil, "day box")), derive(key, nil, "day code")}
	}
	return nil
}

func wrapPurpose(day int64) string { return fmt.Sprintf("day key %d", day) }

// today finds or makes the key of this day, and destroys those that have had their time. Another process may have made it first.
func (k *DayKeys) today(ctx context.Context) (*dayKey, error) {
	now := Day(k.now())
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.swept != now {
		if err := k.turn(ctx, now); err != nil {
			return nil, err
		}
	}
	return k.keys[now], nil
}

// Turn makes today's key and destroys those that have had their time, as every use of a key does; on a quiet site nothing else would.
func (k *DayKeys) Turn(ctx context.Context) error {
	_, err := k.today(ctx)
	return err
}

func (k *DayKeys) turn(ctx context.Context, now int64) error {
	if k.u.Locked() {
		return ErrLocked
	}
	fresh := make([]byte, 32)
	rand.Read(fresh)
	oldest := Day(k.now().Add(-TokenLife)) // what was sealed in a day's last second has its 72 hours: the key lives 96
	err := turnDayKeys(ctx, k.db, k.u, now, k.u.Wrap(wrapPurpose(now), fresh), oldest)
	if errors.Is(err, ErrOpen) { // another process has put another secret into the place of ours; what we would wrap, nobody could open
		k.u.Lock()
		return ErrLocked
	}
	if err != nil {
		return err
	}
	if err := k.load(ctx); err != nil {
		return err
	}
	for d := range k.keys {
		if d < oldest {
			delete(k.keys, d)
		}
	}
	k.swept = now
	return nil
}

// at finds the key of a day; nil if it is gone or never was. An error says nothing of the key: the database could not be asked.
func (k *DayKeys) at(ctx context.Context, d int64) (*dayKey, error) {
	if _, err := k.today(ctx); err != nil { // another process may have begun this day
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if today := Day(k.now()); k.keys[d] == nil && d == today+1 && Day(k.now().Add(ahead)) == d {
		if err := k.load(ctx); err != nil {
			return nil, err
		}
	}
	return k.keys[d], nil
}

// Seal seals bytes under today's key for one purpose.
func (k *DayKeys) Seal(ctx context.Context, purpose string, plain []byte) ([]byte, error) {
	key, err := k.today(ctx)
	if err != nil {
		return nil, err
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(key.day))
	return append(out, sealed(key.box, purpose, plain)...), nil
}

// Open opens what Seal made, while the key of its day lives; otherwise ErrOpen. Any other error is the database's: then it may open later.
func (k *DayKeys) Open(ctx context.Context, purpose string, box []byte) ([]byte, error) {
	if len(box) < 4 {
		return nil, ErrOpen
	}
	key, err := k.at(ctx, int64(binary.BigEndian.Uint32(box)))
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, ErrOpen
	}
	return opened(key.box, purpose, box[4:])
}

// Token is Seal for an address or a form: text safe in a URL.
func (k *DayKeys) Token(ctx context.Context, purpose string, plain []byte) (string, error) {
	box, err := k.Seal(ctx, purpose, plain)
	return base64.RawURLEncoding.EncodeToString(box), err
}

// OpenToken opens a token or returns ErrOpen.
func (k *DayKeys) OpenToken(ctx context.Context, purpose, token string) ([]byte, error) {
	box, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || base64.RawURLEncoding.EncodeToString(box) != token { // a token altered in any of its letters is another one
		return nil, ErrOpen
	}
	return k.Open(ctx, purpose, box)
}

// codes are spelled in Crockford's base 32: no letter that is easily taken for a digit.
var codes = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// typo maps what people type for what they read, and drops the marks they put between.
var typo = strings.NewReplacer("O", "0", "I", "1", "L", "1", "U", "V", "-", "", " ", "", "\u00a0", "", "\t", "")

// TypedCode cleans a code as a person typed or pasted it: white space of any kind goes, wherever it stands.
func TypedCode(s string) string {
	return strings.Join(strings.Fields(typo.Replace(strings.ToUpper(s))), "")
}

// Code is 8 characters = 40 bits of HMAC(today's key, parts).
func (k *DayKeys) Code(ctx context.Context, parts ...[]byte) (string, error) {
	key, err := k.today(ctx)
	if err != nil {
		return "", err
	}
	return key.typed(parts), nil
}

func (d *dayKey) typed(parts [][]byte) string {
	return codes.EncodeToString(mac(d.code, parts...)[:5])
}

// CodeIs tells whether code is that of any day whose tokens still live, so that asking twice does not break the first mail.
// code is as TypedCode leaves it.
func (k *DayKeys) CodeIs(ctx context.Context, code string, parts ...[]byte) bool {
	if _, err := k.today(ctx); err != nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	oldest, ok := Day(k.now().Add(-TokenLife)), false
	for d, key := range k.keys {
		if d >= oldest && Same([]byte(key.typed(parts)), []byte(code)) {
			ok = true // no early return: the time tells nothing of the day
		}
	}
	return ok
}
