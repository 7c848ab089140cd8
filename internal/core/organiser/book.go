package organiser

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
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
	// Hardness of passwords; [seal.Hard] if zero.
	Hardness seal.Hardness
	// Known are the slugs of all cases that there are, whoever holds them; nil: none.
	Known func(ctx context.Context) ([]string, error)
	// There tells whether there is a case of a slug, whoever holds it; nil: of each.
	There func(ctx context.Context, slug string) (bool, error)
	// Recipients are the public halves of the keys to which days of a trail that are old are sealed, by the slug of the case whose key each is: every committee has those of
	// its own cases. nil: none. A key that nobody has shown to open is none.
	Recipients func(tx *db.Tx) (map[string]string, error)
}

// Book keeps committees and their people. Safe for any goroutine.
type Book struct {
	Config
	tries  tries
	hasher hasher
	decoy  string // a password's hash that nobody has

	mu  sync.Mutex
	box *seal.Box // mu; nil until it was read
}

// NewBook makes a Book.
func NewBook(c Config) *Book {
	if c.Hardness == (seal.Hardness{}) {
		c.Hardness = seal.Hard
	}
	return &Book{Config: c, hasher: newHasher()}
}

// Home is the first committee's name.
const Home = "home"

// Committee is who shares a desk.
type Committee struct {
	ID   string
	Name string // lower-case letters, digits and hyphens
	Made string // the day

	Locked bool // everybody is out but leads abroad; see [Book.Lock]
}

// Organiser is a person of a committee.
type Organiser struct {
	ID        string
	Committee Committee
	Name      seal.Private[string] // the pseudonym
	Role      Role
	Place     Place
	Made      string // the day
}

const boxPurpose = "desk"

const (
	invitationHours = 72
	invitationsMost = 50 // of a committee, at the same time
	idSize          = 8  // bytes
)

var (
	errNobody     = fault.New(fault.NotFound, "fault.desk.nobody") // no session
	errInvitation = fault.New(fault.Gone, "fault.desk.invitation")
	errNone       = fault.New(fault.NotFound, "fault.not_found")
	errLastLead   = fault.New(fault.Conflict, "fault.desk.last_lead")
	errMany       = fault.New(fault.TooMany, "fault.desk.crowded")
	errCommittee  = fault.New(fault.Invalid, "fault.desk.committee")
	errInputRole  = fault.New(fault.Invalid, "fault.desk.input_role").At("role")
	errInputPlace = fault.New(fault.Invalid, "fault.desk.input_place").At("place")
)

var committeeForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// IsNobody tells whether an error says that there is no session, or none any more.
func IsNobody(err error) bool { return fault.Of(err) == errNobody }

// key is the desk's key, made when it is first wanted; seal.ErrLocked while the server is locked.
func (b *Book) key(ctx context.Context) (seal.Box, error) {
	if b.Unlock.Locked() {
		return seal.Box{}, seal.ErrLocked
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.box != nil {
		return *b.box, nil
	}
	var box seal.Box
	found := false
	err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
		box, found, err = keyOf(tx, b.Unlock)
		return err
	})
	if err == nil && !found {
		err = b.DB.Update(ctx, func(tx *db.Tx) (err error) {
			if _, err = tx.Exec(insertKeySQL, b.Unlock.WrapBox(boxPurpose, seal.NewBox())); err != nil {
				return err
			}
			box, _, err = keyOf(tx, b.Unlock)
			return err
		})
	}
	if err != nil {
		return box, fault.In("organiser", err)
	}
	b.box = &box
	return box, nil
}

// update runs fn in a transaction, one after the other on all nodes. A refusal that fn returns is an answer and no failure: fn has written nothing by then.
func (b *Book) update(ctx context.Context, fn func(tx *db.Tx) error) error {
	var refused error
	err := b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		refused = nil
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		err := fn(tx)
		if f := fault.Of(err); f != nil && f.Kind != fault.Internal && f.Kind != fault.Busy {
			refused = err
			return nil
		}
		return err
	})
	if err == nil {
		return refused
	}
	return fault.In("organiser", err)
}

