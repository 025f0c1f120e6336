package suricata

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var (
	datasetOps   = []string{"set", "unset", "isset", "isnotset"}
	datasetTypes = []string{"md5", "sha256", "string", "ipv4", "ip"}
)

// readDataset reads operation,name and then words with values in any order.
func readDataset(b *builder, o *option, k *keyword) error {
	args := splitArgs(o.value)
	if len(args) < 2 || !slices.Contains(datasetOps, args[0]) || args[1] == "" {
		return fmt.Errorf("bad value %q: expected set, unset, isset or isnotset, then a name", short(o.value))
	}
	d := &Dataset{Op: args[0], Name: args[1]}
	for _, a := range args[2:] {
		word, value, _ := strings.Cut(a, " ")
		if err := d.word(word, strings.TrimSpace(value)); err != nil {
			return err
		}
	}
	if b.sticky.buffer == "" {
		return fmt.Errorf("no sticky buffer before it: expected one, such as dns.query")
	}
	m := b.add(o, k)
	m.Dataset, m.Args = d, args
	return nil
}

func (d *Dataset) word(word, value string) (err error) {
	switch word {
	case "type":
		if d.Type = value; !slices.Contains(datasetTypes, value) {
			err = fmt.Errorf("bad type %q: expected one of %s", short(value), strings.Join(datasetTypes, " "))
		}
	case "load":
		d.Load = value
	case "state":
		d.Load, d.State = value, value
	case "save":
		d.State = value
	case "memcap":
		d.Memcap, err = size(value)
	case "hashsize":
		d.HashSize, err = strconv.ParseUint(value, 10, 32)
	case "format":
		d.Format = value
	case "context_key", "enrichment_key":
		d.Enrichment = value
	case "value_key":
		d.ValueKey = value
	case "remove_key":
		d.RemoveKey = true
	default:
		err = fmt.Errorf("unknown word %q: expected type, load, save, state, memcap, hashsize, format, value_key, context_key or remove_key", short(word))
	}
	return err
}

// size reads "10mb".
func size(text string) (uint64, error) {
	text = strings.ToLower(text)
	shift := 0
	for i, unit := range []string{"kb", "mb", "gb"} {
		if rest, ok := strings.CutSuffix(text, unit); ok {
			text, shift = rest, 10*(i+1)
		}
	}
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("bad size %q: expected one such as 10mb", short(text))
	}
	return n << shift, nil
}
