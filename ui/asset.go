package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
)

//go:embed style.css desk.css live.js desk.js passkey.js icon.svg
var files embed.FS

// File is one of our own files, ready to be served under its Path with a cache time of a year: another content has another path.
type File struct {
	Path string // "/assets/<hash>/<name>"
	Hash string // the first 8 bytes of the content's SHA-256, in hex
	Type string // Content-Type
	Body []byte // not to be changed
}

var assets = load(map[string]string{
	"style.css":  "text/css; charset=utf-8",
	"desk.css":   "text/css; charset=utf-8",
	"live.js":    "text/javascript; charset=utf-8",
	"desk.js":    "text/javascript; charset=utf-8",
	"passkey.js": "text/javascript; charset=utf-8",
	"icon.svg":   "image/svg+xml",
})

// What is for those who write the sheet and the scripts is a tenth of their weight on the way, and more.
var (
	said    = regexp.MustCompile(`(?m)^\s*//.*\n`) // a line of a script that is a remark and nothing else
	remarks = regexp.MustCompile(`(?s)/\*.*?\*/`)
	worn    = regexp.MustCompile(`\s*\n\s*`)
)

func load(types map[string]string) map[string]File {
	loaded := make(map[string]File, len(types))
	for name, kind := range types {
		body, err := files.ReadFile(name)
		if err != nil {
			panic("ui: " + err.Error()) // the file is embedded, or the program does not build
		}
		switch path.Ext(name) {
		case ".css":
			body = worn.ReplaceAll(remarks.ReplaceAll(body, nil), []byte("\n"))
		case ".js":
			body = said.ReplaceAll(body, nil)
		}
		sum := sha256.Sum256(body)
		hash := hex.EncodeToString(sum[:8])
		loaded[name] = File{Path: "/assets/" + hash + "/" + name, Hash: hash, Type: kind, Body: body}
	}
	return loaded
}

// Asset is the address of one of our files, such as "style.css". An unknown name is a slip of the pen in a template and panics.
func Asset(name string) string {
	file, ok := assets[name]
	if !ok {
		panic(fmt.Sprintf("ui: there is no asset %q", name))
	}
	return file.Path
}

// Assets are our files by name: style.css, live.js and icon.svg; desk.css, desk.js and passkey.js for the pages of the organisers alone. The map is the caller's own.
func Assets() map[string]File {
	all := make(map[string]File, len(assets))
	for name, file := range assets {
		all[name] = file
	}
	return all
}