// Token is the secret of a link or a cookie: 32 random bytes that are not kept.
type Token struct{ b seal.Private[[]byte] }

const tokenSize = 32 // bytes

func newToken() Token {
	b := make([]byte, tokenSize)
	rand.Read(b)
	return Token{seal.Hide(b)}
}

// ParseToken reads it from an address or a cookie.
func ParseToken(text string) (Token, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return Token{seal.Hide(b)}, err == nil && len(b) == tokenSize && base64.RawURLEncoding.EncodeToString(b) == text
}

// Text is how it stands in an address or a cookie; empty for no token.
func (t Token) Text() string { return base64.RawURLEncoding.EncodeToString(t.b.Reveal()) }

// hash is what is kept of it, for one use.
func (t Token) hash(use string) []byte {
	sum := sha256.Sum256(append([]byte("outcry desk "+use+"\n"), t.b.Reveal()...))
	return sum[:]
}

func newID() string {
	b := make([]byte, idSize)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// idOf names a row to people by a part of its hash; it opens nothing.
func idOf(hash []byte) string { return hex.EncodeToString(hash[:idSize]) }

func (b *Book) day() string { return b.Now().UTC().Format(time.DateOnly) }

// Invitation is what is kept of a link by which somebody joins.
type Invitation struct {
	ID        string
	Committee Committee
	Role      Role
	Until     time.Time // the hour in which it ends
}

// JoinPath is where invitations lead.
const JoinPath = "/desk/join/"

// InviteByServer makes a link for a role, for whoever may run commands on the server: that is how the first lead comes, and how a committee that has lost its leads
// is helped. The committee is made if begin says so; one that is not there otherwise, or a name that is no name, is a fault of kind Invalid.
func (b *Book) InviteByServer(ctx context.Context, committee string, r Role, begin bool) (t Token, i Invitation, err error) {
	if err := knownRole(r); err != nil {
		return t, i, err
	}
	if !committeeForm.MatchString(committee) {
		return t, i, errCommittee
	}
	t = newToken()
	err = b.update(ctx, func(tx *db.Tx) error {
		c, found, err := selectCommittee(tx, committee)
		switch {
		case err != nil:
			return err
		case !found && !begin && committee != Home:
			return errCommittee
		case !found:
			c = Committee{ID: newID(), Name: committee, Made: b.day()}
			if _, err := tx.Exec(insertCommitteeSQL, c.ID, c.Name, c.Made); err != nil {
				return err
			}
		}
		i, err = b.invite(tx, t, c, r)
		if err != nil {
			return err
		}
		return note(tx, c.ID, b.Now(), "server", Invite, string(r))
	})
	return t, i, err
}

// CheckInvite is InviteByServer that makes nothing.
func (b *Book) CheckInvite(ctx context.Context, committee string, r Role, begin bool) error {
	if err := knownRole(r); err != nil {
		return err
	}
	if !committeeForm.MatchString(committee) {
		return errCommittee
	}
	return b.DB.View(ctx, func(tx *db.Tx) error {
		_, found, err := selectCommittee(tx, committee)
		if err == nil && !found && !begin && committee != Home {
			err = errCommittee
		}
		return err
	})
}

func knownRole(r Role) error {
	if may[r] == nil && r != Lead {
		return errInputRole
	}
	return nil
}

func (b *Book) invite(tx *db.Tx, t Token, c Committee, r Role) (i Invitation, err error) {
	until := hours(b.Now()) + invitationHours
	i = Invitation{ID: idOf(t.hash("invitation")), Committee: c, Role: r, Until: atHour(until)}
	_, err = tx.Exec(insertInvitationSQL, t.hash("invitation"), c.ID, string(r), until)
	return i, err
}

// Invite makes a link for a role in one's own committee, which is told once.
func (b *Book) Invite(ctx context.Context, s Session, r Role) (t Token, i Invitation, err error) {
	if err := knownRole(r); err != nil {
		return t, i, err
	}
	t = newToken()
	err = b.act(ctx, s, Invite, string(r), func(tx *db.Tx, me Session) error {
		open, err := invitations(tx, me.Committee)
		if err == nil && len(open) >= invitationsMost {
			err = errMany
		}
		if err != nil {
			return err
		}
		i, err = b.invite(tx, t, me.Committee, r)
		return err
	})
	return t, i, err
}

// TakeBack ends an invitation of one's own committee by its id; errNone if there is none.
func (b *Book) TakeBack(ctx context.Context, s Session, id string) error {
	return b.act(ctx, s, Invite, "taken_back", func(tx *db.Tx, me Session) error {
		open, err := invitations(tx, me.Committee)
		if err != nil {
			return err
		}
		for hash, i := range open {
			if i.ID == id {
				_, err := tx.Exec(deleteInvitationSQL, []byte(hash))
				return err
			}
		}
		return errNone
	})
}

// invitations are those of a committee, by their hashes.
func invitations(tx *db.Tx, c Committee) (map[string]Invitation, error) {
	open := map[string]Invitation{}
	err := tx.Each(eachInvitationSQL, []any{c.ID}, func(scan func(...any) error) error {
		var hash []byte
		var until int64
		i := Invitation{Committee: c}
		if err := scan(&hash, &i.Role, &until); err != nil {
			return err
		}
		i.ID, i.Until = idOf(hash), atHour(until)
		open[string(hash)] = i
		return nil
	})
	return open, err
}

// Invited is what a link invites to; a fault of kind Gone for one that is none, was used, taken back, or has ended.
func (b *Book) Invited(ctx context.Context, t Token) (i Invitation, err error) {
	if _, err := b.key(ctx); err != nil {
		return i, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		i, err = b.invited(tx, t)
		return err
	})
	return i, err
}

