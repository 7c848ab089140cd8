package organiser

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"golang.org/x/text/unicode/norm"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

const (
	nameLeast, nameMost = 2, 40 // characters
	nameBytes           = 240   // padded to, sealed
	passwordLeast       = 12    // characters
	passwordMost        = 1024  // bytes
	recoveries          = 10    // codes
	recoverySize        = 10    // bytes of chance in each
	totpSize            = 20    // bytes of the authenticator's secret
	totpPeriod          = 30    // seconds
)

var (
	errInputName     = fault.New(fault.Invalid, "fault.desk.input_name").At("name")
	errTaken         = fault.New(fault.Conflict, "fault.desk.taken").At("name")
	errInputPassword = fault.New(fault.Invalid, "fault.desk.input_password", "Least", passwordLeast).At("password")
	errInputCode     = fault.New(fault.Invalid, "fault.desk.input_code").At("code")
)

// Applicant is what somebody who joins says.
type Applicant struct {
	Name     seal.Private[string] // a pseudonym
	Place    Place
	Password seal.Private[string]
	Secret   Secret               // of the authenticator, as it was shown
	Code     seal.Private[string] // what the authenticator says now
	Device   Device
	Lang     lang.Tag
}

// Secret is an authenticator's, in base 32.
type Secret = seal.Private[string]

// NewSecret makes one.
func NewSecret() Secret {
	b := make([]byte, totpSize)
	rand.Read(b)
	return seal.Hide(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// SecretURL is what an authenticator reads from a picture. It names neither site nor person: whoever leafs through a telephone shall find nothing.
func SecretURL(s Secret) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/desk", RawQuery: url.Values{"secret": {s.Reveal()}}.Encode()}
	return u.String()
}

// Carried is a secret as a form carries it from the page that shows it to the one that takes it: sealed for one purpose.
func (b *Book) Carried(ctx context.Context, purpose string, s Secret) (string, error) {
	box, err := b.key(ctx)
	if err != nil {
		return "", err
	}
	return base32.StdEncoding.EncodeToString(box.Seal("desk carried "+purpose, []byte(s.Reveal()))), nil
}

// Brought undoes Carried; a fault of kind Invalid for what it did not make.
func (b *Book) Brought(ctx context.Context, purpose, text string) (s Secret, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return s, err
	}
	sealed, err := base32.StdEncoding.DecodeString(text)
	if err != nil {
		return s, errInputCode
	}
	plain, err := box.Open("desk carried "+purpose, sealed)
	if err != nil {
		return s, errInputCode
	}
	return seal.Hide(string(plain)), nil
}

// pseudonym is a name as it is kept; a fault if it can't be one.
func pseudonym(typed seal.Private[string]) (seal.Private[string], error) {
	name := strings.Join(strings.Fields(norm.NFC.String(typed.Reveal())), " ")
	if n := utf8.RuneCountInString(name); !utf8.ValidString(name) || n < nameLeast || n > nameMost || strings.ContainsFunc(name, lang.Unseen) ||
		!strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return typed, errInputName
	}
	return seal.Hide(name), nil
}

// marked is what a pseudonym is found by.
func marked(box seal.Box, typed seal.Private[string]) []byte {
	return box.Mark("organiser", seal.Hide(lang.Fold(strings.Join(strings.Fields(norm.NFC.String(typed.Reveal())), " "))))
}

// prepared is a password in one spelling, whatever keyboard it comes from.
func prepared(password seal.Private[string]) seal.Private[string] {
	return seal.Hide(norm.NFC.String(password.Reveal()))
}

func passwordFits(password, name seal.Private[string]) error {
	p := norm.NFC.String(password.Reveal())
	if !utf8.ValidString(p) || utf8.RuneCountInString(p) < passwordLeast || len(p) > passwordMost {
		return errInputPassword
	}
	if n := lang.Fold(name.Reveal()); n != "" && utf8.RuneCountInString(lang.Fold(p))-utf8.RuneCountInString(n) < passwordLeast/2 && strings.Contains(lang.Fold(p), n) {
		return errInputPassword
	}
	return nil
}

// stepOf finds the step of time whose code was typed, later than the last one that was taken; 0 if there is none. It takes the same time for every code.
func stepOf(secret Secret, typed string, now time.Time, taken int64) (step int64) {
	at := now.Unix() / totpPeriod
	for n := at - 1; n <= at+1; n++ {
		code, err := hotp.GenerateCodeCustom(secret.Reveal(), uint64(n), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && seal.Same([]byte(code), []byte(typed)) && n > taken {
			step = n
		}
	}
	return step
}

// digits are a code as it is compared, whatever stands between its figures.
func digits(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		}
		return -1
	}, typed)
}

