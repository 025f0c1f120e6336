package ips

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"vxwall/inspect/ips/chain"
	"vxwall/rules/suricata"
)

// maxDataset bounds a set of values that rules fill.
const maxDataset = 1 << 20

// dataset is a set of values that buffers are compared with. All workers share it; rules
// with set and unset change it.
type dataset struct {
	mu     sync.RWMutex
	values map[string]struct{}
	hash   string // the type; "md5", "sha256": of what is looked up, if it is no hash itself
}

// external compiles the conditions on a buffer that need more than its bytes.
func (b *builder) external(m *suricata.Match) (chain.Asker, error) {
	if m.Dataset == nil {
		return nil, fmt.Errorf("not supported")
	}
	d := m.Dataset
	if d.Format != "" {
		return nil, fmt.Errorf("datasets with format %s are not supported", d.Format)
	}
	set, err := b.dataset(d)
	if err != nil {
		return nil, err
	}
	return &datasetAsk{set, d.Op}, nil
}

// dataset returns the set with a name: one for all rules of the engine.
func (c *compiler) dataset(d *suricata.Dataset) (*dataset, error) {
	if set, ok := c.datasets[d.Name]; ok {
		return set, nil
	}
	set := &dataset{values: map[string]struct{}{}, hash: d.Type}
	if d.Load != "" || d.State != "" {
		if c.options.Dataset == nil {
			return nil, fmt.Errorf("no datasets are loaded")
		}
		values, err := c.options.Dataset(d)
		if err != nil && d.State == "" { // a state need not be there yet
			return nil, fmt.Errorf("load dataset %s: %w", d.Name, err)
		}
		for _, v := range values {
			set.values[set.value(v)] = struct{}{}
		}
	}
	c.datasets[d.Name] = set
	return set, nil
}

// value is what a loaded value is known by: addresses, which come as text or as 16 bytes, as ip.src and
// ip.dst have them.
func (s *dataset) value(text string) string {
	if s.hash != "ip" && s.hash != "ipv4" {
		return text
	}
	a, err := netip.ParseAddr(strings.TrimSpace(text))
	if b := []byte(text); err != nil && len(b) == 16 {
		a = netip.AddrFrom16([16]byte(b))
	}
	return string(a.Unmap().AsSlice())
}

// datasetAsk is the keyword dataset on a buffer.
type datasetAsk struct {
	set *dataset
	op  string
}

// Ask looks the value up, or changes the set: then it holds if the set changed.
func (a *datasetAsk) Ask(data []byte) bool {
	switch a.set.hash {
	case "md5":
		if len(data) != md5.Size {
			sum := md5.Sum(data)
			return a.ask(sum[:])
		}
	case "sha256":
		if len(data) != sha256.Size {
			sum := sha256.Sum256(data)
			return a.ask(sum[:])
		}
	}
	return a.ask(data)
}

func (a *datasetAsk) ask(value []byte) bool {
	switch a.op {
	case "set", "unset":
		return a.change(value)
	}
	a.set.mu.RLock()
	defer a.set.mu.RUnlock()
	_, ok := a.set.values[string(value)]
	return ok == (a.op == "isset")
}

func (a *datasetAsk) change(value []byte) bool {
	a.set.mu.Lock()
	defer a.set.mu.Unlock()
	_, ok := a.set.values[string(value)]
	switch {
	case a.op == "unset":
		delete(a.set.values, string(value))
		return ok
	case ok || len(a.set.values) >= maxDataset:
		return false
	}
	a.set.values[string(value)] = struct{}{}
	return true
}
