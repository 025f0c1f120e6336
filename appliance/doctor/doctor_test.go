package doctor

import (
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp"
)

// told is a finding in one line: verdict, text, commands.
func told(list []Finding) string {
	var lines []string
	for _, f := range list {
		line := f.Verdict.String() + ": " + f.Text
		for _, c := range f.Commands {
			line += " $ " + c
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestJudgements(t *testing.T) {
	const all = uint64(1)<<unix.CAP_NET_ADMIN | 1<<unix.CAP_NET_RAW | 1<<unix.CAP_BPF | 1<<unix.CAP_PERFMON | 1<<unix.CAP_IPC_LOCK
	for _, c := range []struct {
		found []Finding
		want  string // its beginning
	}{
		{judgeKernel("6.18.1-x", "x86_64"), "ok: Linux 6.18.1-x, x86_64"},
		{judgeKernel("6.6.0", "arm"), "ok: "},
		{judgeKernel("6.5.99", "x86_64"), "problem: Linux 6.5.99: vxwall needs 6.6 or newer"},
		{judgeKernel("5.19.0", "x86_64"), "problem: "},
		{judgeKernel("strange", "x86_64"), "not checked: "},
		{judgeCapabilities(all, capabilities), "ok: "},
		{judgeCapabilities(1<<unix.CAP_SYS_ADMIN|all&^(1<<unix.CAP_BPF|1<<unix.CAP_PERFMON), capabilities), "ok: "},
		{judgeCapabilities(1<<unix.CAP_NET_ADMIN|1<<unix.CAP_NET_RAW, queueCapabilities), "ok: "},
		{judgeCapabilities(all&^(1<<unix.CAP_NET_RAW), capabilities), "problem: this process lacks CAP_NET_RAW (to open AF_XDP sockets) $ setcap cap_net_admin,cap_net_raw,cap_bpf,cap_perfmon,cap_ipc_lock+ep /"},
		{judgeLockedMemory(20<<20, 8<<20, false), "problem: frames take 20 MiB, the limit is 8192 kiB $ ulimit -l unlimited"},
		{judgeLockedMemory(20<<20, 8<<20, true), "ok: CAP_IPC_LOCK"},
		{judgeLockedMemory(20<<20, unix.RLIM_INFINITY, false), "ok: frames take 20 MiB, the limit is unlimited"},
		{judgeMemory(2<<30, 1<<30), "problem: the tables take 2048 MiB, 1024 MiB are available"},
		{judgeMemory(1<<30, 2<<30), "ok: "},
		{judgeConntrack("", 9, 10), "warning: the kernel tracks 9 connections of at most 10: others of this machine, not vxwall's, will be refused $ sysctl -w net.netfilter.nf_conntrack_max=20"},
		{judgeConntrack("x", 1, 10), "ok: x; 1 connections tracked, of at most 10"},
	} {
		if got := told(c.found); !strings.HasPrefix(got, c.want) {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// hardware is a port of a driver with native XDP.
func hardware(name string) port {
	p := port{PortFacts: afxdp.PortFacts{Kind: "device", Ethernet: true, Up: true, Carrier: true}}
	p.Name, p.Driver, p.MTU, p.Queues, p.promiscuous = name, "virtio_net", 1500, 2, true
	p.Channels = afxdp.Channels{Combined: 2, MaxCombined: 8}
	p.XDP = afxdp.Features{Known: true, Native: true, TakesFrames: true}
	return p
}

func patientOf(ports ...port) *patient {
	c := &Case{}
	c.Config.Datapath.Mode, c.Config.Datapath.XDP = "wire", "auto"
	return &patient{Case: c, ports: ports}
}

// TestPorts: what is said of hardware that no test machine has.
func TestPorts(t *testing.T) {
	alter := func(f func(*port)) port { p := hardware("eth1"); f(&p); return p }
	old := hardware("eth2")
	old.XDP = afxdp.Features{Known: true}
	for _, c := range []struct {
		name  string
		look  func(p *patient) []Finding
		ports []port
		set   func(*patient)
		want  string
	}{
		{"good", func(p *patient) []Finding { return lookXDP(t.Context(), p) }, []port{hardware("eth1")}, nil, "ok: native XDP, AF_XDP copies"},
		{"zero-copy", func(p *patient) []Finding { return lookXDP(t.Context(), p) }, []port{alter(func(p *port) { p.XDP.ZeroCopy = true })}, nil, "ok: native XDP, AF_XDP without copying"},
		{"old kernel", func(p *patient) []Finding { return lookXDP(t.Context(), p) }, []port{alter(func(p *port) { p.XDP.Known = false })}, nil, "not checked: "},
		{"slow by choice", func(p *patient) []Finding { return lookXDP(t.Context(), p) }, []port{hardware("eth1")},
			func(p *patient) { p.Config.Datapath.XDP = "generic" }, "warning: xdp = \"generic\", and the driver has native XDP"},
		{"mixed", func(p *patient) []Finding { return lookXDP(t.Context(), p) }, []port{hardware("eth1"), old}, nil,
			"ok: native XDP, AF_XDP copies\nwarning: generic XDP: hardware has no native XDP; slow, about a third\nproblem: native XDP on the other port cannot send frames out of eth2 (hardware): they are lost"},
		{"mixed, mended", func(p *patient) []Finding { return lookXDP(t.Context(), p) }, []port{hardware("eth1"), old},
			func(p *patient) { p.Config.Datapath.XDP = "generic" }, "ok: generic XDP, as the other port asks for\nwarning: generic XDP: hardware"},
		{"rxvlan", func(p *patient) []Finding { return lookOffloads(p, &p.ports[0]) }, []port{alter(func(p *port) { p.Offloads.RxVLAN = true })}, nil,
			"warning: the driver takes VLAN tags out of frames (rxvlan): those of a tagged underlay are lost on the way through native XDP $ ethtool -K eth1 rxvlan off"},
		{"GRO with native XDP", func(p *patient) []Finding { return lookOffloads(p, &p.ports[0]) }, []port{alter(func(p *port) { p.Offloads.GRO = true })}, nil, "ok: "},
		{"workers", func(p *patient) []Finding { return p.judgeWorkers(2) }, []port{hardware("eth1")}, func(p *patient) { p.Config.Datapath.Workers = 4 },
			"warning: workers = 4, but no port has more than 2 queues: 2 work $ ethtool -L eth1 combined 4"},
		{"MTU", func(p *patient) []Finding { return p.judgeMTU(&p.ports[0]) }, []port{alter(func(p *port) { p.MTU = 3600 })}, nil,
			"warning: MTU 3600: most drivers take native XDP up to 3498 only $ ip link set dev eth1 mtu 3498"},
		{"no carrier", func(p *patient) []Finding { return lookPort(p, &p.ports[0]) }, []port{alter(func(p *port) { p.Carrier = false; p.Index = 1 << 30 })}, nil,
			"ok: hardware, driver virtio_net, up, no carrier\nproblem: it has no carrier"},
		{"left behind", func(p *patient) []Finding { return lookPort(p, &p.ports[0]) }, []port{alter(func(p *port) { p.Ours, p.Program, p.Index = true, 7, 1<<30 })}, nil,
			"ok: hardware, driver virtio_net, up\nwarning: the XDP program of a vxwall that does not run is on it (program 7)"},
		{"not promiscuous", func(p *patient) []Finding { return lookPort(p, &p.ports[0]) }, []port{alter(func(p *port) { p.promiscuous, p.Index = false, 1<<30 })},
			func(p *patient) { p.Config.Datapath.OnDeath = "relay" },
			"ok: hardware, driver virtio_net, up\nwarning: while no vxwall runs it takes only frames that are for itself: on_death = \"relay\" relays no others $ ip link set dev eth1 promisc on"},
		{"not promiscuous, of a VTEP", func(p *patient) []Finding { return lookPort(p, &p.ports[0]) }, []port{alter(func(p *port) { p.promiscuous, p.Index = false, 1<<30 })},
			func(p *patient) { p.Config.Datapath.Mode = "vtep" }, "ok: hardware, driver virtio_net, up"},
		{"no Ethernet", func(p *patient) []Finding { return lookPort(p, &p.ports[0]) }, []port{alter(func(p *port) { p.Ethernet, p.Kind, p.Index = false, "tuntap", 1<<30 })}, nil,
			"problem: tuntap does not carry Ethernet frames"},
	} {
		p := patientOf(c.ports...)
		if c.set != nil {
			c.set(p)
		}
		if got := told(c.look(p)); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestFarEndOfEarlyGRO: to switch on what is on changes nothing.
func TestFarEndOfEarlyGRO(t *testing.T) {
	p := hardware("eth1")
	p.XDP.TakesFrames = false
	p.peer = &peer{name: "eth0", offloads: afxdp.Offloads{GRO: true}}
	want := "problem: what XDP sends out of it is lost: GRO of eth0 was switched on before it was up $ ethtool -K eth0 gro off $ ethtool -K eth0 gro on"
	if got := told(p.farReceive()); got != want {
		t.Errorf("got %s", got)
	}
	p.peer.err = os.ErrPermission
	if got := told(lookFarEnd(patientOf(p), &p)); !strings.HasPrefix(got, "not checked: the other end of this veth: ") {
		t.Errorf("got %s", got)
	}
}

// TestEdit: the command sets the key, whether the file has it or not.
func TestEdit(t *testing.T) {
	for _, c := range []struct{ before, table, key, value, after string }{
		{"[datapath]\nworkers = 4 # four\n", "datapath", "workers", "0", "[datapath]\nworkers = 0 # four\n"},
		{"[datapath]\n  xdp=\"native\"\n", "datapath", "xdp", `"auto"`, "[datapath]\n  xdp=\"auto\"\n"},
		{"# x\n[datapath] # y\nports = []\n", "datapath", "xdp", `"generic"`, "# x\n[datapath] # y\nxdp = \"generic\"\nports = []\n"},
		{"[nfqueue]\nqueues = 7\nqueue = 7\n", "nfqueue", "queue", "8", "[nfqueue]\nqueues = 7\nqueue = 8\n"},
		{"[nfqueue]\n", "nfqueue", "queue", "8", "[nfqueue]\nqueue = 8\n"},
		{"[datapath]\n", "nfqueue", "queue", "8", "[datapath]\n\n[nfqueue]\nqueue = 8\n"},
		{"[datapath]\n# workers = 1\n", "datapath", "workers", "2", "[datapath]\nworkers = 2\n# workers = 1\n"},
	} {
		file := filepath.Join(t.TempDir(), "c.toml")
		if err := os.WriteFile(file, []byte(c.before), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("sh", "-c", edit(file, c.table, c.key, c.value)).CombinedOutput()
		text, _ := os.ReadFile(file)
		if err != nil || string(text) != c.after {
			t.Errorf("%v %s\ngot  %q\nwant %q", err, out, text, c.after)
		}
	}
}

func TestParseSockets(t *testing.T) {
	const text = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  309: 010000C0:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 0
  310: B80D0120000000000000000001000000:12B5 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0 0
bad line
  311: XX:12B5 00000000:0000 07 0:0 00:0 0 0 0 1 2 0 0
`
	got := parseSockets(strings.NewReader(text))
	want := []socket{{netip.MustParseAddr("192.0.0.1"), 4789, 4711}, {netip.MustParseAddr("2001:db8::1"), 4789, 4712}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzParseSockets(f *testing.F) {
	f.Add("309: 010000C0:12B5 00000000:0000 07 0:0 00:0 0 0 0 4711 2 0 0")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range parseSockets(strings.NewReader(text)) {
			if !s.addr.IsValid() {
				t.Errorf("%q: %v", text, s)
			}
		}
	})
}

// TestBisect finds the boundary wherever it is, in few steps.
func TestBisect(t *testing.T) {
	for limit := 60; limit <= 1700; limit++ {
		asked := 0
		got := bisect(68, 1600, func(n int) bool { asked++; return n <= limit })
		if want := max(68, min(limit, 1600)); got != want || asked > 12 {
			t.Fatalf("limit %d: %d after %d questions, want %d", limit, got, asked, want)
		}
	}
	if got := bisect(1280, 1200, func(int) bool { t.Error("asked"); return false }); got != 1280 {
		t.Error(got)
	}
}

// TestAnswers: only the answer to the newest request is one.
func TestAnswers(t *testing.T) {
	for _, to := range []string{"192.0.2.1", "2001:db8::1"} {
		p := &probe{to: netip.MustParseAddr(to), id: 7, seq: 3}
		b := p.request(100)
		if len(b) != 100-p.header() {
			t.Errorf("%s: %d bytes", to, len(b))
		}
		if p.to.Is4() {
			b = append([]byte{0x45, 19: 0}, b...)
			b[20] = reply4
		} else {
			b[0] = reply6
		}
		if !p.answers(b) {
			t.Errorf("%s: not taken for the answer", to)
		}
		p.seq++
		if p.answers(b) || p.answers(nil) || p.answers(b[:5]) {
			t.Errorf("%s: taken for the answer", to)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte{0x45, 30: 0}, true)
	f.Add([]byte{0x4f}, false)
	f.Fuzz(func(t *testing.T, b []byte, four bool) {
		p := &probe{to: netip.MustParseAddr("2001:db8::1"), id: 7, seq: 3}
		if four {
			p.to = netip.MustParseAddr("192.0.2.1")
		}
		if p.answers(b) && len(b) < echoHeader {
			t.Errorf("%x", b)
		}
	})
}

func TestMemoryInfo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "meminfo")
	if err := os.WriteFile(file, []byte("MemAvailable:  1024 kB\nHugePages_Total:  3\nodd\nX: y kB\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := memoryInfo(file)
	if err != nil || info["MemAvailable"] != 1<<20 || info["HugePages_Total"] != 3 || len(info) != 2 {
		t.Errorf("%v %v", info, err)
	}
}

// TestVerdictText: JSON has words.
func TestVerdictText(t *testing.T) {
	r := &Report{}
	r.add("x", []Finding{finding(Problem, "a", "b").mend("c"), finding(Warning, "", "d"), finding(NotChecked, "", "e")})
	text, err := json.Marshal(r)
	want := `{"findings":[{"check":"x","about":"a","verdict":"problem","text":"b","commands":["c"]},{"check":"x","verdict":"warning","text":"d"},{"check":"x","verdict":"not checked","text":"e"}],"problems":1,"warnings":1}`
	if err != nil || string(text) != want {
		t.Errorf("%s %v", text, err)
	}
}

// TestElsewhere: where the ports are not, machines with the VTEPs' addresses are not asked.
func TestElsewhere(t *testing.T) {
	p := &patient{Case: &Case{}, ports: []port{hardware("lo"), {err: os.ErrNotExist}}}
	if got := told(lookVTEPs(t.Context(), p)); !strings.HasPrefix(got, "not checked: a port is not here") {
		t.Error(got)
	}
}