func (b *Book) invited(tx *db.Tx, t Token) (i Invitation, err error) {
	var until int64
	hash := t.hash("invitation")
	found, err := tx.One(selectInvitationSQL, hash).Scan(&i.Committee.ID, &i.Committee.Name, &i.Role, &until)
	switch {
	case err != nil:
		return i, fault.In("organiser", err)
	case !found || hours(b.Now()) >= until:
		return i, errInvitation
	}
	i.ID, i.Until = idOf(hash), atHour(until)
	return i, nil
}

// Desk is a committee as its people see it.
type Desk struct {
	People      []Organiser
	Invitations []Invitation
}

// People are those of one's own committee, and who is invited.
func (b *Book) People(ctx context.Context, s Session) (d Desk, err error) {
	if !May(s.Role, Look) {
		return d, errRole
	}
	box, err := b.key(ctx)
	if err != nil {
		return d, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		d = Desk{}
		list, err := selectPeople(tx, s.Committee.ID)
		if err != nil {
			return err
		}
		for _, p := range list {
			if err := p.open(box); err != nil {
				return err
			}
			d.People = append(d.People, p.Organiser)
		}
		open, err := invitations(tx, s.Committee)
		for _, i := range open {
			if i.Until.After(b.Now()) {
				d.Invitations = append(d.Invitations, i)
			}
		}
		return err
	})
	sortDesk(&d)
	return d, fault.In("organiser", err)
}

// open opens the pseudonym of a row.
func (p *person) open(box seal.Box) error {
	padded, err := box.Open(namePurpose(p.ID), p.name)
	if err != nil {
		return err
	}
	name, err := seal.Unpadded(padded)
	p.Name = seal.Hide(string(name))
	return err
}

func namePurpose(id string) string { return "organiser name " + id }

