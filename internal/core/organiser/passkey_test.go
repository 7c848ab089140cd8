package organiser

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
)

const (
	keyHost = "letters.example.org"
	keySite = "https://" + keyHost
)

// device is a passkey in software: ES256, without attestation. It proves its owner's presence whenever it is asked, and counts nothing, as those that several devices share.
type device struct {
	t        testing.TB
	key      *ecdsa.PrivateKey
	id, user []byte
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// client is what a browser says of a question: its challenge, and where it was asked.
func (d *device) client(kind string, c Ceremony) []byte {
	d.t.Helper()
	var options struct {
		Challenge string
		User      struct{ ID string }
	}
	must(d.t, json.Unmarshal(c.Options, &options))
	if options.User.ID != "" {
		id, err := base64.RawURLEncoding.DecodeString(options.User.ID)
		must(d.t, err)
		d.user = id
	}
	out, err := json.Marshal(map[string]any{"type": kind, "challenge": options.Challenge, "origin": keySite, "crossOrigin": false})
	must(d.t, err)
	return out
}

func (d *device) data(flags byte) []byte {
	site := sha256.Sum256([]byte(keyHost))
	return binary.BigEndian.AppendUint32(append(site[:], flags), 0)
}

// makes answers a question for a new passkey.
func (d *device) makes(c Ceremony) string {
	d.t.Helper()
	var err error
	d.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(d.t, err)
	d.id = make([]byte, 16)
	rand.Read(d.id)
	client := d.client("webauthn.create", c)
	point, err := d.key.PublicKey.Bytes() // 04, x, y
	must(d.t, err)
	data := append(d.data(0x45), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...)
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20) // COSE: EC2, ES256, P-256, x of 32 bytes
	data = append(append(append(data, point[1:33]...), 0x22, 0x58, 0x20), point[33:]...)
	object := append([]byte{0xa3, 0x63}, "fmt"...) // CBOR: three pairs
	object = append(append(object, 0x64), "none"...)
	object = append(append(append(object, 0x67), "attStmt"...), 0xa0, 0x68)
	object = append(append(object, "authData"...), 0x59, byte(len(data)>>8), byte(len(data)))
	return d.says(map[string]string{"clientDataJSON": b64(client), "attestationObject": b64(append(object, data...))})
}

