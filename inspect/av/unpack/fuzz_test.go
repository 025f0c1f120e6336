package unpack

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// keeper checks what a walk promises: members within the limits, each begun and
// ended once, and no bytes outside of one.
type keeper struct {
	t       *testing.T
	lim     Limits
	members int
	size    int64
	current *Member
	written int64
}

func (k *keeper) Begin(m *Member) {
	if k.current != nil || m.Depth < 1 || m.Depth > k.lim.Depth || (m.Parent == nil) != (m.Depth == 1) {
		k.t.Fatalf("begun within %v: %+v", k.current, m)
	}
	k.current, k.written = m, 0
	if k.members++; k.members > k.lim.Members {
		k.t.Fatalf("%d members", k.members)
	}
}

func (k *keeper) Write(p []byte) error {
	k.size += int64(len(p))
	k.written += int64(len(p))
	if k.current == nil || k.current.Encrypted || len(p) == 0 || k.size > k.lim.Size+piece {
		k.t.Fatalf("%d bytes for %+v, %d in all", len(p), k.current, k.size)
	}
	return nil
}

func (k *keeper) End(m *Member) {
	if m != k.current || m.Size != k.written {
		k.t.Fatalf("ended %+v, begun %+v, written %d", m, k.current, k.written)
	}
	k.current = nil
}

// fuzz opens anything as one kind.
func fuzz(f *testing.F, kind Kind, seeds ...[]byte) {
	for _, c := range containers(f) {
		if c.kind == kind {
			f.Add(c.file)
		}
	}
	paths, _ := filepath.Glob(filepath.Join(testFiles, "clam*"))
	for _, path := range paths {
		if file, err := os.ReadFile(path); err == nil && len(file) < 1<<16 && Sniff(file) == kind {
			f.Add(file)
		}
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		k := &keeper{t: t, lim: Limits{Depth: 6, Members: 200, Size: 4 << 20, Memory: 8 << 20, Time: 3 * time.Second, Ratio: 100}}
		w := walker{lim: k.lim, visitor: k, buffer: make([]byte, piece), end: time.Now().Add(k.lim.Time)}
		start := time.Now()
		w.open(box{data: file, kind: kind})
		if took := time.Since(start); took > 2*k.lim.Time {
			t.Fatalf("took %v", took)
		}
		if w.panics > 0 || w.held != 0 || k.current != nil || (w.res.Outcome == Clean) != (w.res.Cause == nil) {
			t.Fatalf("%d bytes held, %+v, %+v", w.held, k.current, w.res)
		}
	})
}

func FuzzZip(f *testing.F)      { fuzz(f, ZIP) }
func FuzzGzip(f *testing.F)     { fuzz(f, GZ) }
func FuzzBzip2(f *testing.F)    { fuzz(f, BZ) }
func FuzzXZ(f *testing.F)       { fuzz(f, XZ, packedXZ) }
func FuzzLZMA(f *testing.F)     { fuzz(f, LZMA, packedLZMA) }
func FuzzZstd(f *testing.F)     { fuzz(f, ZSTD, []byte("\x28\xb5\x2f\xfd\x04\x00\x11\x00\x00hi")) }
func FuzzTar(f *testing.F)      { fuzz(f, TAR) }
func FuzzCpio(f *testing.F)     { fuzz(f, CPIONewc) }
func FuzzCpioOld(f *testing.F)  { fuzz(f, CPIOOld) }
func FuzzCpioODC(f *testing.F)  { fuzz(f, CPIOODC) }
func FuzzSevenZip(f *testing.F) { fuzz(f, SevenZip) }
func FuzzRAR(f *testing.F)      { fuzz(f, RAR) }
func FuzzCab(f *testing.F)      { fuzz(f, CAB) }
func FuzzARJ(f *testing.F)      { fuzz(f, ARJ) }
func FuzzISO(f *testing.F)      { fuzz(f, ISO) }
func FuzzOLE2(f *testing.F)     { fuzz(f, OLE2) }
func FuzzPDF(f *testing.F)      { fuzz(f, PDF) }
func FuzzRTF(f *testing.F)      { fuzz(f, RTF) }
func FuzzCHM(f *testing.F)      { fuzz(f, CHM) }
func FuzzSZDD(f *testing.F)     { fuzz(f, SZDD) }
func FuzzSIS(f *testing.F)      { fuzz(f, SIS) }
func FuzzTNEF(f *testing.F)     { fuzz(f, TNEF) }
func FuzzBinHex(f *testing.F)   { fuzz(f, BinHex) }
func FuzzUU(f *testing.F)       { fuzz(f, UU, []byte("begin 644 a\n#86)C\n`\nend\n")) }
func FuzzMail(f *testing.F)     { fuzz(f, Mail) }
func FuzzHTML(f *testing.F)     { fuzz(f, HTML) }
func FuzzPE(f *testing.F)       { fuzz(f, PE) }

// FuzzSniff: more of a file never makes it another kind than what its magic
// says, and no head makes it fail.
func FuzzSniff(f *testing.F) {
	for _, c := range containers(f) {
		f.Add(c.file)
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if k := Sniff(head); k >= kinds || k.String() == "" {
			t.Fatalf("kind %d", k)
		}
		if a, b := Sniff(head), Sniff(head[:min(len(head), SniffLen)]); a != b {
			t.Fatalf("%s with all, %s with the head", a, b)
		}
	})
}
