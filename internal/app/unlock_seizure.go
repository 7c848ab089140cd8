package app

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"outcry/internal/kernel/seal"
)

// Seizure is what lies here today for whoever takes it; for doctor. It names letters and settings, never what is in them.
type Seizure struct {
	Waiting   int64    `json:"waiting_mails"`    // whose addresses the secret opens
	Testable  []string `json:"testable_letters"` // CASE/LETTER: with the secret and the share, lists of addresses can be tested against the signers
	Marks     int64    `json:"marks"`            // signers who can be found so
	Unshared  []string `json:"unshared_letters"` // not closed, and without a share here: nobody can test them with what is here, or sign them
	Overdue   int      `json:"overdue_day_keys"` // older than they may be: the server has not run for days
	Passwords []string `json:"passwords"`        // settings in outcry.yaml that hold one
	Secrets   []string `json:"secrets_in_data"`  // files in the data folder that hold an unlock secret
	Others    []string `json:"others_in_data"`   // what else lies in the data folder: backups, exports
	Prepared  bool     `json:"change_cut_short"` // a change of the secret waits to be finished
}

// Seizure looks. It changes nothing.
func (a *App) Seizure(ctx context.Context) (s Seizure, err error) {
	s = Seizure{Testable: []string{}, Unshared: []string{}, Passwords: []string{}, Secrets: []string{}, Others: []string{}}
	count, err := a.Jobs.Count(ctx)
	if err != nil {
		return s, err
	}
	s.Waiting = count.Waiting
	shares, err := a.sharesFolder()
	if err != nil {
		return s, err
	}
	all, err := a.Book.All(ctx, "")
	if err != nil {
		return s, err
	}
	for _, l := range all {
		if !l.State.Alive() {
			continue
		}
		name := l.Case + "/" + l.Slug
		if _, err := os.Stat(filepath.Join(shares, l.ID.String())); err != nil {
			s.Unshared = append(s.Unshared, name)
			continue
		}
		s.Testable = append(s.Testable, name)
		s.Marks += int64(a.Book.Count(l.ID).Counted)
	}
	if s.Overdue, err = a.days.Overdue(ctx); err != nil {
		return s, err
	}
	if err := s.passwords(a.Data); err != nil {
		return s, err
	}
	if err := s.strangers(a.Data); err != nil {
		return s, err
	}
	_, cut := os.Lstat(a.SecretFile + nextEnding)
	s.Prepared = a.SecretFile != "" && cut == nil
	return s, nil
}

// passwords names the settings in outcry.yaml that hold a password.
func (s *Seizure) passwords(data string) error {
	stored, err := readSettings(data)
	if err != nil {
		return err
	}
	for _, at := range []struct{ name, url string }{{"smtp", stored.SMTP}, {"database", stored.Database}} {
		u, err := url.Parse(at.url)
		if err != nil {
			continue
		}
		if _, has := u.User.Password(); has || u.Query().Has("password") {
			s.Passwords = append(s.Passwords, at.name)
		}
	}
	return nil
}

// strangers names what lies in the data folder and is not the program's own, and which of it holds an unlock secret.
func (s *Seizure) strangers(data string) error {
	entries, err := os.ReadDir(data)
	if err != nil {
		return err
	}
	own := []string{settingsName, logName, demoName, sourcesName, earlierName}
	for _, e := range entries {
		name := e.Name()
		if socket, _ := filepath.Match(socketPattern, name); socket || slices.Contains(own, name) || strings.HasPrefix(name, databaseName) {
			continue
		}
		if holdsSecret(filepath.Join(data, name)) {
			s.Secrets = append(s.Secrets, name)
		} else {
			s.Others = append(s.Others, name)
		}
	}
	return nil
}

func holdsSecret(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > lineMost {
		return false
	}
	b, err := os.ReadFile(path)
	defer clear(b)
	return err == nil && bytes.Contains(b, []byte(seal.SecretMark))
}
