package casefile_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
	"outcry/test/peers"
)

// TestSchemaIsPublished: docs/schema/case.json is what the model says. With OUTCRY_WRITE=1 it is written instead.
func TestSchemaIsPublished(t *testing.T) {
	file := filepath.Join("..", "..", "..", "docs", "schema", "case.json")
	if os.Getenv("OUTCRY_WRITE") != "" {
		if err := os.WriteFile(file, casefile.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(have, casefile.Schema()) {
		t.Errorf("docs/schema/case.json is not what the model says: make generate (%v)", err)
	}
}

// A document is read back as the case it was written of, and written again as the same bytes.
func TestDocumentsGoRound(t *testing.T) {
	for seed := range int64(300) {
		f := casetest.File(seed)
		doc := casefile.Document(f)
		var again casefile.File
		if err := casefile.ReadDocument(doc, &again); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !bytes.Equal(casefile.Document(&again), doc) {
			t.Errorf("seed %d is written otherwise: %v", seed, casefile.Diff(f, &again))
		}
	}
}

func TestReadDocumentRefuses(t *testing.T) {
	doc := string(casefile.Document(casetest.File(1)))
	for say, bad := range map[string]string{
		"this is no JSON document of a case":        doc[:len(doc)-1],
		"this key is not known":                     strings.Replace(doc, `{"campaign":{`, `{"campaign":{"emails":"x",`, 1),
		"is not a word for this":                    strings.Replace(doc, `"level":"`, `"level":"x`, 1),
		"stands twice":                              strings.Replace(doc, `{"campaign":{`, `{"campaign":{"slug":"x",`, 1),
		"byte 2 is not text":                        `["` + "\u202e" + `"]`,
		"a mapping is meant here":                   `[]`,
		"the document is 1048577 bytes long":        strings.Repeat(" ", casefile.MaxFile+1),
		"case.title: missing; write a verb":         `{"case":{"slug":"a"}}`,
		"missing; write the short name that stands": `{}`,
	} {
		err := casefile.ReadDocument([]byte(bad), &casefile.File{})
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%.80s: %v, want %q", bad, err, say)
		}
	}
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	if err := casefile.ReadDocument([]byte(deep), &casefile.File{}); err == nil || !strings.Contains(err.Error(), "no JSON document") {
		t.Error(err)
	}
}

// What the schema calls required is what no file may lack: without it Check complains, so no case that is kept breaks the schema.
func TestRequiredFieldsAreThoseOfTheRules(t *testing.T) {
	var schema struct {
		Required []string                               `json:"required"`
		Defs     map[string]struct{ Required []string } `json:"$defs"`
	}
	if err := json.Unmarshal(casefile.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	required := map[string]bool{}
	for name, d := range schema.Defs {
		for _, field := range d.Required {
			required[name+"."+field] = true
		}
	}
	if len(schema.Required) != 3 || len(required) < 30 {
		t.Fatalf("only %d fields are required", len(required))
	}
	missed := map[string]bool{}
	for seed := range int64(60) {
		f := casetest.File(seed)
		each(reflect.ValueOf(f).Elem(), func(v reflect.Value) {
			for i := range v.NumField() {
				name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
				key := v.Type().Name() + "." + name
				if !required[key] || missed[key] || v.Field(i).IsZero() {
					continue
				}
				old := reflect.New(v.Field(i).Type()).Elem()
				old.Set(v.Field(i))
				v.Field(i).SetZero()
				if len(f.Check()) == 0 {
					t.Errorf("%s is required by the schema, and a file without it passes", key)
				}
				missed[key] = true
				v.Field(i).Set(old)
			}
		})
	}
	for key := range required {
		if !missed[key] {
			t.Errorf("no case has %s", key)
		}
	}
}

// each hands every struct in a value to fn.
func each(v reflect.Value, fn func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			each(v.Elem(), fn)
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), fn)
		}
	case reflect.Struct:
		fn(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				each(v.Field(i), fn)
			}
		}
	}
}

// validator is ajv, a program of others that knows nothing of us: it compiles the schema in its strict mode and says of each document whether it fits.
const validator = `
const Ajv = require(process.argv[1]);
const {schema, documents} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const validate = new (Ajv.default || Ajv)({strict: true, allErrors: true}).compile(schema);
console.log(JSON.stringify(documents.map(d => validate(d) ? "" : validate.errors.map(e => e.instancePath + " " + e.message).join("; "))));
`

func judged(t *testing.T, documents []json.RawMessage) (said []string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		peers.Missing(t, "node is not here: it runs the schema's validator")
	}
	ajv, err := filepath.Abs(filepath.Join("..", "..", "..", "test", "browser", "node_modules", "ajv", "dist", "2020.js"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(ajv); err != nil {
		peers.Missing(t, "npm's ajv is not here: make assets")
	}
	in, err := json.Marshal(map[string]any{"schema": json.RawMessage(casefile.Schema()), "documents": documents})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", validator, ajv)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	if err := json.Unmarshal(out, &said); err != nil || len(said) != len(documents) {
		t.Fatalf("%v: %s", err, out)
	}
	return said
}

// An independent validator accepts every case, and finds each fault that is planted.
func TestIndependentValidator(t *testing.T) {
	var documents []json.RawMessage
	for seed := range int64(300) {
		documents = append(documents, casefile.Document(casetest.File(seed)))
	}
	for seed, said := range judged(t, documents) {
		if said != "" {
			t.Errorf("seed %d: %s", seed, said)
		}
	}
	good := string(casefile.Document(casetest.Files(1, 12)[0]))
	type fault struct{ old, new string }
	var planted []json.RawMessage
	faults := []fault{
		{`{"campaign":{`, `{"signers":[],"campaign":{`}, {`"events":[{`, `"events":[{"email":"a@b.example",`}, {`"level":"public"`, `"level":"publik"`}, {`"kind":"`, `"kind":"x`},
		{`"country":"`, `"country":"x`}, {`"published":"`, `"published":"x`}, {`"slug":"`, `"slug":" `}, {`"checked":"20`, `"checked":"99`}, {`"nature":"`, `"nature":"rumour`},
		{`"reliability":"`, `"reliability":"G`}, {`"person":{`, `"prisoner":{`}, {`"title":{`, `"title":{"not a tag":"x",`}, {`"languages":[`, `"languages":["",`}, {`"geo":{"lat":`, `"geo":{"lat":"5","x":`},
		{`"what":{`, `"what":{"en-":"x",`}, {`"visibility"`, `"Visibility"`}, {`"events":[`, `"events":[{"kind":"context","nature":"event"},`}, {`"events":[{`, `"events":[{"visibility":"sealed",`},
	}
	var kept []fault
	for _, x := range faults {
		if strings.Contains(good, x.old) {
			planted, kept = append(planted, json.RawMessage(strings.Replace(good, x.old, x.new, 1))), append(kept, x)
		}
	}
	if len(kept) < 15 {
		t.Fatalf("only %d faults could be planted", len(kept))
	}
	for i, said := range judged(t, planted) {
		if said == "" {
			t.Errorf("nothing was found of %s", kept[i].new)
		}
	}
}
