package receipt

import (
	"bytes"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

// Proof is what a signer keeps: that an entry stands at an index of a log of that size and root. It needs no network, and holds
// for good.
type Proof struct {
	Entry []byte // see Parse
	Index int64
	Tree  tlog.Tree // of the checkpoint in the proof
}

// maxProof bounds a proof: the longest entry in base64, 63 hashes and a checkpoint.
const maxProof = 256 << 10

// FormatProof writes a c2sp.org/tlog-proof whose extra data is the entry. Hashes is what tlog.ProveRecord returns for the index
// in the checkpoint's tree; checkpoint is the signed note. Nothing is checked.
func FormatProof(entry []byte, index int64, hashes tlog.RecordProof, checkpoint []byte) []byte {
	return torchwood.FormatProofWithExtraData(index, entry, hashes, checkpoint)
}

// VerifyProof checks a proof against the log's key. An error is a *[Fault] of kind [FaultMalformed], [FaultSignature],
// [FaultOrigin] or [FaultEntry].
func VerifyProof(data []byte, key Key) (Proof, error) {
	if len(data) > maxProof {
		return Proof{}, faultf(FaultMalformed, "the proof is longer than %d bytes", maxProof)
	}
	entry, err := torchwood.ProofExtraData(data)
	if err != nil {
		return Proof{}, faultf(FaultMalformed, "this is no proof of an entry: %v", err)
	}
	index, hashes, checkpoint, ok := splitProof(data)
	if !ok {
		return Proof{}, faultf(FaultMalformed, "the proof's lines are not in their format")
	}
	// One proof has one spelling, which is also the one that torchwood reads.
	if !bytes.Equal(data, FormatProof(entry, index, hashes, checkpoint)) {
		return Proof{}, faultf(FaultMalformed, "the proof's lines are not in their canonical form")
	}
	tree, err := OpenCheckpoint(checkpoint, key)
	if err != nil {
		return Proof{}, err
	}
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, index, LeafHash(entry)); err != nil {
		return Proof{}, faultf(FaultEntry, "the proof does not lead from this entry to the signed root").at(index)
	}
	return Proof{Entry: entry, Index: index, Tree: tree}, nil
}

// splitProof reads what follows the header and the extra line.
func splitProof(data []byte) (index int64, hashes tlog.RecordProof, checkpoint []byte, ok bool) {
	head, rest, ok := bytes.Cut(data, []byte("\n\n"))
	if !ok {
		return 0, nil, nil, false
	}
	lines := strings.Split(string(head), "\n")
	if len(lines) < 3 || len(lines) > 3+63 {
		return 0, nil, nil, false
	}
	index, ok = parseDecimal(strings.TrimPrefix(lines[2], "index "))
	if !ok {
		return 0, nil, nil, false
	}
	for _, line := range lines[3:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return 0, nil, nil, false
		}
		hashes = append(hashes, h)
	}
	return index, hashes, rest, true
}

// parseDecimal reads a non-negative number in its one spelling.
func parseDecimal(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == s
}
