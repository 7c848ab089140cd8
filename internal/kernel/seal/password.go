package seal

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Hardness is what one guess at a password costs.
type Hardness struct {
	KiB    uint32 // of memory
	Passes uint32 // over it
}

// Hard is what a server of one small processor can bear: about a tenth of a second, on 32 MiB.
var Hard = Hardness{KiB: 32 << 10, Passes: 3}

const (
	passwordSalt = 16 // bytes
	passwordSum  = 32 // bytes
	// Bounds of what is believed of a stored text: it could otherwise be written to cost the server everything.
	hardestKiB    = 1 << 20
	hardestPasses = 64
)

// HashPassword is argon2id of a password with a salt of its own, as a PHC string: $argon2id$v=19$m=KiB,t=passes,p=1$salt$sum.
func HashPassword(password Private[string], h Hardness) string {
	salt := make([]byte, passwordSalt)
	rand.Read(salt)
	sum := argon2.IDKey([]byte(password.Reveal()), salt, h.Passes, h.KiB, 1, passwordSum)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, h.KiB, h.Passes, enc.EncodeToString(salt), enc.EncodeToString(sum))
}

// PasswordIs tells whether a password is the one that a PHC string of HashPassword was made of. A string of another form is ErrOpen.
func PasswordIs(password Private[string], phc string) (bool, error) {
	h, salt, sum, ok := parsePHC(phc)
	if !ok {
		return false, ErrOpen
	}
	return Same(argon2.IDKey([]byte(password.Reveal()), salt, h.Passes, h.KiB, 1, uint32(len(sum))), sum), nil
}

func parsePHC(phc string) (h Hardness, salt, sum []byte, ok bool) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return h, nil, nil, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &h.KiB, &h.Passes); n != 2 || err != nil ||
		parts[3] != fmt.Sprintf("m=%d,t=%d,p=1", h.KiB, h.Passes) || h.KiB < 8 || h.KiB > hardestKiB || h.Passes < 1 || h.Passes > hardestPasses {
		return h, nil, nil, false
	}
	var errs [2]error
	salt, errs[0] = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	sum, errs[1] = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	return h, salt, sum, errs[0] == nil && errs[1] == nil && len(salt) == passwordSalt && len(sum) == passwordSum
}
