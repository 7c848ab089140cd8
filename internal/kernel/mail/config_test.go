package mail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/mail"
)

func TestSettingsThatAreWrong(t *testing.T) {
	tests := []struct {
		name  string
		url   string
		words string
	}{
		{"nothing", "", "no address given"},
		{"only a host", "mail.example.org:587", "like smtp://"},
		{"another scheme", "https://mail.example.org", "smtp:// or smtps://"},
		{"no host", "smtp://:587", "neither a name nor an IP"},
		{"raw percent in the password", "smtp://u:hunter2%zz@mail.example.org", "%25"},
		{"raw slash in the password", "smtp://u:hunter2/x@mail.example.org", "%2F"},
		{"path", "smtp://mail.example.org/x", "nothing may follow"},
		{"fragment", "smtp://mail.example.org#x", "nothing may follow"},
		{"port", "smtp://mail.example.org:70000", "1 to 65535"},
		{"port zero", "smtp://mail.example.org:0", "1 to 65535"},
		{"host with a space", "smtp://mail%20x.example.org", ""},
		{"host with an underscore", "smtp://mail_x.example.org", "neither a name"},
		{"unknown setting", "smtp://mail.example.org?timeout=3", "only setting"},
		{"tls twice", "smtp://mail.example.org?tls=none&tls=require", "twice"},
		{"tls unknown", "smtp://mail.example.org?tls=maybe", "require, prefer, none"},
		{"tls empty", "smtp://mail.example.org?tls=", "require, prefer, none"},
		{"smtps without tls", "smtps://mail.example.org?tls=none", "always encrypted"},
		{"user alone", "smtp://u@mail.example.org", "needs a password"},
		{"password alone", "smtp://:hunter2@mail.example.org", "a password a user"},
		{"control character", "smtp://u:hunter2%00@mail.example.org", "control characters"},
		{"readable password", "smtp://u:hunter2@mail.example.org?tls=none", "readable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := mail.New(mail.Config{URL: tt.url, From: "letter@campaign.example", Now: clock})
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.words) {
				t.Errorf("got %q, want %q in it", err, tt.words)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

func TestOtherSettings(t *testing.T) {
	good := mail.Config{URL: "smtp://mail.example.org", From: "letter@campaign.example", Now: clock}
	tests := []struct {
		name   string
		change func(*mail.Config)
		ok     bool
	}{
		{"as they are", func(*mail.Config) {}, true},
		{"IP address", func(c *mail.Config) { c.URL = "smtp://u:p@[2001:db8::1]:2525" }, true},
		{"IDN", func(c *mail.Config) { c.URL = "smtps://почта.example"; c.From = "letter@пример.example" }, true},
		{"loopback without encryption but with a password", func(c *mail.Config) { c.URL = "smtp://u:p@localhost" }, true},
		{"loopback by IPv6", func(c *mail.Config) { c.URL = "smtp://u:p@[::1]:25" }, true},
		{"elsewhere without encryption, as demanded", func(c *mail.Config) { c.URL = "smtp://mail.example.org?tls=none" }, true},
		{"no sender", func(c *mail.Config) { c.From = "" }, false},
		{"sender with a name", func(c *mail.Config) { c.From = "Letter <letter@campaign.example>" }, false},
		{"sender outside ASCII", func(c *mail.Config) { c.From = "письмо@campaign.example" }, false},
		{"host with a line break", func(c *mail.Config) { c.Host = "a\r\nb" }, false},
		{"host of its own", func(c *mail.Config) { c.Host = "mail.campaign.example" }, true},
		{"no clock", func(c *mail.Config) { c.Now = nil }, false},
		{"negative", func(c *mail.Config) { c.Connections = -1 }, false},
		{"negative time", func(c *mail.Config) { c.Timeout = -time.Second }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			s, err := mail.New(c)
			if (err == nil) != tt.ok {
				t.Fatalf("got %v, want accepted: %v", err, tt.ok)
			}
			if s != nil {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestSettingsNeverPrint(t *testing.T) {
	c := mail.Config{URL: "smtps://u:hunter2@mail.example.org", From: "letter@campaign.example", Now: clock}
	s, err := mail.New(c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if all := fmt.Sprintf("%v %+v %#v %v %+v %#v", c, c, &c, s, s, s); strings.Contains(all, "hunter2") {
		t.Errorf("the password is printed: %s", all)
	}
}
