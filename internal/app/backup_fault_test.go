package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/test/peers"
)

// A bit that is turned, a byte that is missing or too many, and another key are each named as what they are, with the key and without.
func TestDamagedBackups(t *testing.T) {
	s := campaigning(t, db.Config{File: "x"})
	s.sign(t, mailboxes("kept", 20)...)
	whole := s.backup(t)
	text, err := os.ReadFile(whole)
	lettertest.Must(t, err)
	file := filepath.Join(t.TempDir(), "damaged.backup")
	try := func(what string, b []byte) {
		t.Helper()
		lettertest.Must(t, os.WriteFile(file, b, 0o600))
		for _, key := range []*seal.Identity{nil, &s.key} {
			if _, err := VerifyBackup(t.Context(), file, key, nil); !errors.Is(err, ErrDamaged) && !(errors.Is(err, ErrInWay) && strings.Contains(err.Error(), "newer")) {
				t.Errorf("%s, key %t: %v", what, key != nil, err)
			}
		}
	}
	positions := []int{0, 15, 23, 60, 90, 100, backupLine - 2, backupLine - 1, backupLine, len(text) - 1}
	for range 60 {
		positions = append(positions, rand.IntN(len(text)))
	}
	for _, at := range positions {
		b := bytes.Clone(text)
		b[at] ^= 1 << rand.IntN(8)
		if at < backupLine && string(b[:backupLine]) != string(text[:backupLine]) && strings.TrimRight(string(b[:backupLine]), " \n") == strings.TrimRight(string(text[:backupLine]), " \n") {
			continue // a blank became a blank
		}
		try(fmt.Sprintf("byte %d of %d turned", at, len(text)), b)
	}
	for _, n := range []int{0, 1, backupLine - 1, backupLine, backupLine + 1, len(text) / 2, len(text) - 1} {
		try(fmt.Sprintf("cut to %d of %d", n, len(text)), text[:n])
	}
	try("a byte too many", append(bytes.Clone(text), 0))
	try("another file", []byte(strings.Repeat("something else\n", 100)))
	try("one that was stopped", append(make([]byte, backupLine), text[backupLine:]...))

	// The first line alone can be made to fit: then the key finds it.
	b := bytes.Clone(text)
	b[len(b)-40] ^= 1
	lettertest.Must(t, os.WriteFile(file, refitted(b), 0o600))
	if _, err := VerifyBackup(t.Context(), file, nil, nil); err != nil {
		t.Errorf("without the key a fitting first line is all there is: %v", err)
	}
	if _, err := VerifyBackup(t.Context(), file, &s.key, nil); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "altered") {
		t.Error(err)
	}
	other, _, err := seal.PassingIdentity()
	lettertest.Must(t, err)
	if _, err := VerifyBackup(t.Context(), whole, &other, nil); !errors.Is(err, ErrBackupKey) {
		t.Errorf("another key: %v", err)
	}
	if _, err := VerifyBackup(t.Context(), whole, &s.key, nil); err != nil {
		t.Error(err)
	}
	if _, err := VerifyBackup(t.Context(), file+"none", nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// What somebody sealed to the right key without being the log's owner is found by the log's own signature and root.
func TestForgedBackups(t *testing.T) {
	s := campaigning(t, db.Config{File: "x"})
	s.sign(t, mailboxes("kept", 3)...)
	s.clock.Add(11 * time.Minute)
	s.sequence(t)
	for _, x := range []struct{ tamper, says string }{
		{`DELETE FROM log_entry WHERE idx = (SELECT max(idx) FROM log_entry)`, "its checkpoint is of 4"},
		{`DELETE FROM log_entry WHERE idx = 1`, "stands where 1 should"},
		{`UPDATE log_entry SET data = ref WHERE idx = 2`, "the root of its"},
		{`UPDATE log_state SET note = root`, "is not signed by its key"},
		{`UPDATE log_state SET size = 3`, "its checkpoint is of 4"},
		{`DELETE FROM letter_signature WHERE lock = (SELECT min(lock) FROM letter_signature)`, "disagrees with its log"},
		{`UPDATE letter_signature SET state = 'withdrawn', tag = NULL WHERE lock = (SELECT min(lock) FROM letter_signature)`, "the log says otherwise"},
		{`UPDATE letter_text SET body = 'She did it.'`, "disagrees with its log"},
	} {
		copied := filepath.Join(t.TempDir(), "copy")
		lettertest.Must(t, os.CopyFS(copied, os.DirFS(s.conf.Data)))
		c := s.conf
		c.Data, c.Mail = copied, nil
		d, err := OpenDB(t.Context(), c)
		lettertest.Must(t, err)
		lettertest.Must(t, d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(x.tamper); return err }))
		d.Close()
		file := filepath.Join(t.TempDir(), "forged.backup")
		_, err = CreateBackup(t.Context(), c, s.to, file, nil)
		lettertest.Must(t, err)
		to := s.elsewhere(t, "")
		_, err = RestoreBackup(t.Context(), to, file, s.key, nil)
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", x.tamper, err)
		}
		gone(t, to.Data, to.Data+restoring)
	}
}

