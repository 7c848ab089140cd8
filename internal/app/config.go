package app

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
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
}

const (
	settingsName = "outcry.yaml"
	databaseName = "outcry.db"
	demoName     = "demo"
)

// Config is what an installation is opened with.
type Config struct {
	Data       string // folder
	SecretFile string
	Settings          // as given by flags; what is empty is taken from the folder's outcry.yaml
	Listen     string // only to make a URL where none is set
	Demo       bool
	Mail       mail.Transport // instead of SMTP; the demo's and tests'
	Budgets    *letter.Budgets
	Now        func() time.Time
	Log        *slog.Logger
}

// readSettings reads outcry.yaml; a folder without one has none.
func readSettings(data string) (s Settings, err error) {
	path := filepath.Join(data, settingsName)
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return s, nil
	}
	if err := yaml.UnmarshalWithOptions(b, &s, yaml.Strict()); err != nil {
		return s, fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, true))
	}
	return s, nil
}

func writeSettings(data string, s Settings) error {
	text := fmt.Sprintf(`# Settings of this installation; docs/operate/install.md explains each. Flags and OUTCRY_… variables win over them.
url: %q        # public URL; the log is named after it, for life
mail_url: %q   # what mailed links begin with: a neutral host of the same server; empty is the public URL
from: %q       # sender of the mails
smtp: %q       # smtp://[user:password@]host[:port]
database: %q   # postgres://…; empty is SQLite in this folder
language: %q   # for readers whose language the site does not speak
`, s.URL, s.MailURL, s.From, s.SMTP, s.Database, s.Language)
	f, err := os.OpenFile(filepath.Join(data, settingsName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Close()
}

// complete fills what flags left out from the folder's settings, and what nobody said by rule.
func (c *Config) complete() error {
	stored, err := readSettings(c.Data)
	if err != nil {
		return err
	}
	for _, field := range []struct{ have, stored *string }{
		{&c.URL, &stored.URL}, {&c.MailURL, &stored.MailURL}, {&c.From, &stored.From}, {&c.SMTP, &stored.SMTP}, {&c.Database, &stored.Database},
		{(*string)(&c.Language), (*string)(&stored.Language)},
	} {
		if *field.have == "" {
			*field.have = *field.stored
		}
	}
	if c.URL == "" && c.Listen != "" {
		c.URL = "http://" + c.Listen
	}
	if c.URL != "" {
		if _, err := receipt.Origin(c.URL); err != nil {
			return fmt.Errorf("url: %w", err)
		}
		c.URL = strings.TrimRight(c.URL, "/")
	}
	if c.MailURL == "" {
		c.MailURL = c.URL
	}
	c.MailURL = strings.TrimRight(c.MailURL, "/")
	if c.From == "" && c.MailURL != "" {
		if u, err := url.Parse(c.MailURL); err == nil {
			host := u.Hostname()
			if !strings.Contains(host, ".") || strings.Trim(host, "0123456789.") == "" {
				host = "localhost.localdomain"
			}
			c.From = "no-reply@" + host
		}
	}
	if c.Language == "" {
		c.Language = lang.First
	}
	return nil
}
