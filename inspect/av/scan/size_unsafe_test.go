package scan

import (
	"crypto/md5"
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

// The state of a scanner is bounded, and a look allocates nothing.
func TestScannerIsSmall(t *testing.T) {
	d := database(t, map[string]string{"ndb": "X:0:*:" + x("evil") + "{-9}" + x("code"), "hdb": fmt.Sprintf("%x:*:Y:73", md5.Sum(nil))})
	s := d.NewScanner()
	file := []byte(strings.Repeat("evil evil code? evil... ", 4000))
	judge(s, file, 1400)
	if size := int(unsafe.Sizeof(*s)) + 2*int(unsafe.Sizeof(*s.state)) + cap(s.window) + maxImports + 3*128*(1+maxSums); size > 64<<10 {
		t.Errorf("a scanner takes %d bytes", size)
	} else {
		t.Logf("%d bytes at most", size)
	}
	file = []byte(strings.Repeat("evil? ", 10_000))
	if n := testing.AllocsPerRun(5, func() { judge(s, file, 1400) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
