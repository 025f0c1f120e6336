package main

import (
	"strings"
	"testing"
	"time"

	"vxwall/appliance/doctor"
	"vxwall/appliance/link/afxdp"
	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
)

// try has the doctor try XDP on the ports of a lab's wall.
func try(t *testing.T, l *lab.Lab, file string) (tried []doctor.Tried) {
	t.Helper()
	c := doctorCmd{Config: file}
	err := l.In(lab.Wall, func() error {
		tried = doctor.Try(c.read(&env{now: time.Now}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tried
}

// TestDoctorTries: the modes of XDP are tried on the ports, and nothing of it stays;
// ports that have a program are left alone.
func TestDoctorTries(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	file := doctorConfig(t, l, "")
	runIn(t, l, lab.Wall, "ip addr add 203.0.113.1/24 dev eth2")
	tried := try(t, l, file)
	if len(tried) != 2 || tried[0].Mode != afxdp.Native || tried[0].Workers != 1 || !strings.Contains(tried[0].Text, "without copying is refused: ") {
		t.Errorf("%+v", tried)
	}
	if len(tried) == 2 && !strings.Contains(tried[1].Text, "was not tried: the port has addresses") {
		t.Errorf("%+v", tried[1])
	}
	runIn(t, l, lab.Wall, "ip addr flush dev eth2")
	if r := examine(t, l, file); r.Problems != 0 {
		t.Errorf("after the trial:\n%s", doctorText(r))
	}
	plain, err := l.Plain()
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for _, at := range try(t, l, file) {
		if at.Verdict != doctor.NotChecked || at.Mode != afxdp.Native || !strings.HasPrefix(at.Text, "not tried: XDP program ") {
			t.Errorf("%+v", at)
		}
	}
}

// TestExpect: a port is told the rate of its own mode, if that was measured.
func TestExpect(t *testing.T) {
	tried := []doctor.Tried{
		{Port: "eth1", Mode: afxdp.Native, ZeroCopy: true, Workers: 2}, {Port: "eth2", Mode: afxdp.Generic, Workers: 1}, {Port: "eth3"},
	}
	if n := len(measurements("vxwall", tried)); n != 4 {
		t.Errorf("%d measurements with a port of generic XDP", n)
	}
	if n := len(measurements("vxwall", tried[:1])); n != 3 {
		t.Errorf("%d measurements without", n)
	}
	list := expect(tried, map[afxdp.Mode]float64{afxdp.Native: 6e5, afxdp.Auto: 3e6})
	want := "expect some 0.60 million packets a second of each worker, in native mode, with room for 2 workers; more, since AF_XDP need not copy there"
	if len(list) != 1 || list[0].About != "eth1" || list[0].Text != want {
		t.Errorf("%+v", list)
	}
}
