package match

// lower maps ASCII letters to lower case, other bytes to themselves.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			t[i] = byte(i) + 'a' - 'A'
		}
	}
	return t
}()

// Lower returns a byte, if it is an ASCII letter in lower case.
func Lower(b byte) byte { return lower[b] }

// EqualFold says whether two texts of one length are equal but for the case of
// ASCII letters. want is in lower case.
func EqualFold(got, want []byte) bool {
	got = got[:len(want)]
	for i, b := range want {
		if lower[got[i]] != b {
			return false
		}
	}
	return true
}
