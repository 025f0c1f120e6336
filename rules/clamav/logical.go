package clamav

import "strings"

// maxSubs is how many subsignatures ClamAV allows.
const maxSubs = 64

// logicalLine reads name;block;expression;sub0;sub1;…
func (r *reader) logicalLine(line string) error {
	l := Logical{Ref: r.ref()}
	f := strings.Split(line, ";") // a regular expression writes it \x3b
	if len(f) < 4 {
		return bad("", "%d fields: expected name, block, expression and subsignatures", len(f))
	}
	l.Name = strings.Clone(f[0])
	if fault := checkName(l.Name); fault != nil {
		return fault
	}
	r.about = l.Name
	if len(f)-3 > maxSubs {
		return bad("", "%d subsignatures: at most %d", len(f)-3, maxSubs)
	}
	if err := l.Block.read(f[1]); err != nil {
		return err
	}
	if err := r.refusePUA(l.Name); err != nil {
		return err
	}
	var fault *fault
	if l.Expr, fault = expression("expression", f[2], len(f)-3); fault != nil {
		return fault
	}
	l.Subs = make([]Sub, len(f)-3)
	for i, text := range f[3:] {
		if err := readSub(&l.Subs[i], i, text, len(l.Subs)); err != nil {
			return err
		}
	}
	r.set.Logical = append(r.set.Logical, l)
	return nil
}
