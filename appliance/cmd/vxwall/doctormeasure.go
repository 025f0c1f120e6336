package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"vxwall/appliance/doctor"
	"vxwall/appliance/link/afxdp"
	"vxwall/bench/load"
)

// measureTime is how long each kind of packet is sent.
const measureTime = time.Second

// measurement is one system whose rate is to be known.
type measurement struct {
	what   string
	system load.System
	judged afxdp.Mode // of one worker that judges every packet in this mode; Auto for others
}

// measure tries XDP on the ports, says what rates this machine reaches, and what that
// means for the ports. Rates are those between veths in network namespaces of its own, for
// nothing may be sent into the network that the ports are in.
func measure(ctx context.Context, c *doctor.Case) (list []doctor.Finding) {
	tried := doctor.Try(c)
	for i := range tried {
		list = append(list, tried[i].Finding)
	}
	program, err := os.Executable()
	if err != nil {
		return append(list, unmeasured("", err))
	}
	t, err := load.NewTopology(load.DefaultPlacement(true))
	if err != nil {
		return append(list, unmeasured("", err))
	}
	defer t.Close()
	rates := map[afxdp.Mode]float64{}
	for _, m := range measurements(program, tried) {
		rate, err := deliver(ctx, t, m.system)
		if err != nil {
			list = append(list, unmeasured(m.what, err))
			continue
		}
		rates[m.judged] = rate
		list = append(list, doctor.Finding{
			Check: "measure", About: m.what, Verdict: doctor.OK,
			Text: fmt.Sprintf("%.2f million packets of 64 bytes a second, between veths of this machine", rate/1e6),
		})
	}
	return append(list, expect(tried, rates)...)
}

// measurements are what is measured: generic XDP only if a port would run so.
func measurements(program string, tried []doctor.Tried) []measurement {
	list := []measurement{
		{"native XDP, port to port, nothing looked at", load.Redirect{}, afxdp.Auto},
		{"flows that the kernel handles (offload)", load.Vxwall{Program: program, Rules: 1000, Offload: true}, afxdp.Auto},
		{"every packet judged by one worker, AF_XDP copying", load.Vxwall{Program: program, Rules: 1000}, afxdp.Native},
	}
	if slices.ContainsFunc(tried, func(t doctor.Tried) bool { return t.Mode == afxdp.Generic }) {
		list = append(list, measurement{
			"every packet judged by one worker, generic XDP", load.Vxwall{Program: program, Rules: 1000, XDP: afxdp.Generic.String()}, afxdp.Generic,
		})
	}
	return list
}

// expect says for each port what its workers will do about.
func expect(tried []doctor.Tried, rates map[afxdp.Mode]float64) (list []doctor.Finding) {
	for _, t := range tried {
		rate, known := rates[t.Mode]
		if !known || t.Mode == afxdp.Auto {
			continue
		}
		text := fmt.Sprintf("expect some %.2f million packets a second of each worker, in %s mode, with room for %s", rate/1e6, t.Mode, count(t.Workers, "worker"))
		if t.ZeroCopy {
			text += "; more, since AF_XDP need not copy there"
		}
		list = append(list, doctor.Finding{Check: "measure", About: t.Port, Verdict: doctor.OK, Text: text})
	}
	return list
}

func unmeasured(what string, err error) doctor.Finding {
	return doctor.Finding{Check: "measure", About: what, Verdict: doctor.NotChecked, Text: err.Error()}
}

// deliver is how many packets a second a system delivers if more come than it can take.
func deliver(ctx context.Context, t *load.Topology, s load.System) (rate float64, err error) {
	rig, err := load.NewRig(ctx, t, s, load.Traffic{Flows: 1000, VNIs: 1, Size: "64"})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rig.Close()) }()
	if _, err := rig.Try(ctx, 0, measureTime/4); err != nil { // to warm up
		return 0, err
	}
	trial, err := rig.Try(ctx, 0, measureTime)
	return trial.Delivered, err
}
