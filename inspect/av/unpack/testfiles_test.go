package unpack

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"testing"
)

const testFiles = "../../../../shared/data/clamav/testfiles"

// program is the SHA-256 of the 544 bytes that every test file holds.
const program = "71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495"

// finder looks for a member by its SHA-256.
type finder struct {
	t     *testing.T
	want  string
	found bool
	body  []byte
}

func (f *finder) Begin(*Member) { f.body = f.body[:0] }

func (f *finder) Write(p []byte) error {
	f.body = append(f.body, p...)
	return nil
}

func (f *finder) End(m *Member) {
	sum := sha256.Sum256(f.body)
	f.found = f.found || hex.EncodeToString(sum[:]) == f.want
	f.t.Logf("%*s%s %q in %s, %d of %d bytes, broken %v, encrypted %v", 2*m.Depth, "", m.Kind, m.Name, m.Container, m.Size, m.Claimed, m.Broken, m.Encrypted)
}

// leftOut are test files whose program only an unpacker of executables would find.
var leftOut = map[string]string{
	"clam-aspack.exe":    "ASPack",
	"clam-fsg.exe":       "FSG",
	"clam-mew.exe":       "MEW",
	"clam-pespin.exe":    "PESpin",
	"clam-petite.exe":    "Petite",
	"clam-upack.exe":     "Upack",
	"clam-upx.exe":       "UPX",
	"clam-wwpack.exe":    "WWPack",
	"clam-yc.exe":        "yC",
	"clam-nsis.exe":      "NSIS",
	"clam.ea05.exe":      "AutoIt 3, compiled script",
	"clam.ea06.exe":      "AutoIt 3, compiled script",
	"clam_IScab_ext.exe": "InstallShield's own cabinet",
	"clam_IScab_int.exe": "InstallShield's own cabinet",
	"clam_ISmsi_ext.exe": "InstallShield's wrapping of an MSI",
	"clam_ISmsi_int.exe": "InstallShield's wrapping of an MSI",
}

func TestClamAVTestFiles(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(testFiles, "clam*"))
	if len(paths) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatalf("no ClamAV test files at %s", testFiles)
		}
		t.Skipf("no ClamAV test files at %s", testFiles)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f := finder{t: t, want: program}
			res := Walk(file, Limits{}, &f)
			if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) == program {
				f.found = true
			}
			t.Logf("%s: %+v", Sniff(file), res)
			if why := leftOut[name]; f.found == (why != "") {
				t.Errorf("the program was shown: %v; left out for: %q", f.found, why)
			}
		})
	}
}

func drain(r io.Reader) []byte {
	out, _ := io.ReadAll(r)
	return out
}