// refitted is a backup whose first line fits what follows it.
func refitted(b []byte) []byte {
	sum := sha256.Sum256(b[backupLine:])
	line := fmt.Sprintf(backupForm, hex.EncodeToString(sum[:]), len(b)-backupLine)
	return append([]byte(line+strings.Repeat(" ", backupLine-1-len(line))+"\n"), b[backupLine:]...)
}

func gone(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there: %v", filepath.Base(path), err)
		}
	}
}

// Restoring touches nothing that is there, and leaves nothing behind where it fails.
func TestRestoreRefuses(t *testing.T) {
	s := campaigning(t, db.Config{File: "x"})
	file := s.backup(t)
	strange := filepath.Join(t.TempDir(), "strange")
	_, err := seal.NewSecretFile(strange)
	lettertest.Must(t, err)
	refused := func(what string, sort error, change func(*Config)) {
		t.Helper()
		c := s.elsewhere(t, "")
		change(&c)
		_, err := RestoreBackup(t.Context(), c, file, s.key, nil)
		if err == nil || sort != nil && !errors.Is(err, sort) {
			t.Errorf("%s: %v", what, err)
		}
		gone(t, c.Data+restoring)
	}
	refused("the live folder", ErrInWay, func(c *Config) { c.Data = s.conf.Data })
	refused("another secret", nil, func(c *Config) { c.SecretFile = strange })
	refused("no secret", os.ErrNotExist, func(c *Config) { c.SecretFile = strange + "none" })
	refused("a secret inside", ErrSetting, func(c *Config) { c.SecretFile = filepath.Join(c.Data, "secret") })
	refused("no PostgreSQL", nil, func(c *Config) { c.Database = "postgres://127.0.0.1:1/none?connect_timeout=1" })
	left := s.elsewhere(t, "")
	lettertest.Must(t, os.Mkdir(left.Data+restoring, 0o700))
	if _, err := RestoreBackup(t.Context(), left, file, s.key, nil); !errors.Is(err, ErrInWay) || !strings.Contains(err.Error(), left.Data+restoring) {
		t.Errorf("what was left is not named: %v", err)
	}
	look := s.elsewhere(t, "")
	look.Look = true
	r, err := RestoreBackup(t.Context(), look, file, s.key, nil)
	if err != nil || r.Entries != 1 {
		t.Errorf("%v %d", err, r.Entries)
	}
	gone(t, look.Data, look.Data+restoring)
	c := s.elsewhere(t, "")
	lettertest.Must(t, os.Mkdir(c.Data, 0o700)) // empty
	_, err = RestoreBackup(t.Context(), c, file, s.key, nil)
	lettertest.Must(t, err)

	dsn, _ := peers.Postgres(t)
	taken := s.elsewhere(t, dsn)
	_, err = RestoreBackup(t.Context(), Config{Data: taken.Data, SecretFile: strange, Now: taken.Now, Settings: taken.Settings}, file, s.key, nil)
	if err == nil || !strings.Contains(err.Error(), "not the secret") {
		t.Errorf("another secret: %v", err)
	}
	_, err = RestoreBackup(t.Context(), taken, file, s.key, nil) // it was emptied again
	lettertest.Must(t, err)
	taken.Data += "2"
	if _, err := RestoreBackup(t.Context(), taken, file, s.key, nil); !errors.Is(err, ErrInWay) {
		t.Errorf("a database that is full: %v", err)
	}
}

