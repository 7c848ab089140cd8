package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/durable"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/site"
	"outcry/locales"
	"outcry/receipt"
)

// Settings are what stands in outcry.yaml in the data folder; flags win over them. Unknown keys are errors.
type Settings struct {
	URL      string   `yaml:"url"`      // public URL of the site; its log is named after it, for life
	MailURL  string   `yaml:"mail_url"` // what mailed links begin with: a neutral host of the same server; the public URL if empty
	From     string   `yaml:"from"`     // sender of our mails
	SMTP     string   `yaml:"smtp"`     // smtp://[user:password@]host[:port]
	Database string   `yaml:"database"` // postgres://…; SQLite in the data folder if empty
	Language lang.Tag `yaml:"language"` // for readers whose language we don't speak
	Embed    []string `yaml:"embed"`    // origins of the sites that may show our counts in a frame; none if empty
	Shares   string   `yaml:"shares"`   // folder of the letters' shares; beside the secret file if empty
	Metrics  string   `yaml:"metrics"`  // address and port where a monitor reads how the machine does; nowhere if empty

	Witnesses []WitnessSetting `yaml:"witnesses"` // who co-sign the log; nobody if empty
	Quorum    int              `yaml:"quorum"`    // how many of them have to, before a checkpoint is theirs too

	Designated string `yaml:"designated"` // CSV of designated organisations, whose links are pointed out; none if empty

	Rehearsal string `yaml:"rehearsal"` // the token of a dress rehearsal that is let in for now; none if empty
}

const (
	settingsName = "outcry.yaml"
	databaseName = "outcry.db"
	demoName     = "demo"
	logName      = "log.key" // the verifier key of the log that this folder belongs to

	nobody = "no-reply@localhost.localdomain" // the sender where the site has no name of its own
)

// Config is what an installation is opened with.
type Config struct {
	Data       string // folder
	SecretFile string
	Credential bool   // SecretFile is one that systemd handed over: its folder can't be written, so Shares is needed
	Locked     bool   // the secret comes later, by outcry unlock; what needs no key is served until then
	Settings          // as given by flags; what is empty is taken from the folder's outcry.yaml
	Listen     string // only to make a URL where none is set
	Demo       bool
	Look       bool           // change nothing, nor make what is missing; for dry runs and doctor
	Mail       mail.Transport // instead of SMTP; the demo's and tests'
	Budgets    *letter.Budgets
	Now        func() time.Time
	Log        *slog.Logger
	Checked    func(what Checked, done, of int64) // told how far the check of log and rows has come, at a server's start; nil: nobody
}

// Checked is what a start counts while it checks: first the log's entries, then the signatures that are held against them.
type Checked string

const (
	CheckedEntries    Checked = "entries"
	CheckedSignatures Checked = "signatures"
)

func (c Config) checked(what Checked) func(done, of int64) {
	if c.Checked == nil {
		return nil
	}
	return func(done, of int64) { c.Checked(what, done, of) }
}

// The sorts of refusal that a command tells apart by its exit code; errors.Is knows them.
var (
	ErrSetting = errors.New("a setting is wrong")
	ErrAbsent  = errors.New("something is not there")
	ErrInWay   = errors.New("something that is there is in the way")
)

// refusal is an error of one of these sorts, in words of its own.
type refusal struct {
	sort error
	say  string
}

func (r refusal) Error() string        { return r.say }
func (r refusal) Is(target error) bool { return target == r.sort }

func refuse(sort error, format string, args ...any) error {
	return refusal{sort, fmt.Sprintf(format, args...)}
}

// readSettings reads outcry.yaml; a folder without one has none. Its errors name the line and quote nothing: a line may hold a password.
func readSettings(data string) (s Settings, err error) {
	path := filepath.Join(data, settingsName)
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	switch err := yaml.UnmarshalWithOptions(b, &s, yaml.Strict()); {
	case errors.Is(err, io.EOF): // nothing but blanks and comments
		return s, nil
	case err != nil:
		return s, misread(path, err)
	}
	if s.Shares != "" && !filepath.IsAbs(s.Shares) {
		return s, refuse(ErrSetting, "%s: shares: write the whole path of the folder, from / on", path)
	}
	return s, s.check(func(key string) string { return path + ": " + key })
}

func misread(path string, err error) error {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil {
		return refuse(ErrSetting, "%s can't be read; write lines such as url: \"https://letters.example.org\"", path)
	}
	line := fmt.Sprintf("%s:%d", path, at.GetToken().Position.Line)
	if strings.Contains(at.GetMessage(), "already defined") {
		return refuse(ErrSetting, "%s: this setting stands twice; keep one", line)
	}
	switch e := at.(type) {
	case *yaml.UnknownFieldError:
		return refuse(ErrSetting, "%s: there is no setting %q; there are url, mail_url, from, smtp, database, language, embed, metrics, rehearsal, shares, designated, witnesses and quorum", line, at.GetToken().Value)
	case *yaml.TypeError, *yaml.UnexpectedNodeTypeError:
		if wrong, ok := e.(*yaml.UnexpectedNodeTypeError); ok && wrong.Expected == ast.SequenceType {
			return refuse(ErrSetting, "%s: a list is meant here; write it as [\"https://ally.example\", \"https://other.example\"], on one line", line)
		}
		return refuse(ErrSetting, "%s: a text is meant here; write it in quotes, on one line", line)
	}
	return refuse(ErrSetting, "%s: this can't be read; write a name, a colon, a blank and the value in quotes", line)
}

