package main

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/doctor"
	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
)

// mishap is a lab that somebody configured wrongly, and what is to be said of it.
type mishap struct {
	name    string
	options lab.Options
	config  string // of [datapath], besides ports and pin
	wall    string // shell commands that break it, in the wall
	left    string // in the left VTEP
	check   string
	about   string
	text    string // part of the finding's
	mends   string // its commands, joined by "; "; LAB stands for the lab's name, CONF for the file
}

var mishaps = []mishap{
	{
		name: "MTU too large for XDP", wall: "ip link set dev eth1 mtu 9000", left: "ip link set dev eth0 mtu 9000",
		check: "mtu", about: "eth1", text: "MTU 9000, at most 3818 bytes can be received in one piece",
		mends: "ip link set dev eth1 mtu 1600; nsenter --net=/run/netns/LAB-left ip link set dev eth0 mtu 1600",
	},
	{
		name: "two MTUs", wall: "ip link set dev eth2 mtu 1500",
		check: "mtu", about: "eth2", text: "MTU 1500, that of eth1 is 1600", mends: "ip link set dev eth2 mtu 1600",
	},
	{
		name: "no GRO at the far end", left: "ethtool -K eth0 gro off",
		check: "far-end", about: "eth1", text: "what XDP sends out of it is lost: eth0 in LAB-left has neither GRO nor an XDP program",
		mends: "nsenter --net=/run/netns/LAB-left ethtool -K eth0 gro on",
	},
	{
		name: "GRO on with generic XDP", wall: "ethtool -K eth1 gro on", config: `xdp = "generic"`,
		check: "offloads", about: "eth1", text: "GRO merges packets before generic XDP sees them", mends: "ethtool -K eth1 gro off",
	},
	{
		name: "a VTEP that leaves checksums to hardware", left: "ethtool -K eth0 tx on tso on",
		check: "far-end", about: "eth1", text: "packets of a VTEP at eth0 in LAB-left lack checksums",
		mends: "nsenter --net=/run/netns/LAB-left ethtool -K eth0 tx off gso off tso off",
	},
	{
		name: "fewer queues than the far end sends by", options: lab.Options{Queues: 2}, wall: "ethtool -L eth1 rx 1",
		check: "queues", about: "eth1", text: "1 queues to receive, eth0 in LAB-left sends by 2: no native XDP", mends: "ethtool -L eth1 rx 2",
	},
	{
		name: "more workers than queues", config: "workers = 4",
		check: "queues", text: "workers = 4, but no port has more than 1 queues: 1 work",
		mends: `sed -i 's/^\([ \t]*workers[ \t]*=[ \t]*\)[^ \t#]*/\10/' CONF`,
	},
	{
		name: "VXLAN port taken by the kernel", wall: "ip link add vxlan7 type vxlan id 7 dev eth1 dstport 4789; ip link set vxlan7 up",
		check: "vxlan-port", about: "4789", text: "the kernel's VXLAN device vxlan7 (VNI 7) listens there", mends: "ip link set dev vxlan7 down",
	},
	{
		name: "no native XDP", wall: "ip link add eth3 type bridge; ip link set eth3 up mtu 1600; ip link set eth2 down; ip link set eth2 name old; ip link set eth3 name eth2; ip link set old master eth2 up; timeout 5 sh -c 'until ip link show eth2 | grep -q LOWER_UP; do sleep 0.05; done'",
		config: `xdp = "native"`,
		check:  "xdp", about: "eth2", text: `xdp = "native", but bridge has no native XDP`,
		mends: `sed -i 's/^\([ \t]*xdp[ \t]*=[ \t]*\)[^ \t#]*/\1"generic"/' CONF`,
	},
	{
		name:  "somebody else's XDP program", // breakLab does it
		check: "port", about: "eth1", text: "of somebody else is attached", mends: "bpftool link detach id ID",
	},
	{
		name: "a port in a bridge", wall: "ip link add br0 type bridge; ip link set eth1 master br0",
		check: "port", about: "eth1", text: "it belongs to br0, which sees no frame any more", mends: "ip link set dev eth1 nomaster",
	},
	{
		name: "a port that is down", wall: "ip link set dev eth2 down",
		check: "port", about: "eth2", text: "it is down", mends: "ip link set dev eth2 up",
	},
}

