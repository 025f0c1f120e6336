package suricata

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var stateKeywords = []keyword{
	{name: "flowbits", read: readFlowBits},
	{name: "xbits", read: readXBits},
	{name: "hostbits", read: readHostBits},
	{name: "flowint", read: readFlowInt},
	{name: "threshold", read: readThreshold},
	{name: "detection_filter", read: readDetectionFilter},
	{name: "dataset", buffered: true, read: readDataset},
}

var bitsOps = map[string]BitsOp{"set": BitSet, "unset": BitUnset, "toggle": BitToggle, "isset": BitIsSet, "isnotset": BitIsNotSet}

// readBits reads operation,name and returns what follows; done if there is
// nothing but noalert.
func (b *builder) readBits(o *option) (bits *Bits, rest []string, err error) {
	args := splitArgs(o.value)
	if args[0] == "noalert" && len(args) == 1 {
		b.sig.NoAlert = true
		return nil, nil, nil
	}
	op, ok := bitsOps[args[0]]
	if !ok {
		return nil, nil, fmt.Errorf("unknown operation %q: expected set, unset, toggle, isset, isnotset or noalert", short(args[0]))
	}
	if len(args) < 2 || args[1] == "" {
		return nil, nil, fmt.Errorf("missing name: expected %s,name", args[0])
	}
	bits = &Bits{Op: op}
	for _, name := range strings.Split(args[1], "|") {
		if name = strings.TrimSpace(name); name == "" {
			return nil, nil, fmt.Errorf("bad name %q: expected a|b", short(args[1]))
		}
		bits.Names = append(bits.Names, name)
	}
	if len(bits.Names) > 1 && op != BitIsSet && op != BitIsNotSet {
		return nil, nil, fmt.Errorf("several names with %s: expected them with isset or isnotset alone", args[0])
	}
	return bits, args[2:], nil
}

func (b *builder) addBits(o *option, k *keyword, bits *Bits) error {
	m := b.add(o, k)
	m.Bits, m.Args = bits, splitArgs(o.value)
	return nil
}

func readFlowBits(b *builder, o *option, k *keyword) error {
	bits, rest, err := b.readBits(o)
	if err != nil || bits == nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("unexpected %q: expected operation,name", short(rest[0]))
	}
	return b.addBits(o, k, bits)
}

func readXBits(b *builder, o *option, k *keyword) error {
	bits, rest, err := b.readBits(o)
	if err != nil || bits == nil {
		return err
	}
	for _, a := range rest {
		word, value, _ := strings.Cut(a, " ")
		switch value = strings.TrimSpace(value); word {
		case "track":
			bits.Track = value
		case "expire":
			n, err := strconv.ParseUint(value, 10, 31)
			if err != nil || n == 0 {
				return fmt.Errorf("bad expire %q: expected seconds from 1 up", short(value))
			}
			bits.Expire = int(n)
		default:
			return fmt.Errorf("unknown word %q: expected track or expire", short(word))
		}
	}
	if !slices.Contains([]string{"ip_src", "ip_dst", "ip_pair", "tx"}, bits.Track) {
		return fmt.Errorf("bad track %q: expected ip_src, ip_dst, ip_pair or tx", short(bits.Track))
	}
	return b.addBits(o, k, bits)
}

func readHostBits(b *builder, o *option, k *keyword) error {
	bits, rest, err := b.readBits(o)
	if err != nil || bits == nil {
		return err
	}
	bits.Track = "src"
	if len(rest) > 0 {
		bits.Track = rest[0]
	}
	if bits.Track != "src" && bits.Track != "dst" && bits.Track != "both" || len(rest) > 1 {
		return fmt.Errorf("bad value %q: expected operation,name,src or dst or both", short(o.value))
	}
	return b.addBits(o, k, bits)
}

var intOps = []string{"+", "-", "=", ">", "<", ">=", "<=", "==", "!=", "isset", "notset", "isnotset"}

func readFlowInt(b *builder, o *option, k *keyword) error {
	args := splitArgs(o.value)
	if len(args) < 2 || len(args) > 3 || !slices.Contains(intOps, args[1]) {
		return fmt.Errorf("bad value %q: expected name,operator,value with one of %s", short(o.value), strings.Join(intOps, " "))
	}
	i := &Int{Name: args[0], Op: args[1]}
	if i.Op == "isnotset" {
		i.Op = "notset"
	}
	if isSet := i.Op == "isset" || i.Op == "notset"; isSet != (len(args) == 2) {
		return fmt.Errorf("bad value %q: expected a value, but not with isset or notset", short(o.value))
	}
	if len(args) == 3 {
		i.Value = Value{Name: args[2], Set: true}
		if n, err := strconv.ParseUint(args[2], 10, 32); err == nil {
			i.Value = Value{N: int64(n), Set: true}
		}
	}
	m := b.add(o, k)
	m.Int, m.Args = i, args
	return nil
}
