package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Suricata is Suricata inline: AF_PACKET sockets on both ports that copy what
// passes to each other, without a single rule.
type Suricata struct{ inWire }

// Name is "suricata".
func (Suricata) Name() string { return "suricata" }

// suricataConfig is the same for all: the decoder looks into VXLAN, as it does by default.
const suricataConfig = `%%YAML 1.1
---
vars:
  address-groups: { HOME_NET: any, EXTERNAL_NET: any }
  port-groups: { VXLAN_PORTS: 4789 }
outputs: []
stats: { enabled: no }
logging:
  default-log-level: notice
  outputs: [ { file: { enabled: yes, filename: %[1]s/suricata.log } } ]
default-log-dir: %[1]s
unix-command: { enabled: no }
capture: { disable-offloading: false, checksum-validation: none }
decoder:
  vxlan: { enabled: true, ports: $VXLAN_PORTS }
app-layer: { protocols: { tls: { enabled: no } } }
stream: { inline: yes }
`

// suricataPorts has one thread for each port, as the appliance has one core. GRO stays on:
// without it a veth takes no frames from the generator.
const suricataPorts = `af-packet:
  - { interface: eth1, threads: 1, cluster-id: 91, cluster-type: cluster_flow, copy-mode: ips, copy-iface: eth2, use-mmap: yes, tpacket-v3: no, ring-size: 8192 }
  - { interface: eth2, threads: 1, cluster-id: 92, cluster-type: cluster_flow, copy-mode: ips, copy-iface: eth1, use-mmap: yes, tpacket-v3: no, ring-size: 8192 }
`

// Start runs Suricata until its engine has started.
func (Suricata) Start(ctx context.Context, t *Topology) (func() error, error) {
	var u undo
	if err := runSuricata(ctx, &u, t, noRules, suricataPorts, "--af-packet"); err != nil {
		return u.orUndo(err)
	}
	return u.orUndo(t.Settle())
}

// noRules is a file of no signatures.
const noRules = "/dev/null"

// runSuricata runs Suricata with a file of signatures and what is added to its configuration
// and arguments.
func runSuricata(ctx context.Context, u *undo, t *Topology, rules, more string, args ...string) error {
	program, err := exec.LookPath("suricata")
	if err != nil {
		return fmt.Errorf("%w: as root, `vxwall bench compare --install`", ErrNotInstalled)
	}
	dir, remove, err := temporary()
	if err != nil {
		return err
	}
	u.add(remove)
	config, log := filepath.Join(dir, "suricata.yaml"), filepath.Join(dir, "suricata.log")
	if err := os.WriteFile(config, fmt.Appendf(nil, suricataConfig+more, dir), 0o600); err != nil {
		return fmt.Errorf("write configuration of suricata: %w", err)
	}
	args = append([]string{"-c", config, "-S", rules, "-l", dir, "--pidfile", filepath.Join(dir, "pid")}, args...)
	c, err := startChild(t.Wall, nil, program, args...)
	if err != nil {
		return err
	}
	u.add(c.stop)
	err = c.await(ctx, time.Minute, func() bool {
		said, _ := os.ReadFile(log) // not there yet: nothing said
		return bytes.Contains(said, []byte("Engine started"))
	})
	if err != nil {
		said, _ := os.ReadFile(log)
		return errors.Join(err, errors.New(lastLines(string(said), 5)))
	}
	return nil
}