var linkID = regexp.MustCompile(`id \d+$`)

// TestDoctorMends breaks a lab, wants the one thing that was broken to be found, runs
// the commands that are printed, and wants nothing to be left.
func TestDoctorMends(t *testing.T) {
	labtest.NeedRoot(t)
	for _, m := range mishaps {
		t.Run(m.name, func(t *testing.T) {
			l := labtest.ForTest(t, m.options)
			file := doctorConfig(t, l, m.config)
			if r := examine(t, l, file); m.config == "" && (r.Problems != 0 || r.Warnings > 1) { // the daemon does not run
				t.Fatalf("the lab is not good to begin with:\n%s", doctorText(r))
			}
			m.breakLab(t, l)
			r := examine(t, l, file)
			found := m.finding(r)
			if found == nil {
				t.Fatalf("not found:\n%s", doctorText(r))
			}
			unnamed := func(text string) string {
				return linkID.ReplaceAllString(strings.NewReplacer(l.Name, "LAB", file, "CONF").Replace(text), "id ID")
			}
			if text := unnamed(found.Text); !strings.Contains(text, m.text) {
				t.Errorf("says  %s\nwant  %s", text, m.text)
			}
			if mends := unnamed(strings.Join(found.Commands, "; ")); mends != m.mends {
				t.Errorf("runs  %s\nwant  %s", mends, m.mends)
			}
			for range 2 { // without the first problem there may be another
				mendAll(t, l, r)
				r = examine(t, l, file)
			}
			if r.Problems != 0 || m.finding(r) != nil {
				t.Errorf("after the commands:\n%s", doctorText(r))
			}
		})
	}
}

func (m *mishap) breakLab(t *testing.T, l *lab.Lab) {
	t.Helper()
	if strings.HasPrefix(m.name, "somebody") {
		plain, err := l.Plain()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { plain.Close() })
	}
	runIn(t, l, lab.Wall, m.wall)
	runIn(t, l, lab.Left, m.left)
}

// finding is the one that the mishap is expected to have, nil if there is none.
func (m *mishap) finding(r *doctor.Report) *doctor.Finding {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Check == m.check && f.About == m.about && f.Verdict >= doctor.Warning && len(f.Commands) > 0 {
			return f
		}
	}
	return nil
}

// mendAll runs the commands of all problems, and of warnings but for the daemon's.
func mendAll(t *testing.T, l *lab.Lab, r *doctor.Report) {
	t.Helper()
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Check == "daemon" {
			continue
		}
		for _, command := range f.Commands {
			runIn(t, l, lab.Wall, command)
		}
	}
}

