package load

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"vxwall/appliance"
)

// TestPolicy: the daemon takes the policies as they are, and they have the size that
// they are said to have.
func TestPolicy(t *testing.T) {
	for _, rules := range []int{1, 10, 1000, 10_000} {
		name := filepath.Join(t.TempDir(), "rules.toml")
		if err := os.WriteFile(name, Policy(rules), 0o600); err != nil {
			t.Fatal(err)
		}
		checked, err := appliance.Check(time.Now(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range checked.Problems {
			t.Errorf("%d rules: %s", rules, p.Detail())
			break
		}
		if s := checked.Set; s == nil || len(s.ACL) != rules || len(s.Segments) != max(rules/10, 2) {
			t.Errorf("%d rules: not so many rules over %d segments", rules, max(rules/10, 2))
		}
	}
}
