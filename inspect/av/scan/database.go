package scan

import (
	"fmt"

	"vxwall/rules/clamav"
)

// Database is compiled signatures.
type Database struct {
	files    hashes // of whole files
	sections hashes // of sections of PE files
	trusted  hashes
	pieces   []piece
	patterns []pattern
	bodies   []clamav.Body
	logicals []logical
	grams    grams
	before   int // the longest that a piece begins before its gram
	after    int // the longest that a piece ends behind the beginning of its gram
	count    int
}

// pattern is one way to meet a body signature or a part of a logical one.
type pattern struct {
	first, pieces int32
	offset        clamav.Offset
	body          int32 // index of the signature, -1 for logical ones
	logical, sub  int32
	word          bool
}

// logical is a logical signature, and what its counts are known by.
type logical struct {
	*clamav.Logical
	base int32 // number of its first sub-signature among all
	late bool  // nothing is certain before the end of the file
}

// Len is the number of signatures.
func (d *Database) Len() int { return d.count }

// Compile compiles signatures. What cannot be used is a problem.
func Compile(set *clamav.Set) (*Database, []clamav.Problem) {
	set.Drop()
	d := &Database{bodies: set.Bodies}
	var problems []clamav.Problem
	d.files.add(set.Hashes)
	d.sections.add(set.Sections)
	d.trusted.add(set.Trusted)
	d.count = len(set.Hashes) + len(set.Sections)
	for i := range set.Bodies {
		b := &set.Bodies[i]
		if err := usable(b.Pattern); err != nil {
			problems = append(problems, clamav.Problem{Pos: b.Pos, Name: b.Name, Reason: err.Error()})
			continue
		}
		d.add(b.Pattern, pattern{offset: b.Offset, body: int32(i), logical: -1})
		d.count++
	}
	base := int32(0)
	for i := range set.Logicals {
		l := &set.Logicals[i]
		if err := usableSubs(l); err != nil {
			problems = append(problems, clamav.Problem{Pos: l.Pos, Name: l.Name, Reason: err.Error()})
			continue
		}
		d.addLogical(l, base)
		base += int32(len(l.Subs))
		d.count++
	}
	d.grams.build(d.pieces, d.about)
	for i := range d.pieces {
		p := &d.pieces[i]
		d.before = max(d.before, int(p.gram)+1)
		d.after = max(d.after, len(p.Value)-int(p.gram)+1)
	}
	return d, problems
}

func (d *Database) addLogical(l *clamav.Logical, base int32) {
	at := int32(len(d.logicals))
	one := logical{Logical: l, base: base, late: l.Sizes != nil || late(&l.Expression)}
	for sub := range l.Subs {
		s := &l.Subs[sub]
		one.late = one.late || s.Offset.Place == clamav.FromEnd
		for _, variant := range s.Variants {
			d.add(variant, pattern{offset: s.Offset, body: -1, logical: at, sub: int32(sub), word: s.FullWord})
		}
	}
	d.logicals = append(d.logicals, one)
}

// late says whether more of what is found may make an expression false.
func late(e *clamav.Expression) bool {
	if e.Compare == '=' || e.Compare == '<' {
		return true
	}
	for i := range e.Kids {
		if late(&e.Kids[i]) {
			return true
		}
	}
	return false
}

func (d *Database) add(from clamav.Pattern, p pattern) {
	p.first, p.pieces = int32(len(d.pieces)), int32(len(from))
	for i := range from {
		d.pieces = append(d.pieces, piece{Piece: &from[i], pattern: int32(len(d.patterns))})
	}
	d.patterns = append(d.patterns, p)
}

// about is the kind of files that a piece's signature is about.
func (d *Database) about(p *piece) clamav.Target {
	of := &d.patterns[p.pattern]
	if of.body >= 0 {
		return d.bodies[of.body].Target
	}
	return d.logicals[of.logical].Target
}

func usableSubs(l *clamav.Logical) error {
	for i := range l.Subs {
		for _, variant := range l.Subs[i].Variants {
			if err := usable(variant); err != nil {
				return fmt.Errorf("pattern %d: %w", i, err)
			}
		}
	}
	return nil
}

// usable says why a pattern cannot be searched for.
func usable(p clamav.Pattern) error {
	for i := range p {
		if !hasGram(&p[i]) {
			return fmt.Errorf("piece %d has no %d fixed bytes in a row", i, gramLen)
		}
	}
	return nil
}