func runIn(t *testing.T, l *lab.Lab, p lab.Place, command string) {
	t.Helper()
	if command == "" {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if out, err := l.Command(ctx, p, "sh", "-ec", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// doctorConfig writes a configuration for the wall of a lab, with rules that are good.
func doctorConfig(t *testing.T, l *lab.Lab, datapath string) string {
	t.Helper()
	file, rules := filepath.Join(l.Dir(), "doctor.toml"), filepath.Join(l.Dir(), "doctor-rules.toml")
	text := "[datapath]\nports = [\"eth1\", \"eth2\"]\npin = \"" + filepath.Join(l.Dir(), "bpf", "vxwall") + "\"\n" + datapath +
		"\n[rules]\npaths = [\"" + rules + "\"]\n[events]\neve = \"\"\n[admin]\nsocket = \"" + filepath.Join(l.Dir(), "none.sock") + "\"\n"
	for path, content := range map[string]string{file: text, rules: "[policy]\ndefault = \"deny\"\n"} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// examine has the doctor look at the wall of a lab.
func examine(t *testing.T, l *lab.Lab, file string, vteps ...netip.Addr) (r *doctor.Report) {
	t.Helper()
	return examineAt(t, l, lab.Wall, &doctorCmd{Config: file, VTEP: vteps})
}

func examineAt(t *testing.T, l *lab.Lab, p lab.Place, c *doctorCmd) (r *doctor.Report) {
	t.Helper()
	err := l.In(p, func() error {
		r = doctor.Examine(t.Context(), c.read(&env{now: time.Now}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestDoctorPortTakenByProcess: who has the VXLAN port is named, and ended by the command.
func TestDoctorPortTakenByProcess(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	file := doctorConfig(t, l, "")
	cmd := l.Command(t.Context(), lab.Wall, "python3", "-c",
		"import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('',4789))\nprint('x',flush=True)\ntime.sleep(60)")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	_, _ = out.Read(make([]byte, 1))
	go func() { ended <- cmd.Wait() }()
	m := mishap{check: "vxlan-port", about: "4789"}
	r := examine(t, l, file)
	f := m.finding(r)
	if f == nil || !strings.Contains(f.Text, "(python3) listens at UDP 0.0.0.0:4789") {
		t.Fatalf("%s", doctorText(r))
	}
	mendAll(t, l, r)
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the process lives")
	}
	if r := examine(t, l, file); r.Problems != 0 {
		t.Errorf("%s", doctorText(r))
	}
}

// TestDoctorVTEPs: the path MTU that is found is the one that there is, and what
// nobody answers for is told from what is far away.
func TestDoctorVTEPs(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	plain, err := l.Plain()
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	far4, far6 := lab.Right.Addr4(), lab.Right.Addr6()
	for _, c := range []struct {
		mtu  string
		want map[netip.Addr]string
	}{
		{"1600", map[netip.Addr]string{far4: "path MTU 1600, inner packets of up to 1550 bytes", far6: "path MTU 1600, inner packets of up to 1530 bytes"}},
		// A veth lets a frame pass that has room for a VLAN tag.
		{"1400", map[netip.Addr]string{far4: "path MTU 1404, inner packets of up to 1354 bytes: workloads with an MTU of 1500 lose", far6: "path MTU 1404, inner"}},
	} {
		runIn(t, l, lab.Wall, "ip link set dev eth2 mtu "+c.mtu)
		r := examineAt(t, l, lab.Left, &doctorCmd{Port: []string{"eth0"}, VTEP: []netip.Addr{far4, far6}})
		for addr, want := range c.want {
			if text := said(r, "vtep", addr.String()); !strings.Contains(text, want) {
				t.Errorf("eth2 with MTU %s: %s: %s\nwant %s", c.mtu, addr, text, want)
			}
		}
	}
	own, nobody, away := lab.Left.Addr4(), netip.MustParseAddr("192.0.2.99"), netip.MustParseAddr("203.0.113.1")
	r := examineAt(t, l, lab.Left, &doctorCmd{Port: []string{"eth0"}, VTEP: []netip.Addr{own, nobody, away}})
	for addr, want := range map[netip.Addr]string{own: "ok: it is this machine", nobody: "problem: nobody there", away: "not checked: there is no way to it"} {
		if text := said(r, "vtep", addr.String()); !strings.HasPrefix(text, want) {
			t.Errorf("%s: %s\nwant %s", addr, text, want)
		}
	}
}

// said is what was said of something.
func said(r *doctor.Report, check, about string) string {
	for _, f := range r.Findings {
		if f.Check == check && f.About == about {
			return f.Verdict.String() + ": " + f.Text
		}
	}
	return ""
}

// TestDoctorHere: on the machine that the tests run on nothing fails but what tests
// may lack, and no check is silent without a reason.
func TestDoctorHere(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	r := examine(t, l, doctorConfig(t, l, ""))
	seen := map[string]bool{}
	for _, f := range r.Findings {
		seen[f.Check] = true
		if f.Text == "" || f.Verdict == doctor.Problem {
			t.Errorf("%+v", f)
		}
	}
	others := []string{"queue", "queue-rules", "tap"} // of other modes
	for _, name := range doctor.Checks() {
		if seen[name] == slices.Contains(others, name) {
			t.Errorf("%s says nothing, or should", name)
		}
	}
}
