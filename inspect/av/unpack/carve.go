package unpack

import "bytes"

// carved are archives that programs carry: those that extract themselves, and
// installers.
var carved = []struct {
	magic []byte
	kind  Kind
}{
	{[]byte("PK\x03\x04"), ZIP}, {[]byte("Rar!\x1a\x07"), RAR}, {[]byte("7z\xbc\xaf\x27\x1c"), SevenZip},
	{[]byte("MSCF\x00\x00\x00\x00"), CAB}, {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), OLE2},
}

// carveMost is how many archives are looked for in one program: each is opened,
// and so costs a reading of what follows it.
const carveMost = 16

// openPE opens archives within a program, wherever they stand: in the overlay,
// or in a section as a resource. The program that unpacks them is not looked
// into. A zip is one box whatever number of members it has.
func openPE(w *walker, b box) error {
	for _, c := range carved {
		found := 0
		for at := 0; found < carveMost; found++ {
			i := bytes.Index(b.data[at:], c.magic)
			if i < 0 {
				break
			}
			at += i
			if err := w.inTime(); err != nil {
				return err
			}
			before := w.res
			if err := w.open(box{data: b.data[at:], kind: c.kind, member: b.member}); err != nil {
				return err
			}
			if w.res.Members == before.Members && w.res.Outcome < OverLimit && w.res.Encrypted == before.Encrypted {
				before.Size = w.res.Size
				w.res = before // the magic stood there by chance
			}
			if c.kind == ZIP {
				break
			}
			at += len(c.magic)
		}
		if found == carveMost {
			return LimitMembers
		}
	}
	return nil
}
