package afxdp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
)

// wireMapControl is the map that has the program's variable of that name.
const wireMapControl = ".bss"

// The C side has room for what Go knows: these do not compile otherwise.
const (
	_ = uint(len(wireControl{}.Queues) - 2*MaxQueues)
	_ = uint(2*MaxQueues - len(wireControl{}.Queues))
	_ = uint(len(wireConfig{}.VxlanPorts) - MaxVXLANPorts)
	_ = uint(len(wireCounters{}.Dropped) - pipeline.Reasons)
	_ = uint(len(wireConfig{}.Own) - MaxOwn)
	_ = uint(len(wireControl{}.Places) - overlay.Places)
	_ = uint(overlay.Places - len(wireControl{}.Places))
)

// program is the XDP program (wire.bpf.c) of both ports, and its maps. Its
// methods may be used by any goroutine, attach and close by one at a time.
type program struct {
	cfg   *Config
	maps  map[string]*ebpf.Map // shared by the ports
	ports [2]struct {
		xdp      *ebpf.Program
		counters *ebpf.Map
		link     link.Link // nil unless attached
	}
	ctl       *control
	table     *table // of offloaded flows
	shares    shares // of it
	closeOnce sync.Once
}

// loadProgram loads the program for both ports of cfg, which must exist, and
// makes its maps. Nothing is attached yet, and the sockets are still to be put
// in their map.
func loadProgram(cfg *Config) (*program, error) {
	_ = rlimit.RemoveMemlock() // needed by kernels before 5.11 only, and by some forbidden
	spec, err := loadWire()
	if err != nil {
		return nil, fmt.Errorf("read XDP program: %w", err)
	}
	p := &program{cfg: cfg, maps: make(map[string]*ebpf.Map)}
	if err := p.load(spec); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *program) load(spec *ebpf.CollectionSpec) error {
	spec.Maps[wireMapBuckets].MaxEntries, spec.Maps[wireMapEntries].MaxEntries = tableSize(p.cfg.Offload)
	if len(p.cfg.Own) > 0 {
		spec.Maps[wireMapWays].MaxEntries = spec.Maps[wireMapEntries].MaxEntries
	}
	spec.Maps[wireMapControl].Flags |= unix.BPF_F_MMAPABLE
	spec.Maps[wireMapOnDeath].MaxEntries = uint32(max(1, len(p.cfg.OnDeathVNI)))
	for _, name := range []string{wireMapSockets, wireMapPorts, wireMapControl, wireMapBuckets, wireMapEntries, wireMapWays, wireMapOnDeath} {
		m, err := ebpf.NewMap(spec.Maps[name])
		if errors.Is(err, os.ErrPermission) {
			return &ConfigError{What: "ports", Why: "the kernel lets this process make no BPF maps", Fix: "run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW (and CAP_IPC_LOCK)"}
		}
		if err != nil {
			return fmt.Errorf("make map %s: %w", name, err)
		}
		p.maps[name] = m
	}
	if err := p.fill(); err != nil {
		return err
	}
	var err error
	if p.ctl, err = newControl(p.maps[wireMapControl], p.cfg.Heartbeat); err != nil {
		return err
	}
	if p.table, err = newTable(p.maps[wireMapBuckets], p.maps[wireMapEntries], p.maps[wireMapWays], &p.ctl.clock); err != nil {
		return err
	}
	for port := range p.cfg.ports() {
		if err := p.loadPort(spec.Copy(), port); err != nil {
			return err
		}
	}
	return nil
}

// fill writes what the maps hold from the start. The devmap has both ports
// before any program is attached: none may relay into nothing.
func (p *program) fill() error {
	for port, name := range p.cfg.ports() {
		iface, err := net.InterfaceByName(name)
		if err != nil {
			return &ConfigError{What: "port " + name, Why: err.Error(), Fix: "ports of this network namespace: ip link"}
		}
		if err := p.maps[wireMapPorts].Put(uint32(port), uint32(iface.Index)); err != nil {
			return fmt.Errorf("put port %s: %w", name, err)
		}
	}
	for vni, fallback := range p.cfg.OnDeathVNI {
		if err := p.maps[wireMapOnDeath].Put(vni, uint32(fallback)); err != nil {
			return fmt.Errorf("put VNI %d: %w", vni, err)
		}
	}
	return nil
}

// loadPort loads the program of one port, with constants of its own. The
// kernel drops the branches that these rule out.
func (p *program) loadPort(spec *ebpf.CollectionSpec, port int) error {
	if err := spec.Variables[wireVarConfig].Set(p.constants(port)); err != nil {
		return fmt.Errorf("set constants: %w", err)
	}
	counters, err := p.openCounters(spec.Maps[wireMapCounters], port)
	if err != nil {
		return err
	}
	p.ports[port].counters = counters
	replacements := map[string]*ebpf.Map{wireMapCounters: counters}
	for name, m := range p.maps {
		replacements[name] = m
	}
	var programs wirePrograms
	err = spec.LoadAndAssign(&programs, &ebpf.CollectionOptions{MapReplacements: replacements})
	if err != nil {
		return fmt.Errorf("load XDP program: %w", err)
	}
	p.ports[port].xdp = programs.VxwallWire
	return nil
}

// constants returns what the program of a port is to know.
func (p *program) constants(port int) wireConfig {
	c := wireConfig{
		Backlog: uint64(p.cfg.Ring),
		Factor:  p.table.seed.factor, Addends: p.table.seed.addends, Buckets: uint32(len(p.table.buckets) - 1),
		Port: uint32(port), Peer: uint32(1 - port),
		VxlanPortCount: uint32(min(len(p.cfg.VXLANPorts), MaxVXLANPorts)),
		NotVxlan:       uint8(p.cfg.NotVXLAN), OnDeath: uint8(p.cfg.OnDeath), Overload: uint8(p.cfg.Overload),
		ReasonNotVxlan: uint8(pipeline.NotVXLAN), ReasonOverload: uint8(pipeline.Overload), ReasonDown: uint8(pipeline.ApplianceDown),
	}
	copy(c.VxlanPorts[:], p.cfg.VXLANPorts)
	if p.cfg.Offload > 0 {
		c.Offload = 1
	}
	if p.cfg.Tap || len(p.cfg.Own) > 0 {
		c.ToKernel = 1
	}
	for i, own := range p.cfg.Own {
		for word, b := 0, own.As16(); word < len(c.Own[i]); word++ {
			c.Own[i][word] = binary.NativeEndian.Uint32(b[4*word:])
		}
		c.OwnCount++
	}
	return c
}

// sockets returns the map of AF_XDP sockets, by port*MaxQueues + queue.
func (p *program) sockets() *ebpf.Map { return p.maps[wireMapSockets] }

// control returns the memory that the program looks at.
func (p *program) control() *control { return p.ctl }

// close detaches the program from where it is not pinned, and gives all of it
// back. A pinned link, its program and their maps live on. No other method may
// be called any more, sockets and control included.
func (p *program) close() error {
	var errs []error
	p.closeOnce.Do(func() {
		for i := range p.ports {
			port := &p.ports[i]
			if port.link != nil {
				errs = append(errs, port.link.Close())
			}
			errs = append(errs, port.xdp.Close(), port.counters.Close())
		}
		if p.table != nil {
			errs = append(errs, p.table.close())
		}
		if p.ctl != nil {
			errs = append(errs, p.ctl.close())
		}
		for _, m := range p.maps {
			errs = append(errs, m.Close())
		}
	})
	return errors.Join(errs...)
}
