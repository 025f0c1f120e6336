package clamav

import (
	"regexp/syntax"
	"strconv"
	"strings"
)

// memberLine reads a line of a .cdb: name:container:size:file name:size in
// container:real size:encrypted:position:checksum:reserved[:min[:max]].
func (r *reader) memberLine(line string) error {
	f := splitMember(line)
	if len(f) < 10 || len(f) > 12 {
		return bad("", "%d fields: expected 10 and at most two levels", len(f))
	}
	m := Member{Name: strings.Clone(f[0]), Ref: r.ref(), Container: strings.Clone(f[1]), Encrypted: -1}
	if fault := checkName(m.Name); fault != nil {
		return fault
	}
	r.about = m.Name
	if f[3] != "*" {
		m.FileName = strings.Clone(f[3])
		if _, err := syntax.Parse(m.FileName, syntax.Perl); err != nil {
			return bad("file name", "%v", err)
		}
	}
	for _, n := range []struct {
		name, text string
		into       *Range
	}{
		{"container size", f[2], &m.ContainerSize},
		{"size in container", f[4], &m.Size},
		{"real size", f[5], &m.RealSize},
		{"position", f[7], &m.Position},
	} {
		if *n.into = Unlimited; n.text == "*" {
			continue
		}
		var fault *fault
		if *n.into, fault = numberRange(n.name, n.text); fault != nil {
			return fault
		}
	}
	if fault := m.rest(f[6], f[8]); fault != nil {
		return fault
	}
	f = append(f, "", "")
	if err := levels(f[10], f[11]); err != nil {
		return err
	}
	if err := r.refusePUA(m.Name); err != nil {
		return err
	}
	r.set.Members = append(r.set.Members, m)
	return nil
}

// splitMember cuts a line at colons, but not at one that is escaped.
func splitMember(line string) (fields []string) {
	from := 0
	for i := range len(line) {
		if line[i] == ':' && (i == 0 || line[i-1] != '\\') {
			fields, from = append(fields, line[from:i]), i+1
		}
	}
	return append(fields, line[from:])
}

func (m *Member) rest(encrypted, checksum string) *fault {
	switch encrypted {
	case "0":
		m.Encrypted = 0
	case "1":
		m.Encrypted = 1
	case "*":
	default:
		return bad("encrypted", "%.20q: expected 0, 1 or *", encrypted)
	}
	if checksum == "*" {
		return nil
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(checksum, "0x"), 16, 32)
	if err != nil {
		return bad("checksum", "%.20q: expected * or up to eight hexadecimal digits", checksum)
	}
	m.Checksum, m.HasChecksum = uint32(n), true
	return nil
}

// ignoreLine reads a line of a .ign2, name[:hash of the signature], or of an .ign,
// database:line:name.
func (r *reader) ignoreLine(line string) error {
	f := strings.Split(line, ":")
	i := Ignored{Ref: r.ref()}
	switch len(f) {
	case 1, 2:
		i.Name = strings.Clone(f[0])
	case 3:
		i.Base, i.Name = strings.Clone(f[0]), strings.Clone(f[2])
	default:
		return bad("", "%d fields: expected name, or database, line and name", len(f))
	}
	if fault := checkName(i.Name); fault != nil {
		return fault
	}
	r.set.Ignored = append(r.set.Ignored, i)
	return nil
}
