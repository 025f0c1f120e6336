package clamav

import "strings"

// bodyLine reads name:target:offset:pattern[:min[:max]].
func (r *reader) bodyLine(line string) error {
	f := strings.Split(line, ":")
	if len(f) < 4 || len(f) > 6 {
		return bad("", "%d fields: expected name, target, offset, pattern and at most two levels", len(f))
	}
	b := Body{Name: strings.Clone(f[0]), Ref: r.ref()}
	if fault := checkName(b.Name); fault != nil {
		return fault
	}
	r.about = b.Name
	target, fault := number("target", f[1], 8)
	if fault != nil || target >= uint64(Targets) {
		return bad("target", "%.20q: expected 0 to %d", f[1], Targets-1)
	}
	b.Target = Target(target)
	f = append(f, "", "")
	if err := levels(f[4], f[5]); err != nil {
		return err
	}
	if err := r.refusePUA(b.Name); err != nil {
		return err
	}
	if b.Offset, fault = offset(f[2]); fault != nil {
		return fault
	}
	if b.Pattern, fault = pattern(f[3]); fault != nil {
		return fault
	}
	r.set.Bodies = append(r.set.Bodies, b)
	return nil
}