// check finds what can't be right, whatever the machine is like. named says how the author of a setting calls it.
func (s *Settings) check(named func(key string) string) error {
	wrong := func(key string, err error) error { return refuse(ErrSetting, "%s: %v", named(key), err) }
	for _, site := range []struct{ key, url string }{{"url", s.URL}, {"mail_url", s.MailURL}} {
		if _, err := receipt.Origin(site.url); err != nil && site.url != "" {
			return wrong(site.key, err)
		}
	}
	if s.SMTP != "" {
		if _, err := mail.New(mail.Config{URL: s.SMTP, From: nobody, Now: time.Now}); err != nil {
			return wrong("smtp", err)
		}
	}
	if s.From != "" {
		if _, err := mail.New(mail.Config{URL: "smtp://localhost", From: s.From, Now: time.Now}); err != nil {
			return wrong("from", err)
		}
	}
	if u, err := url.Parse(s.Database); err != nil || s.Database != "" && u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return wrong("database", errors.New("this is no address of PostgreSQL; it looks like postgres://user@host:5432/name"))
	}
	if s.Language != "" {
		words, err := lang.Load(locales.FS)
		if err != nil {
			return err
		}
		if tags := words.Tags(); !slices.Contains(tags, s.Language) {
			return wrong("language", fmt.Errorf("the site does not speak %q; it speaks %v", s.Language, tags))
		}
	}
	if _, _, err := net.SplitHostPort(s.Metrics); err != nil && s.Metrics != "" {
		return wrong("metrics", errors.New("this is no address with a port, such as 127.0.0.1:9464"))
	}
	if s.Rehearsal != "" && !site.RehearsalToken(s.Rehearsal) {
		return wrong("rehearsal", errors.New("this is no token as outcry rehearse --url prints one"))
	}
	if _, err := s.policy(); err != nil {
		return wrong("witnesses", err)
	}
	for i, origin := range s.Embed {
		if err := web.Origin(origin); err != nil {
			return wrong("embed", fmt.Errorf("%q: %w", origin, err))
		}
		if slices.Contains(s.Embed[:i], origin) {
			return wrong("embed", fmt.Errorf("%q stands twice; keep one", origin))
		}
	}
	if len(s.Embed) > embedMost {
		return wrong("embed", fmt.Errorf("these are %d sites; %d fit into the header of an answer", len(s.Embed), embedMost))
	}
	return nil
}

// embedMost is how many sites may show our counts in a frame: each page of a frame names them all.
const embedMost = 50

// flag is how the author of a flag calls a setting.
func flag(key string) string { return "--" + strings.ReplaceAll(key, "_", "-") }

func quoted(list []string) (q []string) {
	for _, s := range list {
		q = append(q, strconv.Quote(s))
	}
	return q
}

func writeSettings(data string, s Settings) error {
	text := fmt.Sprintf(`# Settings of this installation; docs/operate/install.md explains each. Flags and OUTCRY_… variables win over them.
url: %q        # public URL; the log is named after it, for life
mail_url: %q   # what mailed links begin with: a neutral host of the same server; empty is the public URL
from: %q       # sender of the mails
smtp: %q       # smtp://[user:password@]host[:port]
database: %q   # postgres://…; empty is SQLite in this folder
language: %q   # for readers whose language the site does not speak
embed: [%s]    # sites that may show the count in a frame, such as "https://ally.example"; empty is none
metrics: %q    # address where a monitor reads how the machine does, such as 127.0.0.1:9464; empty is nowhere
shares: %q     # folder of the letters' shares; empty is FILE.shares beside the secret file
designated: %q # list (CSV) of designated organisations, whose links are pointed out, such as designated.csv in this folder; empty is none
witnesses: []  # allies who sign and recount the log: lines of {name: "…", vkey: "…", url: "…"}; docs/operate/witness.md
quorum: 0      # how many of them have to sign
`, s.URL, s.MailURL, s.From, s.SMTP, s.Database, s.Language, strings.Join(quoted(s.Embed), ", "), s.Metrics, s.Shares, s.Designated)
	return durable.Replace(filepath.Join(data, settingsName), []byte(text)) // Init has seen that there is none
}

// complete fills what flags left out from the folder's settings, and what nobody said by rule.
func (c *Config) complete() error {
	if err := c.check(flag); err != nil {
		return err
	}
	stored, err := readSettings(c.Data)
	if err != nil {
		return err
	}
	for _, field := range []struct{ have, stored *string }{
		{&c.URL, &stored.URL}, {&c.MailURL, &stored.MailURL}, {&c.From, &stored.From}, {&c.SMTP, &stored.SMTP}, {&c.Database, &stored.Database}, {&c.Metrics, &stored.Metrics}, {&c.Rehearsal, &stored.Rehearsal}, {&c.Shares, &stored.Shares}, {&c.Designated, &stored.Designated},
		{(*string)(&c.Language), (*string)(&stored.Language)},
	} {
		if *field.have == "" {
			*field.have = *field.stored
		}
	}
	if len(c.Embed) == 0 {
		c.Embed = stored.Embed
	}
	if len(c.Witnesses) == 0 {
		c.Witnesses, c.Quorum = stored.Witnesses, stored.Quorum
	}
	if c.URL == "" && c.Listen != "" {
		c.URL = "http://" + c.Listen
	}
	c.URL = strings.TrimRight(c.URL, "/")
	if c.MailURL == "" {
		c.MailURL = c.URL
	}
	c.MailURL = strings.TrimRight(c.MailURL, "/")
	if c.From == "" && c.MailURL != "" {
		if u, err := url.Parse(c.MailURL); err == nil {
			c.From = "no-reply@" + u.Hostname()
			if host := u.Hostname(); !strings.Contains(host, ".") || strings.Trim(host, "0123456789.") == "" {
				c.From = nobody
			}
		}
	}
	if c.Language == "" {
		c.Language = lang.First
	}
	return nil
}