// A drill leaves nothing behind but its verdict; it names what an earlier one left, and tells a backup of another installation.
func TestDrill(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := campaigning(t, d)
		s.sign(t, mailboxes("kept", 17)...)
		s.sequence(t)
		before := s.backup(t)
		s.sign(t, mailboxes("later", 16)...)
		s.sequence(t)
		home := filepath.Join(s.conf.Data, drilling)
		lettertest.Must(t, os.MkdirAll(filepath.Join(home, "copy"+restoring), 0o700))
		r, err := DrillBackup(t.Context(), s.conf, "", "", nil, nil)
		lettertest.Must(t, err)
		if !r.Own || !r.Live || r.Left != home || r.Grown != 0 || r.Letters[0].Counted != 33 {
			t.Errorf("%+v", r)
		}
		gone(t, home)
		if r, err = DrillBackup(t.Context(), s.conf, "", before, &s.key, nil); err != nil || r.Grown != 16 || r.Letters[0].Counted != 17 {
			t.Errorf("%d entries more: %v", r.Grown, err)
		}
		if _, err := DrillBackup(t.Context(), s.conf, "", before, nil, nil); !errors.Is(err, ErrSetting) {
			t.Errorf("without its key: %v", err)
		}
		if _, err := DrillBackup(t.Context(), Config{SecretFile: s.conf.SecretFile, Now: s.conf.Now}, t.TempDir(), before, &s.key, nil); err != nil {
			t.Errorf("away from the server: %v", err)
		}
		lettertest.Must(t, s.DB.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE log_entry SET data = ref WHERE idx = 3`)
			return err
		}))
		if _, err := DrillBackup(t.Context(), s.conf, "", "", nil, nil); !errors.Is(err, ErrDamaged) {
			t.Errorf("a damaged installation: %v", err)
		}
		if _, err := DrillBackup(t.Context(), s.conf, "", before, &s.key, nil); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "beginning") {
			t.Errorf("a live log that is another: %v", err)
		}
		gone(t, home)
		lettertest.Must(t, os.MkdirAll(filepath.Join(home, "photographs"), 0o700))
		if _, err := DrillBackup(t.Context(), s.conf, "", "", nil, nil); !errors.Is(err, ErrInWay) || !strings.Contains(err.Error(), "photographs") {
			t.Errorf("a folder that is not ours: %v", err)
		}
	})
}

// The database goes away in the middle of a backup: nothing is there under any name, and the same command does it later.
func TestBackupWhenTheDatabaseGoes(t *testing.T) {
	server := peers.NewPostgres(t, peers.Options{})
	s := campaigning(t, db.Config{URL: server.Database(t)})
	file := filepath.Join(t.TempDir(), "a.backup")
	first := true
	_, err := CreateBackup(t.Context(), s.conf, s.to, file, func(done, of int64) {
		if first {
			first = false
			server.Kill(t)
		}
	})
	if !fault.Is(err, fault.Busy) {
		t.Errorf("%v", err)
	}
	gone(t, file, file+backupEnding)
	server.Restart(t)
	for range 100 {
		if _, err = CreateBackup(t.Context(), s.conf, s.to, file, nil); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if _, err := VerifyBackup(t.Context(), file, &s.key, nil); err != nil {
		t.Error(err)
	}
}

const childVariable = "BACKUP_TEST_CHILD"

// TestBackupChild is the process that TestBackupKilled and TestBackupWithoutRoom start.
func TestBackupChild(t *testing.T) {
	do := os.Getenv(childVariable)
	if do == "" {
		return
	}
	words := strings.Split(do, "\n")
	c := Config{Data: words[1], SecretFile: words[2], Now: time.Now}
	hang := func(done int64) {
		if done > 0 {
			fmt.Println("half")
			select {}
		}
	}
	switch words[0] {
	case "create":
		to, err := seal.ParseRecipient(words[4])
		lettertest.Must(t, err)
		_, err = CreateBackup(t.Context(), c, []seal.Recipient{to}, words[3], func(done, of int64) { hang(done) })
		t.Fatal(err)
	case "restore":
		key, err := seal.ReadIdentityFile(words[4])
		lettertest.Must(t, err)
		_, err = RestoreBackup(t.Context(), c, words[3], key, func(stage RestoreStage, done, of int64) {
			if stage == Loading {
				hang(done)
			}
		})
		t.Fatal(err)
	case "no room":
		to, err := seal.ParseRecipient(words[4])
		lettertest.Must(t, err)
		signal.Ignore(syscall.SIGXFSZ)
		lettertest.Must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 40 << 10, Max: 40 << 10})) // the database's own files are smaller, or not written
		_, err = CreateBackup(t.Context(), c, []seal.Recipient{to}, words[3], nil)
		if !errors.Is(err, syscall.EFBIG) {
			t.Fatalf("there was no room, and it says: %v", err)
		}
		gone(t, words[3], words[3]+backupEnding)
	}
}

func child(t *testing.T, words ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run", "^TestBackupChild$")
	cmd.Env = append(os.Environ(), childVariable+"="+strings.Join(words, "\n"))
	return cmd
}

// killedHalf starts a child and kills it when it says that it is half done.
func killedHalf(t *testing.T, words ...string) {
	t.Helper()
	cmd := child(t, words...)
	out, err := cmd.StdoutPipe()
	lettertest.Must(t, err)
	lettertest.Must(t, cmd.Start())
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	said := ""
	for lines := bufio.NewScanner(out); said != "half" && lines.Scan(); {
		said = lines.Text()
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if said != "half" {
		t.Fatalf("the child never came half way: %q", said)
	}
}

// Killed in the middle, neither a backup nor a data folder is there under its name; what is left is named, and the next one takes its place.
func TestBackupKilled(t *testing.T) {
	s := campaigning(t, db.Config{File: "x"})
	s.sign(t, mailboxes("kept", 20)...)
	s.sequence(t)
	dir := t.TempDir()
	keyFile := filepath.Join(dir, "key")
	to, err := seal.NewIdentityFile(keyFile, time.Now())
	lettertest.Must(t, err)
	key, err := seal.ReadIdentityFile(keyFile)
	lettertest.Must(t, err)
	file := filepath.Join(dir, "a.backup")
	killedHalf(t, "create", s.conf.Data, s.conf.SecretFile, file, to.String())
	gone(t, file)
	if _, err := VerifyBackup(t.Context(), file+backupEnding, &key, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("what was left passes for a backup: %v", err)
	}
	b, err := CreateBackup(t.Context(), s.conf, []seal.Recipient{to}, file, nil)
	if err != nil || b.Left != file+backupEnding {
		t.Fatalf("what was left is not named: %q %v", b.Left, err)
	}
	gone(t, file+backupEnding)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if _, err := CreateBackup(t.Context(), s.conf, []seal.Recipient{to}, file, nil); !errors.Is(err, ErrInWay) {
		t.Errorf("a file that is there: %v", err)
	}
	c := s.elsewhere(t, "")
	killedHalf(t, "restore", c.Data, c.SecretFile, file, keyFile)
	gone(t, c.Data)
	if _, err := Open(t.Context(), Config{Data: c.Data + restoring, SecretFile: c.SecretFile, Now: c.Now}); !errors.Is(err, ErrAbsent) {
		t.Errorf("half a restore can be started: %v", err)
	}
	lettertest.Must(t, os.RemoveAll(c.Data+restoring))
	_, err = RestoreBackup(t.Context(), c, file, key, nil)
	lettertest.Must(t, err)
}

// With no room, or stopped in order, there is nothing under any name.
func TestBackupWithoutRoom(t *testing.T) {
	s := campaigning(t, db.Config{File: "x"})
	s.sign(t, mailboxes("kept", 150)...)
	s.sequence(t)
	dir := t.TempDir()
	to, err := seal.NewIdentityFile(filepath.Join(dir, "key"), time.Now())
	lettertest.Must(t, err)
	if out, err := child(t, "no room", s.conf.Data, s.conf.SecretFile, filepath.Join(dir, "a.backup"), to.String()).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	ctx, stop := context.WithCancel(t.Context())
	file := filepath.Join(dir, "b.backup")
	_, err = CreateBackup(ctx, s.conf, s.to, file, func(done, of int64) { stop() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	gone(t, file, file+backupEnding)
	if _, err := CreateBackup(t.Context(), s.conf, nil, file, nil); !errors.Is(err, ErrSetting) {
		t.Errorf("sealed to nobody: %v", err)
	}
	gone(t, file, file+backupEnding)
}

// A backup of an older schema restores into today's.
func TestBackupOfAnOlderSchema(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		conf := Config{Data: t.TempDir(), SecretFile: filepath.Join(t.TempDir(), "secret"), Now: time.Now}
		_, err := seal.NewSecretFile(conf.SecretFile)
		lettertest.Must(t, err)
		lettertest.Must(t, writeSettings(conf.Data, Settings{URL: "https://old.example"}))
		conf.Database = c.URL
		d, err := OpenDB(t.Context(), conf)
		lettertest.Must(t, err)
		defer d.Close()
		lettertest.Must(t, d.MigrateTo(t.Context(), 1))
		lettertest.Must(t, d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO letter_report (id, letter, kind, value, comparator, as_of, source, nature, note) VALUES ($1, $1, 'k', 7, '', '', '', '', '')`, []byte("old"))
			return err
		}))
		id, to, err := seal.PassingIdentity()
		lettertest.Must(t, err)
		file := filepath.Join(t.TempDir(), "old.backup")
		_, err = CreateBackup(t.Context(), conf, []seal.Recipient{to}, file, nil)
		lettertest.Must(t, err)
		into := Config{Data: filepath.Join(t.TempDir(), "new"), SecretFile: conf.SecretFile, Now: time.Now}
		r, err := RestoreBackup(t.Context(), into, file, id, nil)
		lettertest.Must(t, err)
		if r.Schema != 1 || r.Origin != "" {
			t.Errorf("%+v", r)
		}
		e, err := OpenDB(t.Context(), into)
		lettertest.Must(t, err)
		defer e.Close()
		value, by := 0, ""
		lettertest.Must(t, e.View(t.Context(), func(tx *db.Tx) error {
			_, err := tx.One(`SELECT value, counted_by FROM letter_report`).Scan(&value, &by)
			return err
		}))
		if m, err := e.Schema(t.Context()); err != nil || m.Have != m.Want || value != 7 || by != "{}" {
			t.Errorf("%+v %v %d %q", m, err, value, by)
		}
	})
}
