package organiser

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

const (
	passkeysMost = 10
	ceremonyTime = 5 * time.Minute
	clocksDiffer = 10  // minutes by which those of two nodes may
	labelMost    = 40  // characters
	labelBytes   = 240 // padded to, sealed
)

var (
	errPasskey    = fault.New(fault.Refused, "fault.desk.passkey")
	errNoPasskeys = fault.New(fault.NotFound, "fault.desk.passkey_site")
	errInputLabel = fault.New(fault.Invalid, "fault.desk.input_label").At("label")
)

// Passkeys are how passkeys open a desk: under each of its addresses for itself. Safe for any goroutine.
type Passkeys struct {
	*Book
	rp map[string]*webauthn.WebAuthn // by the host, as a request names it
}

// NewPasskeys makes Passkeys for the addresses under which the desk is reached. Under an IP address there are none.
func NewPasskeys(b *Book, sites ...string) *Passkeys {
	p := &Passkeys{Book: b, rp: map[string]*webauthn.WebAuthn{}}
	for _, site := range sites {
		u, err := url.Parse(site)
		if err != nil || u.Host == "" {
			continue
		}
		if w, err := relyingParty(u); err == nil {
			p.rp[u.Host] = w
		}
	}
	return p
}

// relyingParty is the desk under one address. A passkey has to prove its owner's presence by itself, by a finger or a PIN: it stands for password and authenticator.
func relyingParty(site *url.URL) (*webauthn.WebAuthn, error) {
	required := true
	return webauthn.New(&webauthn.Config{
		RPID: site.Hostname(), RPDisplayName: site.Hostname(), RPOrigins: []string{site.Scheme + "://" + site.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &required, UserVerification: protocol.VerificationRequired,
		},
	})
}

// At tells whether passkeys work at a host, as a request names it.
func (b *Passkeys) At(host string) bool { return b.rp[host] != nil }

// holder is an organiser as the library knows one.
type holder struct {
	person
	keys []kept
}

func (h holder) WebAuthnID() []byte          { return []byte(h.ID) }
func (h holder) WebAuthnName() string        { return h.Name.Reveal() }
func (h holder) WebAuthnDisplayName() string { return h.Name.Reveal() }
func (h holder) WebAuthnCredentials() (list []webauthn.Credential) {
	for _, k := range h.keys {
		list = append(list, k.credential)
	}
	return list
}

// kept is a passkey's row.
type kept struct {
	hash       []byte
	credential webauthn.Credential
}

func credentialHash(id []byte) []byte {
	sum := sha256.Sum256(append([]byte("outcry desk passkey\n"), id...))
	return sum[:]
}

func recordPurpose(hash []byte) string { return "passkey record " + idOf(hash) }

// opened reads a row.
func (r passkeyRow) opened(box seal.Box) (k kept, err error) {
	plain, err := box.Open(recordPurpose(r.hash), r.record)
	if err != nil {
		return k, err
	}
	k.hash = r.hash
	if err := json.Unmarshal(plain, &k.credential); err != nil {
		return k, errors.New("organiser: a passkey can't be read")
	}
	return k, nil
}

// Ceremony is what a page asks a passkey: the options for the browser, and the question itself, sealed, which comes back with the answer. Nothing is kept of what was
// asked: whoever asks a thousand times takes nobody's place.
type Ceremony struct {
	Options json.RawMessage
	Sealed  string
}

// asked is what was asked, as the page carries it.
type asked struct {
	Host      string
	Organiser string // who adds a passkey; empty where somebody signs in
	Until     int64  // the minute in which it can't be answered any more
	Data      webauthn.SessionData
}

const (
	askedPurpose = "passkey asked"
	askedMost    = 8 << 10 // characters, sealed
)

func (b *Passkeys) begin(box seal.Box, a asked, options any) (c Ceremony, err error) {
	if c.Options, err = json.Marshal(options); err != nil {
		return c, fault.In("organiser", err)
	}
	a.Until = minutes(b.Now().Add(ceremonyTime)) + 1
	plain, err := json.Marshal(a)
	if err != nil {
		return c, fault.In("organiser", err)
	}
	c.Sealed = base64.RawURLEncoding.EncodeToString(box.Seal(askedPurpose, plain))
	return c, nil
}

// question opens what a page has brought back, if it was asked at this host, for this organiser, some minutes ago at the most.
func (b *Passkeys) question(box seal.Box, text, host, organiser string) (a asked, err error) {
	if len(text) > askedMost {
		return a, errPasskey
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return a, errPasskey
	}
	plain, err := box.Open(askedPurpose, sealed)
	if err != nil || json.Unmarshal(plain, &a) != nil || a.Host != host || a.Organiser != organiser || minutes(b.Now()) >= a.Until {
		return asked{}, errPasskey
	}
	return a, nil
}

// spend notes, in the transaction that gives something for it, that a question was answered: each is answered once, on however many nodes. The note outlives the question
// by more than clocks differ. Only an answer that was right leaves one, so that nobody else fills the table.
func (a asked) spend(tx *db.Tx) error {
	hash := sha256.Sum256([]byte("outcry desk asked\n" + a.Data.Challenge))
	n, err := tx.Exec(insertAnsweredSQL, hash[:], []byte{}, a.Until+clocksDiffer)
	if err == nil && n == 0 {
		err = errPasskey
	}
	return err
}

