package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"vxwall/rules/suricata"
)

// decoder reads the tables of all files into drafts: typed values whose names
// are not resolved yet. A draft is broken if its table had an error; nothing is
// concluded from a broken one.
type decoder struct {
	report
	now     time.Time
	inspect bool
	apps    []string
	refuse  func(*suricata.Signature) *suricata.Refusal
	files   Files
	hash    func(Source) // adds a file to the set's hash

	sources  []*source
	unparsed bool // a file is no TOML, so not every name is known

	policy    Policy
	policyAt  place
	control   Control
	controlAt place
	segments  []segmentDraft
	services  []serviceDraft
	rules     []ruleDraft
	asserts   []assertDraft

	varsAt     place
	vars       []varDraft
	profiles   []profileDraft
	signatures []signatureDraft
	avs        []avDraft
}

// ref is a name that something else must bear.
type ref struct {
	name string
	at   place
}

func newDecoder(opts Options) *decoder {
	return &decoder{
		now:     opts.Now,
		inspect: opts.Inspect,
		apps:    opts.Apps,
		refuse:  opts.Refuse,
		files:   opts.Files,
		policy:  Policy{Default: Deny, Mode: Enforce, Log: LogEnd},
		control: defaultControl,
	}
}

// root is the schema of a file as a whole.
var root = schema[struct{}]{
	fields: []field[struct{}]{
		{key: "policy", want: "a table [policy]", read: readPolicy},
		{key: "segment", want: "tables [[segment]]", read: tables(
			func(d *decoder) *[]segmentDraft { return &d.segments }, (*decoder).segment)},
		{key: "service", want: "tables [[service]]", read: tables(
			func(d *decoder) *[]serviceDraft { return &d.services }, (*decoder).service)},
		{key: "acl", want: "tables [[acl]]", read: tables(
			func(d *decoder) *[]ruleDraft { return &d.rules }, (*decoder).rule)},
		{key: "control", want: "a table [control]", read: readControl},
		{key: "assert", want: "tables [[assert]]", read: tables(
			func(d *decoder) *[]assertDraft { return &d.asserts }, (*decoder).assert)},
		{key: "vars", want: "a table [vars]", read: readVars},
		{key: "ips", want: "tables [[ips]]", read: tables(
			func(d *decoder) *[]profileDraft { return &d.profiles }, (*decoder).profile)},
		{key: "signature", want: "tables [[signature]]", read: tables(
			func(d *decoder) *[]signatureDraft { return &d.signatures }, (*decoder).signature)},
		{key: "av", want: "tables [[av]]", read: tables(
			func(d *decoder) *[]avDraft { return &d.avs }, (*decoder).av)},
	},
}

// file decodes one file.
func (d *decoder) file(src *source) {
	d.sources = append(d.sources, src)
	values, index := parse(src, &d.report)
	if values == nil {
		d.unparsed = true
		return
	}
	readTable(d, value{src: src, index: index, data: values}, &root, &struct{}{})
}

// tables reads each of a list of tables into a list of drafts.
func tables[T any](list func(*decoder) *[]T, read func(*decoder, value) T) func(*decoder, value, *struct{}) {
	return func(d *decoder, v value, _ *struct{}) {
		if _, single := v.data.(map[string]any); single {
			d.errorf(v.at(), "%q is a list of tables: expected [[%s]]", v.key, v.key)
			return
		}
		drafts := list(d)
		*drafts = slices.Grow(*drafts, int(v.index.nodes[v.node].kids))
		d.elements(v, func(element value) {
			if _, ok := element.data.(map[string]any); !ok {
				d.wrongType(element)
				return
			}
			*drafts = append(*drafts, read(d, element))
		})
	}
}

// maxName is the longest name, in bytes.
const maxName = 64

// name reads the name of a segment, service or rule.
func (d *decoder) name(v value, to *string) {
	name, ok := d.text(v)
	if !ok {
		return
	}
	*to = name
	switch {
	case name == "":
		d.errorf(v.at(), "name is empty: expected %s", v.want)
	case len(name) > maxName:
		d.errorf(v.at(), "name has %d characters: expected at most %d", len(name), maxName)
	case name == "any" || name == "default":
		d.errorf(v.at(), "name %q is reserved: expected another one", name)
	default:
		for _, r := range name {
			if r != '.' && (r > 0x7f || !isBareKey(byte(r))) {
				d.errorf(v.at(), "bad character %q in name %q: expected letters a-z, A-Z, digits, '-', '_' and '.'", r, name)
				return
			}
		}
	}
}

// refs reads a list of names, each once.
func (d *decoder) refs(v value, to *[]ref) {
	seen := once[string]{}
	d.elements(v, func(e value) {
		name, ok := d.text(e)
		if !ok {
			return
		}
		if !seen.first(name) {
			d.warnf(e.at(), "%q is listed twice in %q", name, v.key)
			return
		}
		*to = append(*to, ref{name, e.at()})
	})
}

// address reads an IP address; IPv4 stays IPv4 however it is written.
func (d *decoder) address(v value, to *netip.Addr) {
	text, ok := d.text(v)
	if !ok {
		return
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		d.errorf(v.at(), "bad address %q: expected %s", text, v.want)
		return
	}
	*to = addr.Unmap()
}

// twice reports a table that only one file may have.
func (d *decoder) twice(v value, first place) bool {
	if first.src == nil {
		return false
	}
	d.errorf(v.at(), "second [%s], the first is at %s: expected one in all files", v.key, first.label())
	return true
}

// description reads what is written for human readers only.
func (d *decoder) description(v value, to *string) {
	if text, ok := d.text(v); ok {
		*to = text
	}
}

// quoteElement shows the element of a list as a message quotes it.
func quoteElement(data any) string {
	if s, ok := data.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(data)
}