// newCodes makes recovery codes: four groups of four letters and figures.
func newCodes() (codes []seal.Private[string]) {
	for range recoveries {
		b := make([]byte, recoverySize)
		rand.Read(b)
		s := strings.ToLower(base32.StdEncoding.EncodeToString(b))
		codes = append(codes, seal.Hide(s[:4]+"-"+s[4:8]+"-"+s[8:12]+"-"+s[12:]))
	}
	return codes
}

// recoveryHash is what is kept of a recovery code, however it was typed: it holds 80 bits of chance and can't be tried out.
func recoveryHash(typed string) []byte {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '2' && r <= '7':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return -1
	}, typed)
	sum := sha256.Sum256([]byte("outcry desk recovery\n" + plain))
	return sum[:]
}

// putCodes puts new recovery codes in the place of the old ones.
func putCodes(tx *db.Tx, organiser string, codes []seal.Private[string]) error {
	if _, err := tx.Exec(deleteRecoveriesSQL, organiser); err != nil {
		return err
	}
	for _, c := range codes {
		if _, err := tx.Exec(insertRecoverySQL, recoveryHash(c.Reveal()), organiser); err != nil {
			return err
		}
	}
	return nil
}

// Joined is what somebody who has joined is told, once.
type Joined struct {
	Token     Token
	Codes     []seal.Private[string]
	Committee Committee
}

// Misfits are the faults of what an applicant typed, one for each field, in the form's order: whoever mends one is not told of the next only then. That a pseudonym is
// taken is not among them.
func (b *Book) Misfits(a Applicant) []error {
	_, _, list := b.fits(a)
	return list
}

// fits is the pseudonym in one spelling and the step of the code, and what does not fit.
func (b *Book) fits(a Applicant) (name seal.Private[string], step int64, misfits []error) {
	name, err := pseudonym(a.Name)
	if err != nil {
		misfits = append(misfits, err)
	}
	if a.Place != Inside && a.Place != Abroad {
		misfits = append(misfits, errInputPlace)
	}
	if err := passwordFits(a.Password, name); err != nil {
		misfits = append(misfits, err)
	}
	if step = stepOf(a.Secret, digits(a.Code.Reveal()), b.Now(), 0); step == 0 {
		misfits = append(misfits, errInputCode)
	}
	return name, step, misfits
}

// Join makes an organiser of whoever has an invitation, once, and signs them in. Faults name the field.
func (b *Book) Join(ctx context.Context, t Token, a Applicant) (j Joined, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return j, err
	}
	invitation, err := b.Invited(ctx, t)
	if err != nil {
		return j, err
	}
	name, step, misfits := b.fits(a)
	if len(misfits) > 0 {
		return j, misfits[0]
	}
	phc, err := b.hash(ctx, a.Password)
	if err != nil {
		return j, err
	}
	id := newID() + newID()
	j.Codes = newCodes()
	err = b.update(ctx, func(tx *db.Tx) error {
		i, err := b.invited(tx, t)
		if err != nil {
			return err
		}
		mark := marked(box, name)
		if _, found, err := selectMarked(tx, i.Committee.Name, mark); err != nil || found {
			return cmp.Or(err, error(errTaken))
		}
		if c, _, err := selectCommittee(tx, i.Committee.Name); err != nil || c.Locked && !opens(c, i.Role, a.Place) {
			return cmp.Or(err, error(errLocked))
		}
		j.Committee = i.Committee
		if _, err := tx.Exec(deleteInvitationSQL, t.hash("invitation")); err != nil {
			return err
		}
		if _, err := tx.Exec(insertOrganiserSQL, id, i.Committee.ID, mark, box.Seal(namePurpose(id), seal.Padded([]byte(name.Reveal()), nameBytes)), string(i.Role), string(a.Place),
			box.Seal(passwordPurpose(id), []byte(phc)), box.Seal(totpPurpose(id), []byte(a.Secret.Reveal())), step, b.day()); err != nil {
			return err
		}
		if err := putCodes(tx, id, j.Codes); err != nil {
			return err
		}
		if j.Token, err = b.sit(tx, id, hours(b.Now()), a.Device, a.Lang, true); err != nil { // password and code were just set: it is a proof
			return err
		}
		return note(tx, i.Committee.ID, b.Now(), i.Role, Enter, "joined")
	})
	if err != nil {
		return Joined{Committee: invitation.Committee}, err
	}
	return j, nil
}

func passwordPurpose(id string) string { return "organiser password " + id }
func totpPurpose(id string) string     { return "organiser totp " + id }

