// Package pipelinetest has what tests of the pipeline and of its stages need:
//
//	frame.go      frames out of layers: Frame, Split
//	link.go       the layers up to IP         transport.go  those above
//	tunnel.go     VXLAN and nested tunnels    samples.go    a mixed bag of frames
//	queue.go      Queue: frames from memory, checks the contract of a queue
//	loop.go       Loop: the same frames again and again, for benchmarks
//	recorder.go   Recorder: an Observer that remembers
//	stages.go     stages that allow, drop, or do what a function says
//	run.go        Rig, Run: frames through a worker, and what became of each
//	suite.go      StageSuite: the contract of a stage
//
// Frames are built by code of its own, which shares nothing with the code that
// takes them apart.
package pipelinetest
