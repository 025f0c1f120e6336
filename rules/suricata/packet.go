package suricata

import (
	"fmt"
	"strings"
)

var packetKeywords = []keyword{
	{name: "flags", read: readFlags},
	{name: "fragbits", read: readFragBits},
	{name: "flow", once: true, read: readFlow},
	{name: "iprep", read: readIPRep},
}

// tcpFlags are the letters of flags. 1 and 2 are old names of C and E.
var tcpFlags = map[byte]uint8{
	'F': 0x01, 'S': 0x02, 'R': 0x04, 'P': 0x08, 'A': 0x10, 'U': 0x20, 'E': 0x40, '2': 0x40, 'C': 0x80, '1': 0x80, '0': 0,
}

// readFlags reads flags:S, flags:+SA, flags:!R, flags:S,12 (not looking at C
// and E).
func readFlags(b *builder, o *option, k *keyword) error {
	args := splitArgs(o.value)
	text, op := operator(args[0])
	if o.negated {
		op = '!'
	}
	f := &TCPFlags{Op: op}
	var err error
	if f.Flags, err = letters(text, tcpFlags, "F S R P A U E C 0"); err != nil {
		return err
	}
	if len(args) > 2 {
		return fmt.Errorf("bad value %q: expected flags, and ignored ones behind a comma", short(o.value))
	}
	if len(args) == 2 {
		if f.Ignore, err = letters(args[1], tcpFlags, "F S R P A U E C"); err != nil {
			return err
		}
	}
	m := b.add(o, k)
	m.Flags, m.Negated = f, false // Op says it
	return nil
}

// operator takes a modifier off a set of bits.
func operator(text string) (rest string, op byte) {
	text = strings.TrimSpace(text)
	if text == "" {
		return text, 0
	}
	for _, end := range []int{0, len(text) - 1} {
		if c := text[end]; strings.IndexByte("+*!", c) >= 0 {
			if end == 0 {
				return strings.TrimSpace(text[1:]), c
			}
			return strings.TrimSpace(text[:end]), c
		}
	}
	return text, 0
}

func letters(text string, known map[byte]uint8, want string) (bits uint8, err error) {
	for i := range len(text) {
		bit, ok := known[text[i]&^0x20]
		if !ok {
			bit, ok = known[text[i]]
		}
		if !ok {
			return 0, fmt.Errorf("unknown letter %q: expected some of %s", text[i:i+1], want)
		}
		bits |= bit
	}
	if text == "" {
		err = fmt.Errorf("missing letters: expected some of %s", want)
	}
	return bits, err
}

var fragBits = map[byte]uint8{'M': 1, 'D': 2, 'R': 4}

func readFragBits(b *builder, o *option, k *keyword) error {
	text, op := operator(o.value)
	if o.negated {
		op = '!'
	}
	bits, err := letters(text, fragBits, "M D R")
	if err != nil {
		return err
	}
	b.add(o, k).FragBits = &FragBits{bits, op}
	return nil
}

func readFlow(b *builder, o *option, k *keyword) error {
	f := &Flow{}
	for _, a := range splitArgs(o.value) {
		part := f.part(strings.ToLower(a))
		if part == nil {
			return fmt.Errorf("unknown word %q: expected to_server, to_client, from_server, from_client, established, "+
				"not_established, stateless, only_stream, no_stream, only_frag or no_frag", short(a))
		}
		*part = true
	}
	switch {
	case f.ToServer && f.ToClient:
		return fmt.Errorf("to_server and to_client contradict each other: expected one of both")
	case f.Established && f.NotEstablished, f.Established && f.Stateless, f.NotEstablished && f.Stateless:
		return fmt.Errorf("established, not_established and stateless contradict each other: expected one of them")
	case f.OnlyStream && f.NoStream:
		return fmt.Errorf("only_stream and no_stream contradict each other: expected one of both")
	case f.OnlyFrag && f.NoFrag:
		return fmt.Errorf("only_frag and no_frag contradict each other: expected one of both")
	}
	m := b.add(o, k)
	m.Flow, m.Args = f, splitArgs(o.value)
	return nil
}

func (f *Flow) part(word string) *bool {
	switch word {
	case "to_server", "from_client":
		return &f.ToServer
	case "to_client", "from_server":
		return &f.ToClient
	case "established":
		return &f.Established
	case "not_established":
		return &f.NotEstablished
	case "stateless":
		return &f.Stateless
	case "only_stream":
		return &f.OnlyStream
	case "no_stream":
		return &f.NoStream
	case "only_frag":
		return &f.OnlyFrag
	case "no_frag":
		return &f.NoFrag
	}
	return nil
}

// readIPRep reads side,category,operator,value or side,category,isset.
func readIPRep(b *builder, o *option, k *keyword) error {
	args := splitArgs(o.value)
	if len(args) < 3 || len(args) > 4 {
		return fmt.Errorf("bad value %q: expected side,category,operator,value or side,category,isset", short(o.value))
	}
	r := &IPRep{Side: args[0], Category: args[1]}
	if r.Side != "any" && r.Side != "src" && r.Side != "dst" && r.Side != "both" {
		return fmt.Errorf("bad side %q: expected any, src, dst or both", short(r.Side))
	}
	if len(args) == 3 {
		r.IsSet, r.IsNotSet = args[2] == "isset", args[2] == "isnotset"
		if !r.IsSet && !r.IsNotSet {
			return fmt.Errorf("bad word %q: expected isset or isnotset", short(args[2]))
		}
	} else {
		n, err := number(args[2]+args[3], 127, nil)
		if err != nil {
			return err
		}
		r.Op, r.Value = n.Op, uint8(n.A)
	}
	m := b.add(o, k)
	m.IPRep, m.Args = r, args
	return nil
}
