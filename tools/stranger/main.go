// Command stranger runs torchwood's litewitness, a witness that others wrote, as a peer for our tests: with a key in an SSH agent of its own, a
// database in the present folder, and one log that it watches.
//
//	stranger LITEWITNESS NAME LOGKEY
//
// It prints the witness's key and its URL on one line when it answers, and ends it when its own input ends.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: stranger LITEWITNESS NAME LOGKEY")
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(program, name, logKey string) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	signer, err := torchwood.NewCosignatureSigner(name, private)
	if err != nil {
		return err
	}
	fingerprint, err := hold(private, "agent.sock")
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	l.Close() // free again, for it
	cmd := exec.Command(program, "-name", name, "-db", "litewitness.db", "-ssh-agent", "agent.sock", "-key", fingerprint, "-listen", address)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	for tries := 0; ; tries++ {
		res, err := http.Get("http://" + address + "/")
		if err == nil {
			res.Body.Close()
			break
		}
		if tries == 200 {
			return errors.New("litewitness does not answer")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := watch(logKey); err != nil {
		return err
	}
	fmt.Printf("%s http://%s\n", signer.Verifier(), address)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// hold serves a key as an SSH agent does, and returns its fingerprint.
func hold(private ed25519.PrivateKey, socket string) (string, error) {
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		return "", err
	}
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		return "", err
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return "", err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, c) }()
		}
	}()
	return ssh.FingerprintSHA256(public), nil
}

// watch writes a log into the database, as the program's own tool does.
func watch(logKey string) error {
	empty := "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" // the root of an empty tree
	origin, _, _ := strings.Cut(logKey, "+")
	db, err := sqlite.OpenConn("litewitness.db", 0)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := sqlitex.Execute(db, "INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", &sqlitex.ExecOptions{Args: []any{origin, empty}}); err != nil {
		return err
	}
	return sqlitex.Execute(db, "INSERT INTO key (origin, key) VALUES (?, ?)", &sqlitex.ExecOptions{Args: []any{origin, logKey}})
}
