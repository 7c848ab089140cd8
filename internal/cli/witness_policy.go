package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"outcry/receipt"
)

// trusted is whose signatures a reader wants beside the log's.
type trusted struct {
	keys    []string
	quorum  int
	against []string
}

func (t *trusted) flags(add func(p *[]string, name string, value []string, usage string), quorum func(p *int, name string, value int, usage string)) {
	add(&t.keys, "witness", nil, "a witness's `KEY`, as its operator prints it and not as the site does; again for each")
	quorum(&t.quorum, "quorum", 0, "how many of the witnesses have to have signed, `K`; without, all")
}

// policy is what the flags say.
func (t *trusted) policy() (receipt.Policy, error) {
	var list []receipt.Witness
	for _, key := range t.keys {
		w, err := receipt.ParseWitness(key)
		if err != nil {
			return receipt.Policy{}, usage("--witness is no key of a witness: copy the whole line that its operator prints")
		}
		list = append(list, w)
	}
	if t.quorum == 0 {
		t.quorum = len(list)
	}
	p, err := receipt.NewPolicy(t.quorum, list...)
	if err != nil {
		return p, usage("%w: say how many have to sign with --quorum, and name them with --witness", err)
	}
	return p, nil
}

// seen reads what others saw of a log: witnesses' statements of recounts, checkpoints, and proofs that signers keep, from files or URLs.
func (t *trusted) seen(ctx context.Context, client *http.Client, s *streams, p receipt.Policy, key receipt.Key) (list []receipt.Seen, err error) {
	for _, from := range t.against {
		data, err := obtained(ctx, client, s, from)
		if err != nil {
			return nil, err
		}
		one, ok := receipt.Seen{}, false
		for _, w := range p.Witnesses() {
			if r, err := receipt.OpenRecount(data, w); err == nil {
				one, ok = receipt.SeenBy(w, r), true
				if key != (receipt.Key{}) && r.Origin != key.Origin() {
					return nil, failed(exitFailed, "%s is about the log %s, not about %s", from, r.Origin, key.Origin())
				}
			}
		}
		if single, err := receipt.NewPolicy(1, p.Witnesses()...); !ok && err == nil && key != (receipt.Key{}) {
			if tree, by, err := single.OpenCheckpoint(data, key); err == nil {
				one, ok = receipt.Seen{By: by[0].Name, Tree: tree}, true
			}
		}
		if !ok && key != (receipt.Key{}) { // what a signer keeps, or another reader was shown
			if proof, err := receipt.VerifyProof(data, key); err == nil {
				one, ok = receipt.Seen{By: "whoever has " + from, Tree: proof.Tree}, true
			} else if tree, err := receipt.OpenCheckpoint(data, key); err == nil {
				one, ok = receipt.Seen{By: "whoever has " + from, Tree: tree}, true
			}
		}
		if !ok {
			return nil, failed(exitFailed, "%s is no recount of a witness named by --witness, and no checkpoint or proof of this log (for these the log's --key is needed)", from)
		}
		list = append(list, one)
	}
	return list, nil
}

// obtained reads a file, or what stands at a URL.
func obtained(ctx context.Context, client *http.Client, s *streams, from string) ([]byte, error) {
	if !strings.HasPrefix(from, "http://") && !strings.HasPrefix(from, "https://") {
		return s.read(from)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, usage("%q is no URL", from)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, failed(exitTryLater, "%s: %s", from, plainly(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, failed(exitTryLater, "%s answers %d", from, res.StatusCode)
	}
	return io.ReadAll(io.LimitReader(res.Body, 1<<20))
}

// cosigners tells which of the witnesses named have signed, and which have not.
func cosigners(p receipt.Policy, by []receipt.Cosignature) string {
	var yes, no []string
	for _, w := range p.Witnesses() {
		i := slices.IndexFunc(by, func(c receipt.Cosignature) bool { return c.Witness == w })
		if i < 0 {
			no = append(no, w.Name())
			continue
		}
		yes = append(yes, w.Name()+" at "+by[i].At.UTC().Format("2006-01-02 15:04 UTC"))
	}
	words := "signed by " + strings.Join(yes, ", ")
	if len(yes) == 0 {
		words = "signed by none"
	}
	if len(no) > 0 {
		words += "; not by " + strings.Join(no, ", ")
	}
	return words
}

// printWitnesses says what witnesses bear out of a recount.
func printWitnesses(out io.Writer, p receipt.Policy, against []receipt.Seen, r *receipt.Report) {
	if p.Quorum() > 0 {
		fmt.Fprintf(out, "witness  %d of %d wanted, %d entries: %s\n", p.Quorum(), len(p.Witnesses()), r.WitnessedSize, cosigners(p, r.Cosignatures))
		if r.WitnessedSize < r.Size {
			fmt.Fprintf(out, "         provisional: the %d entries since then\n", r.Size-r.WitnessedSize)
		}
	}
	for _, seen := range against {
		if r := seen.Recounted; r != nil {
			fmt.Fprintf(out, "witness  %s recounted %d entries on %s: the same\n", seen.By, r.Size, r.On)
			continue
		}
		fmt.Fprintf(out, "witness  %s saw %d entries: the same\n", seen.By, seen.Tree.N)
	}
}
