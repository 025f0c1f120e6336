package dns

// maxName bounds a name as it is shown; RFC 1035 has 255 bytes. Longer ones are cut, and
// said to be.
const maxName = 1025

// maxJumps bounds the pointers followed for one name.
const maxJumps = 255

// appendName appends the name at an offset of a message, labels joined by dots and
// without the last dot, and returns where the message goes on. It is not ok if the
// message ends inside the name, or pointers lead on for ever. What is too long is cut
// at maxName (RFC 1035 section 4.1.4).
func appendName(dst, m []byte, at int) (name []byte, next int, ok bool) {
	start, next, jumps := len(dst), -1, 0
	for at < len(m) {
		n := int(m[at])
		switch {
		case n == 0:
			if next < 0 {
				next = at + 1
			}
			return dst, next, true
		case n >= 0xc0:
			if at+1 >= len(m) {
				return dst, 0, false
			}
			if next < 0 {
				next = at + 2
			}
			at = n&0x3f<<8 | int(m[at+1])
			if jumps++; jumps > maxJumps {
				return dst, next, false
			}
		case n >= 0x40 || at+1+n > len(m):
			return dst, 0, false
		default:
			dst = appendLabel(dst, start, m[at+1:at+1+n])
			at += 1 + n
		}
	}
	return dst, 0, false
}

// appendLabel appends a label to the name that begins at start, as far as there is room.
func appendLabel(dst []byte, start int, label []byte) []byte {
	if len(dst) > start && len(dst)-start < maxName {
		dst = append(dst, '.')
	}
	return append(dst, label[:min(len(label), maxName-(len(dst)-start))]...)
}
