package casefile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of a campaign file. Far above any case, far below what could hurt.
const (
	MaxFile   = 1 << 20 // bytes
	maxTokens = 200_000
	maxDepth  = 24 // of lists and mappings in one another
)

// node is a campaign file's value with its place, before anything is known of what it should be. Scalars keep their text:
// what is a number, a date or a word is for the struct that receives it to say, so "no" is never taken for false.
type node struct {
	kind      nodeKind
	text      string // scalar
	bare      bool   // scalar that is a number or a truth value
	list      []*node
	pairs     []pair
	line, col int
}

type nodeKind uint8

const (
	nothing nodeKind = iota
	scalar
	list
	mapping
)

func (k nodeKind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

type pair struct{ key, value *node }

// readYAML parses a campaign file into a tree. Anchors, aliases, tags and merge keys are refused: nobody needs them here,
// and a few lines of them unfold to gigabytes.
func readYAML(src []byte) (*node, Problems) {
	if len(src) > MaxFile {
		return nil, Problems{{Say: fmt.Sprintf("the file is %d bytes long; at most %d are read. Move long texts out of it", len(src), MaxFile)}}
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	src = bytes.ReplaceAll(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	if bad := firstBad(src); bad >= 0 {
		return nil, Problems{{Line: 1 + bytes.Count(src[:bad], []byte("\n")), Column: 1 + utf8.RuneCount(src[bytes.LastIndexByte(src[:bad], '\n')+1:bad]),
			Say: "a character here is not text; save the file as UTF-8 and take control characters out"}}
	}
	tokens, problems := scan(string(src))
	if len(problems) > 0 {
		return nil, problems
	}
	file, err := parse(tokens)
	if err != nil {
		return nil, Problems{syntax(err)}
	}
	var docs []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			docs = append(docs, d.Body)
		}
	}
	switch {
	case len(docs) == 0:
		return nil, Problems{{Line: 1, Column: 1, Say: "the file is empty; begin with campaign:"}}
	case len(docs) > 1:
		n := turn(docs[1])
		return nil, Problems{{Line: n.line, Column: n.col, Say: "a second document begins here; a campaign is one file without ---"}}
	}
	return turn(docs[0]), nil
}

// firstBad finds what is not text, or -1.
func firstBad(src []byte) int {
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if (r == utf8.RuneError && size == 1) || (unfit(r) && r != '\t' && r != '\n') {
			return i
		}
		i += size
	}
	return -1
}

// unfit tells whether a character has no place in a text: controls, separators that some readers take for line ends, and
// overrides of direction, which can make a text read as what it is not.
func unfit(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return true
	}
	return r == 0x202d || r == 0x202e
}

// scan cuts the text into tokens and refuses what the parser should never see.
func scan(src string) (token.Tokens, Problems) {
	tokens := lexer.Tokenize(src)
	if len(tokens) > maxTokens {
		return nil, Problems{{Say: fmt.Sprintf("the file has more than %d values; it is no campaign file", maxTokens)}}
	}
	var problems Problems
	refuse := func(t *token.Token, say string) {
		problems = append(problems, Problem{Line: t.Position.Line, Column: t.Position.Column, Say: say})
	}
	flow, line, onLine := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, onLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType:
			refuse(t, "a campaign file has no anchors and aliases (& and *); write the text out, or put it in quotes if it begins with that sign")
		case token.MergeKeyType:
			refuse(t, "a campaign file has no merge keys (<<); write the lines out")
		case token.TagType:
			refuse(t, "a campaign file has no tags (!); put the text in quotes if it begins with that sign")
		case token.DirectiveType:
			refuse(t, "a campaign file has no directives (%); put the text in quotes if it begins with that sign")
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			onLine++
		}
		if flow > maxDepth || onLine > maxDepth { // depth by indentation costs its square in bytes
			refuse(t, "lists stand too deep in one another here; a campaign file is flatter")
			return nil, problems
		}
	}
	return tokens, problems
}

// parse keeps a fault of the parser from ending the program: a file is not ours.
func parse(tokens token.Tokens) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the file can't be read as YAML")
		}
	}()
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// syntax words the parser's error, whose own text shows half the file.
func syntax(err error) Problem {
	var ye yaml.Error
	if !errors.As(err, &ye) || ye.GetToken() == nil {
		return Problem{Line: 1, Column: 1, Say: "this is not YAML: " + err.Error()}
	}
	at := ye.GetToken().Position
	return Problem{Line: at.Line, Column: at.Column,
		Say: "this is not YAML: " + ye.GetMessage() + "; look at the indentation, and put a text with a colon or a hash sign in quotes"}
}

// turn makes our tree of the parser's.
func turn(n ast.Node) *node {
	out := &node{}
	if t := n.GetToken(); t != nil {
		out.line, out.col = t.Position.Line, t.Position.Column
	}
	switch n := n.(type) {
	case *ast.NullNode, *ast.CommentGroupNode:
	case *ast.MappingNode:
		out.kind = mapping
		for i, v := range n.Values {
			p := turnPair(v)
			if i == 0 && !n.IsFlowStyle {
				out.line, out.col = p.key.line, p.key.col // else the first colon's
			}
			out.pairs = append(out.pairs, p)
		}
	case *ast.MappingValueNode:
		p := turnPair(n)
		out.kind, out.line, out.col, out.pairs = mapping, p.key.line, p.key.col, []pair{p}
	case *ast.SequenceNode:
		out.kind = list
		for _, v := range n.Values {
			out.list = append(out.list, turn(v))
		}
	case *ast.LiteralNode:
		out.kind, out.text = scalar, n.Value.Value
	case *ast.StringNode:
		out.kind, out.text = scalar, n.Value
	default:
		out.kind, out.text = scalar, strings.TrimSpace(n.GetToken().Value)
	}
	return out
}

func turnPair(v *ast.MappingValueNode) pair {
	key := turn(v.Key)
	if k, ok := v.Key.(*ast.MappingKeyNode); ok && k.Value != nil { // "? key"
		key = turn(k.Value)
	}
	return pair{key, turn(v.Value)}
}