// Claim is what somebody says who signs in.
type Claim struct {
	Committee string // Home if empty
	Name      seal.Private[string]
	Password  seal.Private[string]
	Code      seal.Private[string] // of the authenticator, or a recovery code
}

// proof is what a claim has come to: the person, and by which code.
type proof struct {
	person
	used     int64  // the step of the authenticator's code; 0: by a recovery code
	recovery []byte // its hash
}

// check holds a claim against what is kept. Whoever claims to be somebody that there is not waits as long, and is told the same. At the door all tries together have an end; whoever is
// inside has their own alone, so that strangers keep nobody from proving who they are.
func (b *Book) check(ctx context.Context, door bool, find func(tx *db.Tx) (person, bool, error), mark []byte, c Claim) (f proof, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return f, err
	}
	now := b.Now()
	all, name := b.tries.left(hours(now), mark)
	if door && !all {
		return f, errGuesses
	}
	found, recovered := false, 0
	hash := recoveryHash(c.Code.Reveal())
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		if f.person, found, err = find(tx); err != nil {
			return err
		}
		_, err := tx.One(selectRecoverySQL, hash, f.ID).Scan(&recovered)
		return err
	})
	if err != nil {
		return f, fault.In("organiser", err)
	}
	phc, secret := b.nobody(), NewSecret()
	if found {
		opened, err := box.Open(passwordPurpose(f.ID), f.password)
		if err != nil {
			return f, fault.In("organiser", err)
		}
		key, err := box.Open(totpPurpose(f.ID), f.totp)
		if err != nil {
			return f, fault.In("organiser", err)
		}
		phc, secret = string(opened), seal.Hide(string(key))
	}
	right, err := b.is(ctx, c.Password, phc)
	if err != nil {
		return f, err
	}
	if f.used = stepOf(secret, digits(c.Code.Reveal()), now, f.step); f.used == 0 && recovered > 0 {
		f.recovery = hash
	}
	if !found || !right || !name || f.used == 0 && f.recovery == nil {
		b.tries.wrong(hours(now), mark)
		return f, errWrong
	}
	return f, nil
}

// nobody is the hash of a password that nobody has, as hard as all others.
func (b *Book) nobody() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.decoy == "" {
		b.decoy = seal.HashPassword(NewSecret(), b.Hardness)
	}
	return b.decoy
}

// spend takes the code that a proof rests on, in the transaction that gives something for it: no code is taken twice, on however many nodes.
func (f proof) spend(tx *db.Tx) error {
	var n int64
	var err error
	if f.used > 0 {
		n, err = tx.Exec(updateStepSQL, f.ID, f.used)
	} else {
		n, err = tx.Exec(deleteRecoverySQL, f.recovery, f.ID)
	}
	if err == nil && n == 0 {
		err = errWrong
	}
	return err
}

func (f proof) way() string {
	if f.used > 0 {
		return "code"
	}
	return "recovery"
}

// SignIn opens a session for whoever knows a pseudonym's password and has its authenticator, or a recovery code. It has one answer for everything that does not fit,
// and takes as long for each. was is the session that the same browser had, which ends.
func (b *Book) SignIn(ctx context.Context, c Claim, was Token, device Device, tongue lang.Tag) (t Token, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return t, err
	}
	committee := cmp.Or(strings.ToLower(strings.TrimSpace(c.Committee)), Home)
	if !committeeForm.MatchString(committee) { // no committee is called so, and what is no text an engine may refuse
		committee = ""
	}
	mark := marked(box, c.Name)
	f, err := b.check(ctx, true, func(tx *db.Tx) (person, bool, error) { return selectMarked(tx, committee, mark) }, append([]byte(committee+"\x00"), mark...), c)
	if err != nil {
		return t, err
	}
	return b.enter(ctx, f.ID, was, device, tongue, f.way(), f.spend)
}

// enter opens a session for an organiser who has proven who they are; spend takes what they proved it with.
func (b *Book) enter(ctx context.Context, id string, was Token, device Device, tongue lang.Tag, way string, spend func(*db.Tx) error) (t Token, err error) {
	err = b.update(ctx, func(tx *db.Tx) error {
		p, found, err := selectPerson(tx, id)
		if err != nil || !found {
			return cmp.Or(err, error(errWrong))
		}
		if !p.opens() {
			return errLocked
		}
		if err := spend(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteSessionSQL, was.hash("session")); err != nil {
			return err
		}
		if t, err = b.sit(tx, id, hours(b.Now()), device, tongue, false); err != nil {
			return err
		}
		return note(tx, p.Committee.ID, b.Now(), p.Role, Enter, way)
	})
	return t, err
}