// Change gives somebody of one's own committee another role, or another place. The last lead stays one. What they have proposed and may not do any more goes, and that
// another place was said stands in the trail by itself: see [settleDays].
func (b *Book) Change(ctx context.Context, s Session, id string, r Role, p Place) error {
	if err := knownRole(r); err != nil {
		return err
	}
	if p != Inside && p != Abroad {
		return errInputPlace
	}
	return b.act(ctx, s, People, string(r), func(tx *db.Tx, me Session) error {
		if err := keepsLead(tx, me.Committee, id, r); err != nil {
			return err
		}
		was, _, err := selectPerson(tx, id)
		if err != nil {
			return err
		}
		if was.Place != p {
			if err := note(tx, me.Committee.ID, b.Now(), me.Role, People, string(p)); err != nil {
				return err
			}
		}
		if err := dropUnfit(tx, me.Committee, id, r); err != nil {
			return err
		}
		_, err = tx.Exec(updateRoleSQL, id, string(r), string(p))
		return err
	})
}

// dropUnfit ends those proposals of somebody that a role may not make.
func dropUnfit(tx *db.Tx, c Committee, id string, r Role) error {
	var list []Proposal
	err := tx.Each(eachProposalSQL, []any{c.ID}, func(scan func(...any) error) error {
		p, err := scanProposal(scan)
		list = append(list, p)
		return err
	})
	for i := 0; i < len(list) && err == nil; i++ {
		if p := list[i]; p.organiser == id && !May(r, p.Act) {
			_, err = tx.Exec(deleteProposalSQL, p.ID)
		}
	}
	return err
}

// endedObject is what the trail says of somebody whose place was ended.
const endedObject = "ended"

// End ends somebody's place in one's own committee, with every session, passkey and proposal; nothing is kept of them. The last lead can't be ended.
func (b *Book) End(ctx context.Context, s Session, id string) error {
	return b.act(ctx, s, People, endedObject, func(tx *db.Tx, me Session) error {
		if err := keepsLead(tx, me.Committee, id, ""); err != nil {
			return err
		}
		return forget(tx, id)
	})
}

// SignOutAll ends every session of somebody of one's own committee.
func (b *Book) SignOutAll(ctx context.Context, s Session, id string) error {
	return b.act(ctx, s, People, "signed_out", func(tx *db.Tx, me Session) error {
		p, found, err := selectPerson(tx, id)
		if err != nil || !found || p.Committee.ID != me.Committee.ID {
			return orNone(err)
		}
		_, err = tx.Exec(deleteSessionsSQL, id)
		return err
	})
}

func orNone(err error) error {
	if err == nil {
		return errNone
	}
	return err
}

// keepsLead refuses whoever is not of the committee, and what would leave it without a lead.
func keepsLead(tx *db.Tx, c Committee, id string, r Role) error {
	list, err := selectPeople(tx, c.ID)
	if err != nil {
		return err
	}
	here, leads := false, 0
	for _, p := range list {
		role := p.Role
		if p.ID == id {
			here, role = true, r
		}
		if role == Lead {
			leads++
		}
	}
	switch {
	case !here:
		return errNone
	case leads == 0:
		return errLastLead
	}
	return nil
}

// Committees are all that there are, with the number of their people and of their invitations. Only who may run commands on the server calls it.
func (b *Book) Committees(ctx context.Context) (list []Counted, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		all, err := selectCommittees(tx)
		if err != nil {
			return err
		}
		for _, c := range all {
			people, err := selectPeople(tx, c.ID)
			if err != nil {
				return err
			}
			open, err := invitations(tx, c)
			if err != nil {
				return err
			}
			n := Counted{Committee: c, Roles: map[Role]int{}}
			for _, p := range people {
				n.Roles[p.Role]++
			}
			for _, i := range open {
				if i.Until.After(b.Now()) {
					n.Invitations++
				}
			}
			list = append(list, n)
		}
		return nil
	})
	sortCounted(list)
	return list, fault.In("organiser", err)
}

// Counted is a committee from outside: how many hold which role.
type Counted struct {
	Committee
	Roles       map[Role]int
	Invitations int
}

// Several tells whether the installation has more than one committee, so that who signs in is asked for theirs.
func (b *Book) Several(ctx context.Context) (several bool, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		all, err := selectCommittees(tx)
		several = len(all) > 1
		return err
	})
	return several, fault.In("organiser", err)
}
