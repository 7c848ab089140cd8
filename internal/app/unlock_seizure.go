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
	if s.Passwords, err = passwords(a.Data); err != nil {
		return s, err
	}
	if s.Secrets, s.Others, err = strangers(a.Data); err != nil {
		return s, err
	}
	_, cut := os.Lstat(a.SecretFile + nextEnding)
	s.Prepared = a.SecretFile != "" && cut == nil
	return s, nil
}

// passwords names the settings in outcry.yaml that hold a password.
func passwords(data string) (names []string, err error) {
	stored, err := readSettings(data)
	if err != nil {
		return nil, err
	}
	for _, at := range []struct{ name, url string }{{"smtp", stored.SMTP}, {"database", stored.Database}} {
		u, err := url.Parse(at.url)
		if err != nil {
			continue
		}
		if _, has := u.User.Password(); has || u.Query().Has("password") {
			names = append(names, at.name)
		}
	}
	return names, nil
}

// strangers names what lies in the data folder and is not the program's own, and which of it holds an unlock secret.
func strangers(data string) (secrets, others []string, err error) {
	entries, err := os.ReadDir(data)
	if err != nil {
		return nil, nil, err
	}
	own := []string{settingsName, logName, demoName}
	for _, e := range entries {
		name := e.Name()
		if socket, _ := filepath.Match(socketPattern, name); socket || slices.Contains(own, name) || strings.HasPrefix(name, databaseName) {
			continue
		}
		if holdsSecret(filepath.Join(data, name)) {
			secrets = append(secrets, name)
		} else {
			others = append(others, name)
		}
	}
	return secrets, others, nil
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
