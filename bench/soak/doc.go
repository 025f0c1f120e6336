// Package soak runs the appliance in the lab under load for long, with flows
// that open and close all the time, and checks what must not happen then: memory that
// grows, frames of the UMEM that are lost, counters that do not add up.
//
//	soak.go     the run: lab, load, samples, verdict
//	load.go     the load
//	sample.go   what is measured now and then, and what must hold in the end
package soak
