package load

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"vxwall/bench/offline"
)

// ipsLiterals are the sets of signatures that are compared: by how many literals they have.
var ipsLiterals = []int{0, 30_000}

// VxwallIPS is Vxwall with a few rules of which the last, that of the generator's flows, asks for
// signatures: streams are put together and all payload is searched.
type VxwallIPS struct {
	inWire
	Program  string // path of vxwall
	Literals int    // signatures of a literal each
}

// Name says how many signatures there are.
func (v VxwallIPS) Name() string { return fmt.Sprintf("vxwall-ips-%d", v.Literals) }

// Start runs the daemon until it is ready.
func (v VxwallIPS) Start(ctx context.Context, t *Topology) (func() error, error) {
	text := fmt.Sprintf(wireConfiguration, "auto", false)
	return onPorts(ctx, t, daemonFiles{program: v.Program, configuration: func(dir string) []byte { return fmt.Appendf([]byte(text), filesConfiguration, dir) },
		policy: func(dir string) ([]byte, error) {
			return inspectedPolicy(), offline.WriteLiterals(filepath.Join(dir, "literals.rules"), "ip", v.Literals)
		}})
}

// inspectedPolicy is Policy of few rules with a profile for the generator's.
func inspectedPolicy() []byte {
	asks := bytes.Replace([]byte(generatorRule), []byte("action  = \"allow\""), []byte("action  = \"allow\"\ninspect = [\"all\"]"), 1)
	policy := bytes.Replace(Policy(fewRules), []byte(generatorRule), asks, 1)
	return append(policy, "\n[[ips]]\nname  = \"all\"\nrules = [\"literals.rules\"]\n"...)
}

// SuricataIPS is Suricata with the same signatures.
type SuricataIPS struct {
	inWire
	Literals int
}

// Name says how many signatures there are.
func (s SuricataIPS) Name() string { return fmt.Sprintf("suricata-ips-%d", s.Literals) }

// Start runs Suricata until its engine has started.
func (s SuricataIPS) Start(ctx context.Context, t *Topology) (func() error, error) {
	var u undo
	file, err := os.CreateTemp("", "vxwall-literals-")
	if err != nil {
		return nil, fmt.Errorf("make signatures: %w", err)
	}
	u.add(func() error { return os.Remove(file.Name()) })
	if err := file.Close(); err != nil {
		return u.orUndo(err)
	}
	if err := offline.WriteLiterals(file.Name(), "ip", s.Literals); err != nil {
		return u.orUndo(err)
	}
	if err := runSuricata(ctx, &u, t, file.Name(), suricataPorts, "--af-packet"); err != nil {
		return u.orUndo(err)
	}
	return u.orUndo(t.Settle())
}

// CompareIPS measures vxwall beside Suricata, both with signatures: throughput with small and
// large frames, and one TCP connection.
func (b *Bench) CompareIPS(ctx context.Context, p Plan) error {
	var systems []System
	for _, n := range ipsLiterals {
		systems = append(systems, VxwallIPS{Program: p.Program, Literals: n}, SuricataIPS{Literals: n})
	}
	small := Traffic{Flows: p.Flows, VNIs: 1, Size: Size64}
	large := small
	large.Size = Size1400
	return b.all(ctx,
		func() error { return b.Throughput(ctx, systems, small) },
		func() error { return b.Throughput(ctx, systems, large) },
		func() error { return b.TCP(ctx, systems) })
}
