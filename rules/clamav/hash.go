package clamav

import (
	"encoding/hex"
	"strings"
)

// hashLine reads hash:size:name[:min[:max]], or size:hash:name for sections.
func (r *reader) hashLine(line string, to *[]Hash, sizeFirst bool) error {
	f := strings.Split(line, ":")
	if len(f) < 3 || len(f) > 5 {
		return bad("", "%d fields: expected hash, size, name and at most two levels", len(f))
	}
	if sizeFirst {
		f[0], f[1] = f[1], f[0]
	}
	h := Hash{Name: strings.Clone(f[2]), Ref: r.ref(), Size: AnySize}
	if fault := h.digest(f[0]); fault != nil {
		return fault
	}
	if f[1] != "*" {
		n, fault := number("size", f[1], 32)
		if fault != nil {
			return fault
		}
		h.Size = int64(n)
	} else if len(f) < 4 {
		return bad("size", `"*" needs a minimum level of 73 or more`)
	}
	if fault := checkName(h.Name); fault != nil {
		return fault
	}
	r.about = h.Name
	f = append(f, "", "")
	if err := levels(f[3], f[4]); err != nil {
		return err
	}
	if err := r.refusePUA(h.Name); err != nil {
		return err
	}
	*to = append(*to, h)
	return nil
}

func (h *Hash) digest(text string) *fault {
	switch len(text) {
	case 32:
		h.Algorithm = MD5
	case 40:
		h.Algorithm = SHA1
	case 64:
		h.Algorithm = SHA256
	default:
		return bad("hash", "%d digits: expected 32 (MD5), 40 (SHA-1) or 64 (SHA-256)", len(text))
	}
	var raw [64]byte
	copy(raw[:], text)
	if _, err := hex.Decode(h.Digest[:], raw[:len(text)]); err != nil {
		return bad("hash", "%.70q is not hexadecimal", text)
	}
	return nil
}
