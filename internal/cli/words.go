package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// worded is an error in a line for a person; a campaign file's problems have a line each.
func worded(err error, verbose bool) string {
	f := fault.Of(err)
	text := plainly(err)
	if f == nil || !strings.Contains(text, f.Kind.String()+": "+f.Key) {
		return text // no fault, or one with a text of its own
	}
	said := sentence(f)
	if f.Kind == fault.Busy {
		said = "the database is busy or can't be written just now; try again in a moment, and if it stays so, outcry doctor looks for why"
	}
	if verbose {
		said += " (" + text + ")"
	}
	return said
}

// sentence is what the catalogue says of a fault, in English as all words of commands are.
func sentence(f *fault.Error) string {
	words, err := lang.Load(locales.FS)
	if err != nil {
		return err.Error()
	}
	var args []any
	for name, value := range f.Args {
		args = append(args, name, value)
	}
	if said := words.Printer(lang.First).T(f.Key, args...); said != f.Key {
		return said
	}
	return "this failed: " + f.Kind.String()
}

// plainly is an error's text in which what the system or the network said has been put into words.
func plainly(err error) string {
	text := err.Error()
	said, found := cause(err)
	if found == nil {
		return text
	}
	// A driver tries several ways and tells of each; one is enough.
	if head, _, ok := strings.Cut(text, " does not answer: "); ok {
		return head + " does not answer: " + said
	}
	return strings.Replace(text, found.Error(), said, 1)
}

// cause finds the outermost error that is the system's or the network's, and says it in words.
func cause(err error) (said string, found error) {
	var (
		request *url.Error
		op      *net.OpError
		dns     *net.DNSError
		tls     *tls.CertificateVerificationError
		path    *fs.PathError
		number  syscall.Errno
	)
	switch {
	case errors.As(err, &request):
		if said, inner := cause(request.Err); inner != nil {
			return said, request
		}
		return request.Err.Error(), request
	case errors.As(err, &op):
		return connected(op), op
	case errors.As(err, &dns):
		return lookedUp(dns), dns
	case errors.As(err, &tls):
		return certified(tls.Err), tls
	case errors.As(err, &path):
		return touched(path), path
	case errors.As(err, &number):
		return numbered(number), number
	}
	for _, known := range []struct {
		error
		said string
	}{
		{context.DeadlineExceeded, "there was no answer in time"},
		{context.Canceled, "it was stopped"},
		{http.ErrSchemeMismatch, "what answers there speaks http, not https"},
		{io.ErrUnexpectedEOF, "it broke off in the middle"},
		{io.EOF, "it hung up without a word"},
	} {
		if errors.Is(err, known.error) {
			return known.said, known.error
		}
	}
	return "", nil
}

func connected(op *net.OpError) string {
	at := "the other side"
	if op.Addr != nil {
		at = op.Addr.String()
	}
	var dns *net.DNSError
	var bad *net.AddrError
	var number syscall.Errno
	switch {
	case errors.As(op.Err, &dns):
		return lookedUp(dns)
	case errors.As(op.Err, &bad):
		return fmt.Sprintf("%q is no address with a port, such as 127.0.0.1:8080", bad.Addr)
	case op.Timeout():
		return at + " gave no answer in time"
	case !errors.As(op.Err, &number):
		return op.Err.Error()
	}
	switch number {
	case syscall.ECONNREFUSED:
		return "nothing listens at " + at
	case syscall.ENOENT:
		return "there is no socket " + at
	case syscall.ECONNRESET, syscall.EPIPE:
		return at + " hung up"
	case syscall.EHOSTUNREACH, syscall.ENETUNREACH:
		return "there is no way to " + at + " from here"
	case syscall.EADDRINUSE:
		return "another program listens there; stop it, or choose another port"
	case syscall.EADDRNOTAVAIL:
		return "this machine has no such address"
	case syscall.EACCES:
		return "this user may not listen there (ports below 1024 are the system's)"
	}
	return numbered(number)
}

func lookedUp(dns *net.DNSError) string {
	switch {
	case dns.IsNotFound:
		return fmt.Sprintf("there is no host called %s", dns.Name)
	case dns.IsTimeout:
		return fmt.Sprintf("the name server gave no answer about %s in time", dns.Name)
	}
	return fmt.Sprintf("the name %s could not be looked up", dns.Name)
}

func certified(err error) string {
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return "its certificate is signed by nobody whom this machine trusts"
	case errors.As(err, &host):
		return "its certificate is not for the name " + host.Host
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or this machine's clock is wrong"
	}
	return "its certificate does not hold"
}

func touched(p *fs.PathError) string {
	var number syscall.Errno
	if !errors.As(p.Err, &number) {
		return p.Path + ": " + p.Err.Error()
	}
	switch number {
	case syscall.ENOENT:
		return p.Path + " is not there"
	case syscall.EEXIST:
		return p.Path + " is there already"
	case syscall.EISDIR:
		return p.Path + " is a folder, not a file"
	case syscall.ENOTDIR:
		return "a part of " + p.Path + " is a file, not a folder"
	case syscall.EACCES, syscall.EPERM:
		return "this user may not touch " + p.Path
	}
	return p.Path + ": " + numbered(number)
}

func numbered(number syscall.Errno) string {
	switch number {
	case syscall.ENOSPC, syscall.EDQUOT:
		return "the disk is full"
	case syscall.EROFS:
		return "the disk can only be read"
	case syscall.EACCES, syscall.EPERM:
		return "this user may not do that"
	}
	return "the system says: " + number.Error()
}
