package nfqueue

import (
	"os/exec"
	"testing"
)

// TestLook: what is missing is found, and put back by the commands.
func TestLook(t *testing.T) {
	r := newRouter(t)
	for _, count := range []int{1, 3} {
		c := DefaultConfig()
		c.Count = count
		look := func() Found {
			t.Helper()
			list, err := Look(&c)
			check(t, err)
			if len(list) == 0 || list[0].Program != "iptables" {
				t.Fatalf("%+v", list)
			}
			return list[0]
		}
		if f := look(); f.Any || len(f.Missing) != 6 || len(f.Others) != 0 {
			t.Errorf("without rules: %+v", f)
		}
		check(t, Install(&c))
		if f := look(); !f.Any || len(f.Missing) != 0 || len(f.Others) != 0 {
			t.Errorf("installed: %+v", f)
		}
		for _, harm := range [][]string{
			{"-t", "mangle", "-F"}, {"-t", "mangle", "-D", "FORWARD", "-j", "VXWALL-FORWARD"}, {"-t", "mangle", "-D", "VXWALL-INPUT", "3"},
		} {
			r.iptables(harm...)
			f := look()
			if len(f.Missing) == 0 {
				t.Errorf("%v: nothing is missing", harm)
			}
			for _, command := range f.Commands(&c) {
				if out, err := exec.Command("sh", "-ec", command).CombinedOutput(); err != nil {
					t.Errorf("%s: %v: %s", command, err, out)
				}
			}
			if f := look(); len(f.Missing) != 0 {
				t.Errorf("%v: after the commands %v is missing", harm, f.Missing)
			}
		}
		r.iptables("-t", "raw", "-A", "PREROUTING", "-p", "udp", "-j", "NFQUEUE", "--queue-num", "4789")
		if f := look(); len(f.Others) != 1 {
			t.Errorf("of others: %+v", f.Others)
		}
		r.iptables("-t", "raw", "-F")
		check(t, Remove())
	}
}
