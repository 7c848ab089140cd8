package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"outcry/internal/app/demo"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/mail"
)

// DemoURL is what the demonstration's log is named after, wherever it runs.
const DemoURL = "https://demo.outcry.example"

// Demo opens the demonstration in a folder of its own, made if it is empty or missing: the scenario, its letter, and its made-up signers. Its exceptions
// are these: the secret lies with the data, so that it restarts; mail stays in memory; batches leave at once; signers are made
// up and marked so. It refuses a folder that holds anything else. progress is told how many signers have been made up.
func Demo(ctx context.Context, c Config, progress func(done, of int)) (*App, error) {
	mark := filepath.Join(c.Data, demoName)
	c.Demo, c.SecretFile, c.Mail = true, filepath.Join(c.Data, "secret"), &mail.Sink{}
	c.Settings = Settings{URL: c.URL, MailURL: c.URL, From: "no-reply@demo.outcry.example"}
	budgets := letter.Usual()
	budgets.DomainHour, budgets.LetterHour = 10_000, 100_000
	c.Budgets = &budgets
	if _, err := os.Stat(mark); err != nil {
		if err := fresh(c.Data); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(c.Data, 0o700); err != nil { // the secret lies in it too
			return nil, err
		}
		named := c
		named.Settings.URL = DemoURL // the log's name, for life, though the demo listens elsewhere each time
		named.Settings.MailURL = ""
		if err := Init(ctx, named); err != nil {
			return nil, err
		}
		if err := os.WriteFile(mark, []byte("A demonstration: nothing in this folder is real.\n"), 0o600); err != nil {
			return nil, err
		}
	}
	a, err := Open(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := a.replay(ctx, progress); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// fresh refuses a folder with anything in it.
func fresh(data string) error {
	entries, err := os.ReadDir(data)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return refuse(ErrInWay, "%s is not empty and holds no demonstration; the demo never touches a real data folder: name another, or none", data)
	}
	return nil
}

// replay applies the scenario and makes up the signers that its letter asks for.
func (a *App) replay(ctx context.Context, progress func(done, of int)) error {
	campaign, err := ReadCampaign(demo.File)
	if err != nil {
		return fmt.Errorf("the demonstration's own file: %w", err)
	}
	if err := a.Apply(ctx, campaign); err != nil {
		return err
	}
	if err := a.Book.Start(ctx); err != nil {
		return err
	}
	for _, l := range a.Book.Letters(campaign.Case.Slug) {
		n := l.About.Rehearsal
		if err := a.Book.Rehearse(ctx, l, n, func(done int) {
			if progress != nil {
				progress(done, n)
			}
		}); err != nil {
			return err
		}
	}
	for {
		n, err := a.Log.Sequence(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// Address is where the demonstration's letter can be read, in the first language.
func (a *App) Address() string {
	for _, l := range a.Book.Letters("") {
		return a.URL + letter.Path(a.Language, l)
	}
	return a.URL
}
