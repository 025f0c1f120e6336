package suricata

import "fmt"

// keyword is how one word of the language is read.
type keyword struct {
	name     string // newest name
	args     argKind
	buffered bool // a condition on the sticky buffer that is set
	once     bool
	meta     bool   // of the rule as a whole: no condition
	why      string // it cannot be supported
	read     func(b *builder, o *option, k *keyword) error
}

type argKind uint8

const (
	someArgs argKind = iota
	noArgs
	anyArgs
)

// keywords is the whole language, by every name a keyword has.
var keywords = map[string]*keyword{}

func init() {
	for i := range metaKeywords {
		metaKeywords[i].meta = true
	}
	for _, list := range [][]keyword{metaKeywords, contentKeywords, byteKeywords, packetKeywords, stateKeywords, fileKeywords} {
		for i := range list {
			define(&list[i], list[i].name)
		}
	}
	defineBuffers()
	defineNumbers()
	defineWords()
	for old, name := range renamed {
		define(keywords[name], old)
	}
}

func define(k *keyword, name string) {
	keywords[name] = k
}

// renamed are old names of keywords that are no sticky buffers.
var renamed = map[string]string{
	"tcp.flags": "flags", "dce_iface": "dcerpc.iface", "dce_opnum": "dcerpc.opnum", "vxlan_vni": "vxlan.vni",
	"threshold.config": "threshold", "tcp.seq": "seq", "tcp.ack": "ack", "tcp.window": "window",
}

func (b *builder) unknown(o *option) error {
	if o.keyword == "" {
		return faultf(o.at, "missing keyword before %q", short(b.text[o.at:]))
	}
	names := make([]string, 0, len(keywords))
	for name := range keywords {
		names = append(names, name)
	}
	if near := nearest(o.keyword, names); near != "" {
		return fmt.Errorf("unknown keyword: did you mean %q?", near)
	}
	return fmt.Errorf("unknown keyword: expected one of Suricata's rule language")
}

// nearest returns the name that differs least, "" if all differ much.
func nearest(word string, names []string) string {
	best, least := "", max(1, len(word)/4)+1
	if len(word) > 64 {
		return ""
	}
	for _, name := range names {
		if d := distance(word, name); d < least || d == least && best != "" && name < best {
			best, least = name, d
		}
	}
	return best
}

// distance is the number of characters to change, add or take out.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := left
			if a[i] != b[j] {
				cost++
			}
			left = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
