package live

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"vxwall/appliance/link/nfqueue"
	"vxwall/bench/lab"
)

// finding is one of `vxwall doctor --json`.
type finding struct {
	Check, About, Verdict, Text, Advice string
	Commands                            []string
}

func (f finding) String() string {
	return strings.Join(append([]string{f.Check + " " + f.About + " " + f.Verdict + ": " + f.Text}, f.Commands...), " $ ")
}

// doctor has the program look around in a namespace.
func (w *wall) doctor(t *testing.T, at lab.Place) (list []finding) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := w.Command(t.Context(), at, vxwall, "doctor", "--json", "--config", w.ConfigFile())
	cmd.Stderr = &stderr
	out, err := cmd.Output() // it fails if there is a problem
	var report struct{ Findings []finding }
	if e := json.Unmarshal(out, &report); e != nil {
		t.Fatalf("%v, %v: %s%s", e, err, out, &stderr)
	}
	return report.Findings
}

// wantFinding looks for what begins with a text, and wants no problem but that.
func wantFinding(t *testing.T, list []finding, want string) (found finding) {
	t.Helper()
	for _, f := range list {
		switch {
		case strings.HasPrefix(f.String(), want):
			found = f
		case f.Verdict == "problem":
			t.Errorf("wrong: %v %s", f, f.Advice)
		}
	}
	if found.Check == "" {
		t.Errorf("no %q in %v", want, list)
	}
	return found
}

// mend runs the commands of a finding.
func (w *wall) mend(t *testing.T, at lab.Place, f finding) {
	t.Helper()
	if len(f.Commands) == 0 {
		t.Errorf("%v: no command", f)
	}
	for _, c := range f.Commands {
		if out, err := w.Command(t.Context(), at, "sh", "-ec", c).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", c, err, out)
		}
	}
}

// TestDoctorOfQueues: a host that is guarded has nothing wrong with it, and rules that
// somebody removed, or a queue that somebody has, are found and mended.
func TestDoctorOfQueues(t *testing.T) {
	w := queued(t, lab.Options{}, allowBoth, nil)
	list := w.doctor(t, lab.Left)
	wantFinding(t, list, "queue-rules iptables ok: all rules that queue VXLAN are there")
	wantFinding(t, list, "queue-rules ip6tables ok")
	wantFinding(t, list, "vxlan-port 4789 ok: a VTEP listens at UDP 0.0.0.0:4789") // its devices are in other namespaces
	wantFinding(t, list, "queue 4789 ok: somebody listens")

	run := func(command string) { t.Helper(); w.mend(t, lab.Left, finding{Commands: []string{command}}) }
	run("ip link add vxlan9 type vxlan id 9 dev eth0 dstport 8472")
	wantFinding(t, w.doctor(t, lab.Left), "vxlan-port 8472 warning: the kernel's VXLAN device vxlan9 (VNI 9) has UDP port 8472: what it carries is not judged")
	run("ip link del vxlan9; iptables -t mangle -F OUTPUT")
	gone := wantFinding(t, w.doctor(t, lab.Left), "queue-rules iptables problem: somebody removed rules, and VXLAN passes uninspected: -A OUTPUT -j VXWALL-OUTPUT")
	w.mend(t, lab.Left, gone)
	wantFinding(t, w.doctor(t, lab.Left), "queue-rules iptables ok")
	w.wantPing(t, lab.Ping{From: lab.Left100})

	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, w.doctor(t, lab.Left), "queue-rules iptables warning: the rules of a vxwall that does not run are there: VXLAN")
	err := w.In(lab.Left, func() error {
		c := nfqueue.DefaultConfig()
		c.Rules = false
		other, err := nfqueue.Open(c)
		if err == nil {
			t.Cleanup(func() { other.Close() })
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	taken := wantFinding(t, w.doctor(t, lab.Left), "queue 4789 problem: process ")
	w.mend(t, lab.Left, taken)
	wantFinding(t, w.doctor(t, lab.Left), "queue 4790 ok: it is free")
	if text, err := os.ReadFile(w.ConfigFile()); err != nil || bytes.Count(text, []byte("\n[nfqueue]")) != 1 {
		t.Errorf("%v: %s", err, text)
	}
}

// TestDoctorOfTap: a tap has nothing wrong with it, and it is told whether copies come.
func TestDoctorOfTap(t *testing.T) {
	w := startTap(t, lab.Options{}, allowBoth, map[lab.Place][]string{lab.Left: bothWays})
	w.wantPing(t, lab.Ping{From: lab.Left100})
	list := w.doctor(t, lab.Wall)
	wantFinding(t, list, "tap  ok: ")
	wantFinding(t, list, "vtep  not checked: the VTEPs that copies tell of")
	wantFinding(t, list, "vxlan-port 4789 ok: nobody else listens there")
}
