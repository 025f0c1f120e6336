package suricata

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxOptions bounds the options of a rule; real ones have some dozens.
const maxOptions = 1024

// builder makes a signature of a rule's text.
type builder struct {
	*reader
	text string
	sig  Signature

	sticky   sticky
	content  int      // index of the last content in sig.Matches + 1
	names    []string // variables of byte_extract and byte_math so far
	once     []string // keywords that a rule has once
	uses     int      // sticky buffers so far
	priority bool     // given
	options  int      // so far

	column, columnAt int // characters before a byte, see columnOf
}

// sticky is the buffer that conditions look into.
type sticky struct {
	buffer     string
	keyword    string // as written
	at         int
	use        int
	transforms []Transform
	side       string
	fresh      bool // no condition has followed yet
}

func (b *builder) build() error {
	if len(b.text) > maxRule {
		return faultf(0, "too long: expected a rule of at most %d bytes", maxRule)
	}
	h, f := readHeader(b.text)
	if f != nil {
		return f
	}
	if err := b.header(&h); err != nil {
		return err
	}
	for at := h.options; ; {
		o, next, f := readOption(b.text, at)
		if f != nil {
			return f
		}
		if next < 0 {
			break
		}
		if b.options++; b.options > maxOptions {
			return faultf(o.at, "too many options: expected at most %d", maxOptions)
		}
		if err := b.option(&o); err != nil {
			return o.fault(err)
		}
		at = next
	}
	return b.finish()
}

// fault places an error of a keyword, unless it knows its place better.
func (o *option) fault(err error) error {
	f, ok := err.(*fault)
	if !ok {
		return &fault{at: o.at, keyword: o.keyword, reason: err.Error()}
	}
	if f.keyword == "" {
		f.keyword = o.keyword
	}
	return f
}

func (b *builder) option(o *option) error {
	k, known := keywords[o.keyword]
	if !known {
		return b.unknown(o)
	}
	if k.why != "" {
		return fmt.Errorf("not supported: %s", k.why)
	}
	if k.args == noArgs && o.has && o.value != "" {
		return fmt.Errorf("unexpected value %q: expected %s;", short(o.value), o.keyword)
	}
	if k.args == someArgs && o.value == "" {
		return fmt.Errorf("missing value: expected %s:value;", o.keyword)
	}
	if k.meta && o.negated {
		return fmt.Errorf(`unexpected "!": expected a value`)
	}
	if k.once {
		if slices.Contains(b.once, k.name) {
			return fmt.Errorf("second %s in one rule: expected it once", k.name)
		}
		b.once = append(b.once, k.name)
	}
	return k.read(b, o, k)
}

// add appends a condition on the buffer that is set.
func (b *builder) add(o *option, k *keyword) *Match {
	column := b.columnOf(o.at)
	m := Match{Keyword: k.name, Column: column, Negated: o.negated}
	if k.buffered {
		m.Buffer, m.Transforms, m.Use, m.Side = b.sticky.buffer, b.sticky.transforms, b.sticky.use, b.sticky.side
		b.sticky.fresh = false
	}
	b.sig.Matches = append(b.sig.Matches, m)
	return &b.sig.Matches[len(b.sig.Matches)-1]
}

// columnOf returns the column of a byte that is not before the one asked for
// last.
func (b *builder) columnOf(at int) int {
	b.column += utf8.RuneCountInString(b.text[b.columnAt:at])
	b.columnAt = at
	return b.column + 1
}

// splitArgs cuts a value at commas.
func splitArgs(value string) []string {
	if value == "" {
		return nil
	}
	args := strings.Split(value, ",")
	for i, a := range args {
		args[i] = strings.TrimSpace(a)
	}
	return args
}

// header reads what stands before the options.
func (b *builder) header(h *header) error {
	action, ok := actions[h.action.text]
	if !ok {
		return faultf(h.action.at, "unknown action %q: expected alert, drop, pass, reject, rejectsrc, rejectdst or rejectboth", short(h.action.text))
	}
	b.sig.Action = action
	b.sig.Protocol = strings.ToLower(h.protocol.text)
	if err := checkProtocol(b.sig.Protocol); err != nil {
		return faultf(h.protocol.at, "%v", err)
	}
	switch h.direction.text {
	case "->":
	case "<>":
		b.sig.Bidirectional = true
	case "=>":
		b.sig.Transaction = true
	case "<-":
		return faultf(h.direction.at, "bad direction <-: expected the source on the left and ->")
	default:
		return faultf(h.direction.at, "bad direction %q: expected ->, <> or =>", short(h.direction.text))
	}
	if f := b.side(h.src, h.srcPort, &b.sig.Src, &b.sig.SrcPort); f != nil {
		return f
	}
	if f := b.side(h.dst, h.dstPort, &b.sig.Dst, &b.sig.DstPort); f != nil {
		return f
	}
	if b.sig.Bidirectional && slices.Equal(b.sig.Src.In, b.sig.Dst.In) && slices.Equal(b.sig.SrcPort.In, b.sig.DstPort.In) {
		b.sig.Bidirectional = false // else each packet would meet it twice
	}
	return nil
}

var actions = map[string]Action{
	"alert": Alert, "pass": Pass, "drop": Drop, "reject": Reject, "rejectsrc": Reject,
	"rejectdst": RejectDst, "rejectboth": RejectBoth,
}

func goodName(text string) bool {
	for _, c := range text {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == ':' || c == '.') {
			return false
		}
	}
	return text != ""
}

func (b *builder) side(address, port word, a *Addresses, p *Ports) *fault {
	var f *fault
	if *a, f = b.set(address); f != nil {
		return f
	}
	list, err := b.ports.parse(port.text, 0)
	if err != nil {
		return faultf(port.at, "%v", err)
	}
	ok := false
	if *p, ok = portsOf(list); !ok {
		return faultf(port.at, "%s holds no port at all", short(port.text))
	}
	return nil
}

// set reads addresses; rules that name the same ones share the list.
func (b *builder) set(w word) (Addresses, *fault) {
	if known, ok := b.sides[w.text]; ok {
		return known, nil
	}
	set, err := b.addresses.parse(w.text, 0)
	if err != nil {
		return Addresses{}, faultf(w.at, "%v", err)
	}
	list, ok := set.addresses()
	if !ok {
		return Addresses{}, faultf(w.at, "%s holds no address at all", short(w.text))
	}
	b.sides[w.text] = list
	return list, nil
}