// New asks a device of one's own for a passkey, at a host.
func (b *Passkeys) New(ctx context.Context, s Session, host string) (c Ceremony, err error) {
	w := b.rp[host]
	if w == nil {
		return c, errNoPasskeys
	}
	if !s.Fresh {
		return c, errProve
	}
	box, err := b.key(ctx)
	if err != nil {
		return c, err
	}
	h, err := b.holder(ctx, box, s.Organiser.ID)
	if err != nil {
		return c, err
	}
	if len(h.keys) >= passkeysMost {
		return c, errMany
	}
	options, data, err := w.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return c, fault.In("organiser", err)
	}
	return b.begin(box, asked{Host: host, Organiser: s.Organiser.ID, Data: *data}, options.Response)
}

func (b *Passkeys) holder(ctx context.Context, box seal.Box, id string) (h holder, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		h = holder{}
		found := false
		if h.person, found, err = selectPerson(tx, id); err != nil || !found {
			return orNone(err)
		}
		if err := h.open(box); err != nil {
			return err
		}
		rows, err := selectPasskeyRows(tx, id)
		for _, r := range rows {
			k, err := r.opened(box)
			if err != nil {
				return err
			}
			h.keys = append(h.keys, k)
		}
		return err
	})
	return h, err
}

// Add keeps what a device has answered to New, under a name that its owner gives it.
func (b *Passkeys) Add(ctx context.Context, s Session, host, sealed, answer string, label seal.Private[string]) error {
	box, err := b.key(ctx)
	if err != nil {
		return err
	}
	w := b.rp[host]
	if w == nil {
		return errNoPasskeys
	}
	name := strings.Join(strings.Fields(label.Reveal()), " ")
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > labelMost || strings.ContainsFunc(name, lang.Unseen) {
		return errInputLabel
	}
	a, err := b.question(box, sealed, host, s.Organiser.ID)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return errPasskey
	}
	h, err := b.holder(ctx, box, s.Organiser.ID)
	if err != nil {
		return err
	}
	made, err := w.CreateCredential(h, a.Data, parsed)
	if err != nil {
		return errPasskey
	}
	hash := credentialHash(made.ID)
	record, err := b.record(box, hash, made)
	if err != nil {
		return err
	}
	return b.act(ctx, s, Own, "passkey", func(tx *db.Tx, me Session) error {
		if err := a.spend(tx); err != nil {
			return err
		}
		_, err := tx.Exec(insertPasskeySQL, hash, me.Organiser.ID, box.Seal(labelPurpose(hash), seal.Padded([]byte(name), labelBytes)), record, b.day())
		return err
	})
}

// record is what is kept of a credential: what checks an answer, and nothing of how it was made.
func (b *Passkeys) record(box seal.Box, hash []byte, c *webauthn.Credential) ([]byte, error) {
	c.Attestation = webauthn.CredentialAttestation{}
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, fault.In("organiser", err)
	}
	return box.Seal(recordPurpose(hash), plain), nil
}

// Drop forgets one of one's own passkeys by its id.
func (b *Passkeys) Drop(ctx context.Context, s Session, id string) error {
	return b.act(ctx, s, Own, "passkey", func(tx *db.Tx, me Session) error {
		rows, err := selectPasskeyRows(tx, me.Organiser.ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if idOf(r.hash) == id {
				_, err := tx.Exec(deletePasskeySQL, r.hash, me.Organiser.ID)
				return err
			}
		}
		return errNone
	})
}

// Ask asks whoever is there for a passkey of this host. It says nothing of who has one.
func (b *Passkeys) Ask(ctx context.Context, host string) (c Ceremony, err error) {
	w := b.rp[host]
	if w == nil {
		return c, errNoPasskeys
	}
	box, err := b.key(ctx)
	if err != nil {
		return c, err
	}
	options, data, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return c, fault.In("organiser", err)
	}
	return b.begin(box, asked{Host: host, Data: *data}, options.Response)
}

// answered finds whose passkey has answered, and how to note it in the transaction that gives something for it.
func (b *Passkeys) answered(ctx context.Context, host, sealed, answer string) (id string, spend func(*db.Tx) error, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return "", nil, err
	}
	w := b.rp[host]
	if w == nil {
		return "", nil, errNoPasskeys
	}
	a, err := b.question(box, sealed, host, "")
	if err != nil {
		return "", nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return "", nil, errPasskey
	}
	var broken error
	_, used, err := w.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		h, err := b.holder(ctx, box, string(handle))
		if fault.Of(err) == nil {
			broken = err
		}
		id = h.ID
		return h, err
	}, a.Data, parsed)
	switch {
	case broken != nil:
		return "", nil, fault.In("organiser", broken)
	case err != nil || used.Authenticator.CloneWarning:
		return "", nil, errPasskey
	}
	hash := credentialHash(used.ID)
	record, err := b.record(box, hash, used)
	if err != nil {
		return "", nil, err
	}
	return id, func(tx *db.Tx) error {
		if err := a.spend(tx); err != nil {
			return err
		}
		n, err := tx.Exec(updatePasskeySQL, hash, record)
		if err == nil && n == 0 { // it was dropped a moment ago
			err = errPasskey
		}
		return err
	}, nil
}

// SignIn opens a session for whoever's passkey has answered Ask. was is the session that the same browser had, which ends.
func (b *Passkeys) SignIn(ctx context.Context, host, sealed, answer string, was Token, device Device, tongue lang.Tag) (t Token, err error) {
	id, spend, err := b.answered(ctx, host, sealed, answer)
	if err != nil {
		return t, err
	}
	return b.enter(ctx, id, was, device, tongue, "passkey", spend)
}

// Prove renews a session as [Book.Prove] does, by a passkey of the same person.
func (b *Passkeys) Prove(ctx context.Context, s Session, host, sealed, answer string) (t Token, err error) {
	id, spend, err := b.answered(ctx, host, sealed, answer)
	if err != nil {
		return t, err
	}
	if id != s.Organiser.ID {
		return t, errPasskey
	}
	return b.renew(ctx, s, "passkey", spend)
}