// answers proves the passkey to a question.
func (d *device) answers(c Ceremony) string {
	d.t.Helper()
	client, data := d.client("webauthn.get", c), d.data(0x05)
	said := sha256.Sum256(client)
	digest := sha256.Sum256(append(data, said[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	must(d.t, err)
	return d.says(map[string]string{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(d.user)})
}

func (d *device) says(response map[string]string) string {
	out, err := json.Marshal(map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response})
	must(d.t, err)
	return string(out)
}

// carries gives somebody a passkey.
func (h *house) carries(p *Passkeys, name string) *device {
	h.t.Helper()
	d := &device{t: h.t}
	s := h.fresh(name)
	c, err := p.New(h.t.Context(), s, keyHost)
	must(h.t, err)
	answer := d.makes(c)
	must(h.t, p.Add(h.t.Context(), s, keyHost, c.Sealed, answer, seal.Hide("pocket")))
	if err := p.Add(h.t.Context(), s, keyHost, c.Sealed, answer, seal.Hide("again")); err == nil {
		h.t.Error("one question for a passkey is answered twice")
	}
	return d
}

// A right answer opens once, on however many nodes, and leaves a note that outlives its question; a question belongs to its host, its minutes and who was asked.
func TestPasskeyAnswersOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joins(Home, "Rowan", Lead)
		p := NewPasskeys(h.Book, keySite, "https://other.example.org")
		other := NewPasskeys(NewBook(h.Config), keySite) // another node of the same installation
		dev := h.carries(p, "Rowan")
		enter := func(p *Passkeys, host string, c Ceremony, answer string) error {
			_, err := p.SignIn(ctx, host, c.Sealed, answer, Token{}, Phone, "en")
			return err
		}
		ask := func() Ceremony {
			t.Helper()
			c, err := p.Ask(ctx, keyHost)
			must(t, err)
			return c
		}

		c := ask()
		answer := dev.answers(c)
		must(t, enter(other, keyHost, c, answer))
		for _, at := range []time.Duration{0, 5 * time.Minute, 6 * time.Minute, time.Hour} {
			h.now = h.now.Add(at)
			must(t, h.Sweep(ctx))
			refused(t, "the same answer after "+at.String(), enter(p, keyHost, c, answer), "fault.desk.passkey")
			refused(t, "on another node", enter(other, keyHost, c, answer), "fault.desk.passkey")
			behind := h.Config
			now := h.now
			behind.Now = func() time.Time { return now.Add(-8 * time.Minute) }
			refused(t, "where the clock is behind", enter(NewPasskeys(NewBook(behind), keySite), keyHost, c, answer), "fault.desk.passkey")
		}
		if n := h.rows(`SELECT COUNT(*) FROM organiser_ceremony`); n != 0 {
			t.Errorf("%d notes outlive what they are of", n)
		}

		c = ask()
		refused(t, "another host's question", enter(p, "other.example.org", c, dev.answers(c)), "fault.desk.passkey")
		next := ask()
		refused(t, "the answer to another question", enter(p, keyHost, next, dev.answers(c)), "fault.desk.passkey")
		refused(t, "no question of ours", enter(p, keyHost, Ceremony{Sealed: c.Sealed[:len(c.Sealed)-4] + "AAAA"}, dev.answers(c)), "fault.desk.passkey")
		refused(t, "no question at all", enter(p, keyHost, Ceremony{}, dev.answers(c)), "fault.desk.passkey")
		fresh, err := p.New(ctx, h.fresh("Rowan"), keyHost)
		must(t, err)
		refused(t, "a question for a new passkey", enter(p, keyHost, fresh, dev.answers(fresh)), "fault.desk.passkey")
		answer = dev.answers(c)
		h.now = h.now.Add(4 * time.Minute)
		must(t, enter(p, keyHost, c, answer)) // wrong ones have not used it up
		answer = dev.answers(next)
		h.now = h.now.Add(3 * time.Minute)
		refused(t, "too late", enter(p, keyHost, next, answer), "fault.desk.passkey")

		if _, err := p.Prove(ctx, h.at(h.held["Rowan"]), keyHost, c.Sealed, answer); err == nil {
			t.Error("an answer that opened a session is a proof, too")
		}
		c = ask()
		renewed, err := p.Prove(ctx, h.at(h.held["Rowan"]), keyHost, c.Sealed, dev.answers(c))
		must(t, err)
		if !h.at(renewed).Fresh {
			t.Error("a proof that is none")
		}
	})
}

// Whoever asks and never answers, or answers wrongly, takes nothing from anybody.
func TestPasskeyQuestionsAreNotKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joins(Home, "Rowan", Lead)
		p := NewPasskeys(h.Book, keySite)
		dev, stranger := h.carries(p, "Rowan"), &device{t: t}
		begun := h.rows(`SELECT COUNT(*) FROM organiser_ceremony`)
		c, err := p.New(ctx, h.fresh("Rowan"), keyHost)
		must(t, err)
		stranger.makes(c)
		for range 2000 {
			c, err := p.Ask(ctx, keyHost)
			must(t, err)
			if len(c.Sealed) > askedMost {
				t.Fatalf("%d characters", len(c.Sealed))
			}
			if _, err := p.SignIn(ctx, keyHost, c.Sealed, stranger.answers(c), Token{}, Phone, "en"); err == nil {
				t.Fatal("a stranger's passkey opens the desk")
			}
		}
		if n := h.rows(`SELECT COUNT(*) FROM organiser_ceremony`); n != begun {
			t.Errorf("%d rows, not %d, of what nobody answered", n, begun)
		}
		c, err = p.Ask(ctx, keyHost)
		must(t, err)
		_, err = p.SignIn(ctx, keyHost, c.Sealed, dev.answers(c), Token{}, Phone, "en")
		must(t, err)
	})
}

// rows is the number that a query of the test counts.
func (h *house) rows(query string) (n int) {
	h.t.Helper()
	must(h.t, h.DB.View(h.t.Context(), func(tx *db.Tx) error {
		_, err := tx.One(query).Scan(&n)
		return err
	}))
	return n
}