// Prove renews a session for five minutes of grave acts, under a new token: the old one opens nothing from then on.
func (b *Book) Prove(ctx context.Context, s Session, password, code seal.Private[string]) (t Token, err error) {
	find := func(tx *db.Tx) (person, bool, error) { return selectPerson(tx, s.Organiser.ID) }
	f, err := b.check(ctx, false, find, []byte(s.Organiser.ID), Claim{Password: password, Code: code})
	if err != nil {
		return t, err
	}
	return b.renew(ctx, s, f.way(), f.spend)
}

func (b *Book) renew(ctx context.Context, s Session, way string, spend func(*db.Tx) error) (t Token, err error) {
	err = b.update(ctx, func(tx *db.Tx) error {
		me, err := b.present(tx, s, Prove)
		if err != nil {
			return err
		}
		if err := spend(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteSessionSQL, s.hash); err != nil {
			return err
		}
		if t, err = b.sit(tx, me.Organiser.ID, hours(me.Since), me.Device, me.Lang, true); err != nil {
			return err
		}
		return note(tx, me.Committee.ID, b.Now(), me.Role, Prove, way)
	})
	return t, err
}

// SignOut ends a session.
func (b *Book) SignOut(ctx context.Context, s Session) error {
	return b.act(ctx, s, Leave, "", func(tx *db.Tx, _ Session) error {
		_, err := tx.Exec(deleteSessionSQL, s.hash)
		return err
	})
}

// SetPassword puts another password in the place of one's own and ends all one's sessions but a new one, whose token it returns.
func (b *Book) SetPassword(ctx context.Context, s Session, password seal.Private[string]) (t Token, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return t, err
	}
	if !s.Fresh {
		return t, errProve
	}
	if err := passwordFits(password, s.Name); err != nil {
		return t, err
	}
	phc, err := b.hash(ctx, password)
	if err != nil {
		return t, err
	}
	err = b.act(ctx, s, Own, "password", func(tx *db.Tx, me Session) error {
		if _, err := tx.Exec(updatePasswordSQL, me.Organiser.ID, box.Seal(passwordPurpose(me.Organiser.ID), []byte(phc))); err != nil {
			return err
		}
		return b.alone(tx, me, &t)
	})
	return t, err
}

// alone ends all of somebody's sessions and opens a new one for the device that asked.
func (b *Book) alone(tx *db.Tx, me Session, t *Token) (err error) {
	if _, err := tx.Exec(deleteSessionsSQL, me.Organiser.ID); err != nil {
		return err
	}
	*t, err = b.sit(tx, me.Organiser.ID, hours(me.Since), me.Device, me.Lang, true)
	return err
}

// SetSecret puts another authenticator in the place of one's own, once its code was typed; all one's other sessions end.
func (b *Book) SetSecret(ctx context.Context, s Session, secret Secret, code seal.Private[string]) (t Token, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return t, err
	}
	step := stepOf(secret, digits(code.Reveal()), b.Now(), 0)
	if step == 0 {
		return t, errInputCode
	}
	err = b.act(ctx, s, Own, "authenticator", func(tx *db.Tx, me Session) error {
		if _, err := tx.Exec(updateTOTPSQL, me.Organiser.ID, box.Seal(totpPurpose(me.Organiser.ID), []byte(secret.Reveal())), step); err != nil {
			return err
		}
		return b.alone(tx, me, &t)
	})
	return t, err
}

// Recode makes new recovery codes; the old ones open nothing.
func (b *Book) Recode(ctx context.Context, s Session) (codes []seal.Private[string], err error) {
	codes = newCodes()
	return codes, b.act(ctx, s, Own, "recovery", func(tx *db.Tx, me Session) error { return putCodes(tx, me.Organiser.ID, codes) })
}

// Ways are how somebody can sign in.
type Ways struct {
	Recoveries int // codes that are left
	Passkeys   []Passkey
}

// Passkey is a way to sign in that lies in a device.
type Passkey struct {
	ID    string
	Label seal.Private[string] // as its owner calls it
	Made  string               // the day
}

// Ways are one's own.
func (b *Book) Ways(ctx context.Context, s Session) (w Ways, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return w, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		w = Ways{}
		if _, err := tx.One(countRecoverySQL, s.Organiser.ID).Scan(&w.Recoveries); err != nil {
			return err
		}
		rows, err := selectPasskeyRows(tx, s.Organiser.ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			label, err := r.label(box)
			if err != nil {
				return err
			}
			w.Passkeys = append(w.Passkeys, Passkey{ID: idOf(r.hash), Label: label, Made: r.made})
		}
		return nil
	})
	return w, fault.In("organiser", err)
}
