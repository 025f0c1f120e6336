package clamav

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// parseHash reads a line of .hdb, .hsb and .fp ("hash:size:name"), or of .mdb and .msb
// ("size:hash:name").
func parseHash(line string, sizeFirst bool) (h Hash, err error) {
	fields := strings.SplitN(line, ":", 4)
	if len(fields) < 3 || fields[2] == "" {
		return h, fmt.Errorf("expected hash, size and name, with a colon between them")
	}
	sum, size := fields[0], fields[1]
	if sizeFirst {
		sum, size = size, sum
	}
	h.Name = fields[2]
	b, err := hex.DecodeString(sum)
	if err != nil {
		return h, fmt.Errorf("bad hash %q: expected hexadecimal digits", cut(sum))
	}
	switch len(b) {
	case 16:
		h.Algorithm = MD5
	case 20:
		h.Algorithm = SHA1
	case 32:
		h.Algorithm = SHA256
	default:
		return h, fmt.Errorf("hash has %d bytes: expected 16 (MD5), 20 (SHA-1) or 32 (SHA-256)", len(b))
	}
	copy(h.Sum[:], b)
	if h.Size = AnySize; size != "*" {
		if h.Size, err = parseNumber(size); err != nil {
			return h, fmt.Errorf("bad size: %w", err)
		}
	}
	return h, nil
}
