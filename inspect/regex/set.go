package regex

// set is a set of bytes.
type set [4]uint64

func (s *set) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

func (s *set) add(b byte) { s[b>>6] |= 1 << (b & 63) }

func (s *set) addRange(first, last byte) {
	for b := int(first); b <= int(last); b++ {
		s.add(byte(b))
	}
}

func (s *set) merge(o set) {
	for i := range s {
		s[i] |= o[i]
	}
}

func (s set) not() set { return set{^s[0], ^s[1], ^s[2], ^s[3]} }

// folded is the set with both cases of each ASCII letter.
func (s set) folded() set {
	for b := byte('a'); b <= 'z'; b++ {
		if s.has(b) || s.has(b-'a'+'A') {
			s.add(b)
			s.add(b - 'a' + 'A')
		}
	}
	return s
}

// ranges returns the set of the bytes between each pair of a text.
func ranges(pairs string) (s set) {
	for i := 0; i < len(pairs); i += 2 {
		s.addRange(pairs[i], pairs[i+1])
	}
	return s
}

// named are the classes of escapes in lower case; those in upper case are the opposites.
var named = map[byte]set{
	'd': ranges("09"),
	'w': ranges("09AZaz__"),
	's': ranges("\t\r  "),
	'h': ranges("\t\t  \xa0\xa0"),
	'v': ranges("\n\r\x85\x85"),
	'N': ranges("\n\n").not(),
}

// posix are the classes of [:name:].
var posix = map[string]set{
	"alpha": ranges("AZaz"), "digit": ranges("09"), "alnum": ranges("09AZaz"), "upper": ranges("AZ"), "lower": ranges("az"),
	"space": ranges("\t\r  "), "blank": ranges("\t\t  "), "punct": ranges("!/:@[`{~"), "xdigit": ranges("09AFaf"),
	"word": ranges("09AZaz__"), "cntrl": ranges("\x00\x1f\x7f\x7f"), "print": ranges(" ~"), "graph": ranges("!~"), "ascii": ranges("\x00\x7f"),
}

// lower returns a byte, if it is an ASCII letter in lower case.
func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b | 0x20
	}
	return b
}
