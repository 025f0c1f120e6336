package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"vxwall/appliance/doctor"
	"vxwall/bench/load"
)

// measureTime is how long each kind of packet is sent.
const measureTime = time.Second

// measure says what rates this machine reaches: between veths in network namespaces of
// its own, for nothing may be sent into the network that the ports are in.
func measure(ctx context.Context) (list []doctor.Finding) {
	program, err := os.Executable()
	if err != nil {
		return []doctor.Finding{unmeasured("", err)}
	}
	t, err := load.NewTopology(load.DefaultPlacement(true))
	if err != nil {
		return []doctor.Finding{unmeasured("", err)}
	}
	defer t.Close()
	for _, m := range []struct {
		what   string
		system load.System
	}{
		{"native XDP, port to port, nothing looked at", load.Redirect{}},
		{"flows that the kernel handles (offload)", load.Vxwall{Program: program, Rules: 1000, Offload: true}},
		{"every packet judged by one worker, AF_XDP copying", load.Vxwall{Program: program, Rules: 1000}},
	} {
		rate, err := deliver(ctx, t, m.system)
		if err != nil {
			list = append(list, unmeasured(m.what, err))
			continue
		}
		list = append(list, doctor.Finding{
			Check: "measure", About: m.what, Verdict: doctor.OK,
			Text: fmt.Sprintf("%.2f million packets of 64 bytes a second, between veths of this machine", rate/1e6),
		})
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
