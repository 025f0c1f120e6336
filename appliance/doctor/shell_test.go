package doctor

import (
	"os/exec"
	"strings"
	"testing"
)

// hostile are names that others may choose: of an interface in a container, of a process.
var hostile = []string{"a;reboot", "$(reboot)", "`id`", "it's", "a b", "\x1b[2J\a", "x\xff\x9b", "é", `back\slash`, "-n", "a&b|c>d"}

// TestQuote: a shell sees the one word that was meant.
func TestQuote(t *testing.T) {
	for _, word := range append(hostile, "eth0", "/run/netns/left", "a@b.service") {
		quoted := quote(word)
		out, err := exec.Command("sh", "-c", "printf '%s|' "+quoted).Output()
		if err != nil || string(out) != word+"|" {
			t.Errorf("%q as %s: %q %v", word, quoted, out, err)
		}
		if printable(quoted) != quoted {
			t.Errorf("%q as %q", word, quoted)
		}
	}
	if got := shell("ip link set dev %s mtu %d", "eth0", 1500); got != "ip link set dev eth0 mtu 1500" {
		t.Error(got)
	}
}

// TestHostileNames: what others choose is one word of a command, and no order to a
// terminal.
func TestHostileNames(t *testing.T) {
	for _, name := range hostile {
		p := hardware("eth1")
		p.XDP.TakesFrames = false
		p.peer = &peer{name: name, space: namespace{path: "/proc/7/ns/net", enter: "nsenter --target 7 --net "}, mtu: 1400}
		p.peer.channels.Tx = 9
		p.peer.offloads.TSO, p.peer.offloads.GRO = true, true
		found := append(lookFarEnd(patientOf(p), &p), *p.mismatch())
		r := &Report{}
		r.add("x", append(found, one(Problem, "4789", "%v listens", process{pid: 7, name: name})...))
		commands := 0
		for _, f := range r.Findings {
			if printable(f.Text) != f.Text {
				t.Errorf("prints %q", f.Text)
			}
			for _, c := range f.Commands {
				if commands++; !strings.Contains(c, " "+quote(name)+" ") {
					t.Errorf("runs %s", c)
				}
			}
		}
		if commands < 4 {
			t.Errorf("only %d commands", commands)
		}
	}
}

// TestUnits: a unit is what the service manager made, not what a user calls a group of
// the own processes.
func TestUnits(t *testing.T) {
	for text, want := range map[string]string{
		"0::/system.slice/frr.service\n":                                                    "frr.service",
		"0::/system.slice/system-getty.slice/getty@tty1.service\n":                          "getty@tty1.service",
		"0::/system.slice/docker.service/child.service\n":                                   "docker.service",
		"12:cpu:/x\n1:name=systemd:/system.slice/ovs.service\n":                             "ovs.service",
		"0::/user.slice/session-1.scope\n":                                                  "",
		"0::/user.slice/user-1000.slice/user@1000.service/app.slice/x;reboot;.service\n":    "",
		"3:memory:/system.slice/evil.service\n1:name=systemd:/user.slice/session-1.scope\n": "",
		"0::/system.slice.service\n":                                                        "",
		"":                                                                                  "",
	} {
		if got := unitOf(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := (process{pid: 7, unit: "a$b.service"}).end(); got != "systemctl stop 'a$b.service'" {
		t.Error(got)
	}
	if got := (process{pid: 7}).end(); got != "kill 7" {
		t.Error(got)
	}
}
