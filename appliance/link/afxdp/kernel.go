package afxdp

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cilium/ebpf"

	"vxwall/pipeline"
)

// kernel sums what the program counted on all CPUs.
func (p *program) kernel() (Kernel, error) {
	k := Kernel{Offloaded: int(p.shares.total.Load())}
	for port := range p.cfg.ports() {
		var cpus []wireCounters
		if err := p.ports[port].counters.Lookup(uint32(0), &cpus); err != nil {
			return k, fmt.Errorf("read counters of %s: %w", p.cfg.Ports[port], err)
		}
		for i := range cpus {
			k.add(port, &cpus[i])
		}
	}
	return k, nil
}

// add adds what one CPU counted for a port.
func (k *Kernel) add(port int, c *wireCounters) {
	addTally(&k.ToSocket[port], c.ToSocket.Packets, c.ToSocket.Bytes)
	addTally(&k.Forwarded[port], c.Forwarded.Packets, c.Forwarded.Bytes)
	for r := range pipeline.Reasons {
		addTally(&k.Relayed[port][r], c.Relayed[r].Packets, c.Relayed[r].Bytes)
		addTally(&k.Dropped[port][r], c.Dropped[r].Packets, c.Dropped[r].Bytes)
	}
}

func addTally(t *pipeline.Tally, packets, bytes uint64) {
	t.Packets += packets
	t.Bytes += bytes
}

// counters names the file of a pin's counters. Their layout depends on the
// reasons: those of a version with others must not be taken for ours.
func (n pin) counters() string {
	var names strings.Builder
	for r := range pipeline.Reasons {
		names.WriteString(pipeline.Reason(r).String() + " ")
	}
	return filepath.Join(string(n), fmt.Sprintf("counters-%08x", crc32.ChecksumIEEE([]byte(names.String()))))
}

// openCounters returns the counters of a port: those that an earlier run left,
// so that what passed while nobody was there is not forgotten, or new ones.
func (p *program) openCounters(spec *ebpf.MapSpec, port int) (*ebpf.Map, error) {
	pin, err := pinOf(p.cfg.Pin, p.cfg.Ports[port])
	if err != nil {
		return nil, err
	}
	if pin != "" {
		m, err := ebpf.LoadPinnedMap(pin.counters(), nil)
		if err == nil && spec.Compatible(m) == nil {
			return m, nil
		}
		if err == nil {
			_ = m.Close()
		}
	}
	m, err := ebpf.NewMap(spec)
	if err != nil {
		return nil, fmt.Errorf("make counters: %w", err)
	}
	return m, nil
}

// keepCounters pins the counters of a port, in place of others.
func (p *program) keepCounters(port int, pin pin) error {
	m := p.ports[port].counters
	if pin == "" || m.IsPinned() {
		return nil
	}
	if err := os.Remove(pin.counters()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove old counters: %w", err)
	}
	if err := m.Pin(pin.counters()); err != nil {
		return fmt.Errorf("pin counters: %w", err)
	}
	return nil
}
